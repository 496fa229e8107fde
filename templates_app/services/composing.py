"""Everything that a recipient reads, put together in one place: signature, text, words to opt out.

The linter, the preview, an estimate and every send ask here, so that none counts otherwise.
"""

from dataclasses import dataclass

from smsplatform.core.text import parts
from smsplatform.core.text.parts import Parts
from templates_app.services.tails import Tail

# Mainland China counts every character as one of 70; elsewhere GSM-7 where it fits.
DOMESTIC = "CN"

# Behind these the words follow at once; behind a letter or a link a space keeps them apart.
_CLOSES = "。！？；，、：…～）》”’"


@dataclass(frozen=True, slots=True)
class Composed:
    text: str
    counted: Parts


def compose(body: str, *, signature: str, country: str, tail: Tail | None) -> Composed:
    """`body` is rendered. `country` is the recipient's, empty for any but mainland China."""
    text = f"{_before(signature, country)}{body}{_after(body, tail)}"
    return Composed(text, parts.count(text, domestic=country == DOMESTIC))


def _before(signature: str, country: str) -> str:
    if not signature:
        return ""
    return f"【{signature}】" if country == DOMESTIC else f"[{signature}] "


def _after(body: str, tail: Tail | None) -> str:
    if tail is None or tail.is_in(body):
        return ""
    is_apart = not body or body[-1].isspace() or body[-1] in _CLOSES
    return tail.text if is_apart else f" {tail.text}"
