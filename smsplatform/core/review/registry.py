"""The kinds of things that are reviewed. Each app registers its own when it is ready."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import Sentence
from smsplatform.core.review.models import Decision, Item

# A reviewer's own words, where no coded reason fits.
OTHER = "other"
# What each decision is called where a kind has no other word for it.
VERBS: Mapping[str, Sentence] = {
    Decision.APPROVED.value: _("Approve"),
    Decision.NEEDS_MORE.value: _("Needs more"),
    Decision.REJECTED.value: _("Reject"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something cannot be approved: what is wrong, where (a name in the customer's form), and
    how to mend it. The customer reads it in a language of their own."""

    code: str
    sentence: Sentence
    field: str = ""
    fix: Sentence = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The reviewer's view of the subject: a template of the kind's own app, and what it shows."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


class Decide(Protocol):
    def __call__(
        self,
        *,
        item: Item,
        decision: str,
        reasons: Sequence[Mapping[str, str]],
        now: datetime,
        by: str,
    ) -> None:
        """Carry the decision out, in its transaction. `by` is the actor as the audit writes it.

        A DomainError refuses the decision: the item goes on waiting.
        """


@dataclass(frozen=True, slots=True)
class Kind:
    """`hours` is the promise to the customer, in working hours. `verbs` are the decisions on offer.

    `page` and `precedents` are given the item; precedents are decided items like it, at most five.
    `reasons` are those that every platform begins with: ask core.review.reasons for what is in use.
    """

    name: str
    label: Sentence
    decide: Decide
    reasons: tuple[Reason, ...] = ()
    hours: float = 8
    page: Callable[[Item], Page] | None = None
    precedents: Callable[[Item], Sequence[Item]] | None = None
    may_approve_many: bool = False
    verbs: Mapping[str, Sentence] = field(default_factory=lambda: VERBS)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Again with the same name replaces it."""
    _kinds[kind.name] = kind


def kinds() -> tuple[Kind, ...]:
    return tuple(_kinds.values())


def kind_of(name: str) -> Kind:
    """KeyError for a kind that nobody registered: that is a mistake of ours."""
    return _kinds[name]
