"""What a reviewer does with the queue: take one, give it back, decide it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from smsplatform.core import audit
from smsplatform.core.errors import NotFound
from smsplatform.core.review import registry
from smsplatform.core.review.errors import (
    HeldByOther,
    NotWaiting,
    ReasonMissing,
    ReasonUnknown,
    SamePerson,
)
from smsplatform.core.review.models import Decision, Item, ItemState
from smsplatform.core.review.reasons import Wording
from smsplatform.core.review.registry import OTHER, Kind

# How long one is held by a reviewer who took it: who goes home blocks nobody.
LEASE = timedelta(minutes=15)
_TEXT_LENGTH = 1000

Reasons = Sequence[Mapping[str, str]]


def claim(*, item_id: int, by_id: int, now: datetime) -> Item:
    """Take one; again prolongs it."""
    with transaction.atomic():
        free = Item.objects.filter(pk=item_id).live().free_for(by_id, now)
        if not free.update(claimed_by_id=by_id, claimed_until=now + LEASE):
            raise _why_not(_found(item_id), by_id, now)
        item = _found(item_id)
        _record(item, "review.claimed", by_id, now)
    return item


def claim_next(*, by_id: int, now: datetime, kind: str = "") -> Item | None:
    """The first of the queue that this reviewer may decide; two who ask at once get two."""
    with transaction.atomic():
        queue = Item.objects.live().free_for(by_id, now)
        # What one approved first waits for somebody else.
        queue = queue.exclude(state=ItemState.SECOND_LOOK, decided_by_id=by_id)
        if kind:
            queue = queue.filter(kind=kind)
        first = queue.in_order().select_for_update(skip_locked=True).first()
        return claim(item_id=first.pk, by_id=by_id, now=now) if first else None


def release(*, item_id: int, by_id: int, now: datetime) -> None:
    """Give it back; what somebody else holds is left to them."""
    with transaction.atomic():
        held = Item.objects.filter(pk=item_id, claimed_by_id=by_id).live()
        if held.update(claimed_by_id=None, claimed_until=None):
            _record(_found(item_id), "review.released", by_id, now)


def decide(
    *, item_id: int, decision: str, reasons: Reasons, by_id: int, by_name: str, now: datetime
) -> Item:
    """One wins; whoever comes second is refused by NotWaiting, HeldByOther or SamePerson.

    With four eyes the first approval carries nothing out.
    """
    with transaction.atomic():
        item = _found(item_id)
        kind = registry.kind_of(item.kind)
        told = _checked(kind, decision, reasons)
        state = _after(item, decision, by_id)
        free = Item.objects.filter(pk=item_id, state=item.state).free_for(by_id, now)
        changes = _changes(item, state, by_id, by_name)
        if state == ItemState.DECIDED:
            changes |= {"decision": decision, "reasons": told, "decided_at": now}
        if not free.advance(state, **changes):
            raise _why_not(_found(item_id), by_id, now)
        item = _found(item_id)
        facts = {"decision": decision, "reasons": [reason["code"] for reason in told]}
        _record(item, f"review.{state}", by_id, now, facts)
        if state == ItemState.DECIDED:
            kind.decide(item=item, decision=decision, reasons=told, now=now, by=_actor(by_id))
    return item


def _found(item_id: int) -> Item:
    item: Item | None = Item.objects.filter(pk=item_id).first()
    if item is None:
        raise NotFound
    return item


def _after(item: Item, decision: str, by_id: int) -> ItemState:
    if not item.is_live:
        raise NotWaiting
    if item.state == ItemState.SECOND_LOOK and item.decided_by_id == by_id:
        raise SamePerson
    is_first = item.needs_two and item.state == ItemState.WAITING
    return ItemState.SECOND_LOOK if is_first and decision == "approved" else ItemState.DECIDED


def _changes(item: Item, state: str, by_id: int, by_name: str) -> dict[str, Any]:
    who = "second" if item.state == ItemState.SECOND_LOOK else "decided"
    return {
        f"{who}_by_id": by_id,
        f"{who}_by_name": by_name[:254],
        "claimed_by_id": None,
        "claimed_until": None,
    }


def _why_not(item: Item, by_id: int, now: datetime) -> Exception:
    if item.is_live and item.is_held_by_other(by_id, now):
        return HeldByOther()
    return NotWaiting()


def _checked(kind: Kind, decision: str, reasons: Reasons) -> list[dict[str, str]]:
    """As they are stored: by code, with the reviewer's own words if there are any. What the code
    means is told when it is read, in the reader's language."""
    if decision not in Decision.values:
        raise ValueError(decision)
    wording = Wording()
    told = [_told(kind, wording, reason) for reason in reasons]
    if decision != Decision.APPROVED and not told:
        raise ReasonMissing
    return told


def _told(kind: Kind, wording: Wording, reason: Mapping[str, str]) -> dict[str, str]:
    code = reason["code"]
    known = wording.find(kind.name, code)
    if known is None and code != OTHER:
        raise ReasonUnknown(reason=code)
    text = reason.get("text", "").strip()
    if not text and known is None:
        raise ReasonMissing
    field = reason.get("field") or (known.field if known else "")
    return {"code": code, "field": field, "text": text[:_TEXT_LENGTH]}


def _actor(by_id: int) -> str:
    return f"user:{by_id}"


def _record(
    item: Item, action: str, by_id: int, now: datetime, facts: dict[str, Any] | None = None
) -> None:
    audit.record(
        actor=_actor(by_id),
        action=action,
        target=f"core.item:{item.pk}",
        account_id=item.account_id,
        now=now,
        facts={"kind": item.kind, "target_id": item.target_id, **(facts or {})},
    )
