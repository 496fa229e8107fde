"""What may be said of a kind: the reasons that it begins with, as the staff have worded them since,
and those of the staff's own.

A decision keeps codes. What a code means is said whenever it is read, in the reader's language.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypedDict

from django.utils.functional import lazystr
from django.utils.translation import get_language

from smsplatform.core.errors import Sentence
from smsplatform.core.review import registry
from smsplatform.core.review.models import ReviewReason
from smsplatform.core.review.registry import Reason

_LANGUAGES = ("zh", "en")


class Told(TypedDict):
    """`text` is all of it for a person to read: what is wrong, how to mend it, the reviewer's own
    words."""

    code: str
    field: str
    reason: str
    fix: str
    text: str


class Wording:
    """As the staff have it now: one query, however much is asked of it, and none before."""

    @cached_property
    def _stored(self) -> dict[str, dict[str, ReviewReason]]:
        found: dict[str, dict[str, ReviewReason]] = {}
        for row in ReviewReason.objects.order_by("place", "code"):
            found.setdefault(row.kind, {})[row.code] = row
        return found

    def on_offer(self, kind: str) -> list[Reason]:
        """In order; without those that the staff have put away."""
        stored = self._stored.get(kind, {})
        standard = [reason.code for reason in registry.kind_of(kind).reasons]
        codes = standard + [code for code in stored if code not in standard]
        offered = (code for code in codes if code not in stored or stored[code].is_active)
        return [reason for code in offered if (reason := self.find(kind, code))]

    def find(self, kind: str, code: str) -> Reason | None:
        """Those that were put away too: they were said before."""
        row = self._stored.get(kind, {}).get(code)
        return as_worded(row) if row else standard_of(kind, code)

    def told(self, kind: str, reasons: Iterable[Mapping[str, str]]) -> list[Told]:
        """In the language that is active now. A code that nobody knows any more, and the
        reviewer's own, say the words alone."""
        return [_told(self.find(kind, reason["code"]), reason) for reason in reasons]


def told(kind: str, reasons: Iterable[Mapping[str, str]]) -> list[Told]:
    return Wording().told(kind, reasons)


def _told(known: Reason | None, said: Mapping[str, str]) -> Told:
    words = said.get("text", "")
    sentence, fix = (str(known.sentence), str(known.fix)) if known else (words, "")
    pieces = [sentence, fix, words] if known else [words]
    return Told(
        code=said["code"],
        field=said.get("field", ""),
        reason=sentence,
        fix=fix,
        text=" ".join(filter(None, pieces)),
    )


def standard_of(kind: str, code: str) -> Reason | None:
    """As every platform begins."""
    reasons = (one for each in registry.kinds() if each.name == kind for one in each.reasons)
    return next((reason for reason in reasons if reason.code == code), None)


def as_worded(row: ReviewReason) -> Reason:
    """What the staff left empty stays as it was."""
    standard = standard_of(row.kind, row.code) or Reason(row.code, "")
    return Reason(
        standard.code,
        _in_reader_s(row, "sentence", standard.sentence),
        row.field or standard.field,
        _in_reader_s(row, "fix", standard.fix),
    )


def _in_reader_s(row: ReviewReason, what: str, standard: Sentence) -> Sentence:
    return lazystr(_Words(row, what, standard))


class _Words:
    """Chosen when they are read. Where a language has none, those of the other one count."""

    def __init__(self, row: ReviewReason, what: str, standard: Sentence) -> None:
        self._row, self._what, self._standard = row, what, standard

    def __str__(self) -> str:
        first, second = _LANGUAGES if (get_language() or "").startswith("zh") else _LANGUAGES[::-1]
        mine = getattr(self._row, f"{self._what}_{first}")
        return mine or str(self._standard) or getattr(self._row, f"{self._what}_{second}")
