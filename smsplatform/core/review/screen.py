"""What a reviewer's page shows: the subject, what may be said of it, and what was said before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import QueryDict

from smsplatform.core.review import registry
from smsplatform.core.review.models import CannedReply, Item, ItemState
from smsplatform.core.review.reasons import Told, Wording
from smsplatform.core.review.registry import OTHER, Kind, Page, Reason

# Precedents: so many are shown, of so many that are compared.
_PRECEDENTS = 5
_COMPARED = 200
_EARLIER = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """A reason on offer. `key` ticks it; `words` are what the reviewer adds to it."""

    code: str
    sentence: str
    fix: str
    words: str
    key: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    item: Item
    kind: Kind
    page: Page
    now: datetime
    choices: Sequence[Choice]
    replies: Sequence[CannedReply]
    said: Sequence[Told]
    precedents: Sequence[Item]
    earlier: Sequence[Item]
    holder: str = ""
    other_text: str = ""
    chosen_replies: Collection[str] = field(default_factory=frozenset)

    @property
    def is_overdue(self) -> bool:
        return self.item.is_overdue(self.now)


def show(*, item: Item, now: datetime, by_id: int, said: QueryDict | None = None) -> Screen:
    """`said` is what a refused decision had filled in."""
    kind = registry.kind_of(item.kind)
    said = said or QueryDict()
    wording = Wording()
    held = item.is_held_by_other(by_id, now)
    return Screen(
        item=item,
        kind=kind,
        page=kind.page(item) if kind.page else Page("admin/core/item/plain.html"),
        now=now,
        choices=_choices(wording.on_offer(item.kind), said),
        replies=list(CannedReply.objects.filter(kind__in=["", item.kind])),
        said=wording.told(item.kind, item.reasons),
        precedents=_told(kind.precedents(item) if kind.precedents else similar(item), wording),
        earlier=_told(_earlier(item), wording),
        holder=names([item.claimed_by_id]).get(item.claimed_by_id or 0, "?") if held else "",
        other_text=said.get(f"text-{OTHER}", ""),
        chosen_replies=frozenset(said.getlist("reply")),
    )


def reasons_of(said: QueryDict) -> list[dict[str, str]]:
    """What the form says, as `decide` takes it. Canned replies are the reviewer's own words."""
    told = [{"code": code, "text": said.get(f"text-{code}", "")} for code in said.getlist("reason")]
    chosen = [key for key in said.getlist("reply") if key.isdecimal()]
    replies = CannedReply.objects.filter(pk__in=chosen) if chosen else []
    own = [reply.text for reply in replies] + [said.get(f"text-{OTHER}", "").strip()]
    return told + [{"code": OTHER, "text": text} for text in own if text]


def similar(item: Item) -> list[Item]:
    """Of the latest decided of its kind, those whose title is most alike."""
    decided = Item.objects.filter(kind=item.kind, state=ItemState.DECIDED)
    latest = list(decided.exclude(pk=item.pk).order_by("-decided_at")[:_COMPARED])
    matcher = SequenceMatcher(b=item.title, autojunk=False)

    def likeness(other: Item) -> float:
        matcher.set_seq1(other.title)
        return matcher.ratio()

    return sorted(latest, key=likeness, reverse=True)[:_PRECEDENTS]


def names(user_ids: Collection[int | None]) -> dict[int, str]:
    """By number; one query for them all."""
    wanted = {number for number in user_ids if number is not None}
    if not wanted:
        return {}
    found: Mapping[Any, Any] = get_user_model()._default_manager.in_bulk(wanted)
    return {number: name_of(user) for number, user in found.items()}


def name_of(user: Any) -> str:
    return str(getattr(user, "name", "") or user)


def age(item: Item, now: datetime) -> timedelta:
    return (item.decided_at or now) - item.opened_at


def _choices(offered: Iterable[Reason], said: QueryDict) -> list[Choice]:
    chosen = said.getlist("reason")
    return [
        Choice(
            reason.code,
            str(reason.sentence),
            str(reason.fix),
            said.get(f"text-{reason.code}", ""),
            key=str(place) if place < 10 else "",
            is_chosen=reason.code in chosen,
        )
        for place, reason in enumerate(offered, start=1)
    ]


def _told(rows: Iterable[Any], wording: Wording) -> list[Item]:
    """Each with what its customer was told, in the words of whoever looks."""
    found = list(rows)
    for row in found:
        row.said = wording.told(row.kind, row.reasons)
    return found


def _earlier(item: Item) -> Any:
    """What was decided about the same subject, or about its account's other ones, before."""
    before = Item.objects.filter(
        Q(kind=item.kind, target_id=item.target_id)
        | Q(kind=item.kind, account_id=item.account_id, state=ItemState.DECIDED)
    )
    return before.exclude(pk=item.pk).order_by("-id")[:_EARLIER]
