"""The words by which a reader refuses more: who must say them, and whether a text does already.

A row of a country and class decides; where there is none, that of every other country.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from smsplatform.core.remember import for_a_second
from smsplatform.core.text import normalise
from templates_app.models import MessageClass, OptOutTail
from templates_app.services import packs

# China's operators demand them of advertising; staff change them at their desk.
DEFAULTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("CN", MessageClass.MARKETING.value, packs.ZH_OPT_OUTS),
)


@dataclass(frozen=True, slots=True)
class Tail:
    """`accepted` are folded, the text itself among them."""

    text: str
    accepted: tuple[str, ...]
    is_last: bool = True

    def is_in(self, body: str) -> bool:
        folded = normalise.fold(body)
        if self.is_last:
            return folded.endswith(self.accepted)
        return any(words in folded for words in self.accepted)


Table = Mapping[tuple[str, str], Tail]


def of(table: Table, country: str, message_class: str) -> Tail | None:
    return table.get((country, message_class)) or table.get(("", message_class))


@for_a_second
def table() -> Table:
    """By country and class."""
    return {
        (row.country, row.message_class): make(row.text, *row.accepted, is_last=row.is_last)
        for row in OptOutTail.objects.filter(is_active=True)
    }


def make(text: str, *accepted: str, is_last: bool = True) -> Tail:
    folded = (normalise.fold(words) for words in (text, *accepted))
    # What folds to nothing would stand at the end of every text.
    return Tail(text, tuple(words for words in folded if words), is_last)


def install() -> None:
    """On a platform that has none yet; whoever wants none makes them inactive."""
    if not OptOutTail.objects.exists():
        OptOutTail.objects.bulk_create(
            OptOutTail(country=country, message_class=kind, text=words[0], accepted=[*words[1:]])
            for country, kind, words in DEFAULTS
        )
