"""What a reviewer decides of held messages, and how it is carried out: a few hundred at a time, so
that to decide about a million takes no longer than about one."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from accounts import queries
from accounts.models import Event
from accounts.services import announcing
from messaging.models import Batch, Hold, Message
from messaging.services import ending, storing
from messaging.services.ending import Ending
from messaging.services.holding import KIND, MOST, MOST_HOLDS, messages_of
from messaging.states import HoldState, State
from smsplatform.core import ids
from smsplatform.core import review as desk

# Both are told in the story of each message: messaging.queries.
PASSED, REJECTED = "batch.passed", "batch.rejected"

Reasons = Sequence[Mapping[str, str]]


class _Decided(NamedTuple):
    account_id: int
    batch_id: UUID
    messages: int


def decide(*, item: desk.Item, decision: str, reasons: Reasons, now: datetime, by: str) -> None:
    """For all requests of the review. There is nothing to mend in what was sent: who asks for more
    rejects it."""
    is_passed = decision == desk.Decision.APPROVED
    state = HoldState.PASSING if is_passed else HoldState.REJECTING
    holds = Hold.objects.filter(review_id=item.target_id)
    told = [] if is_passed else [dict(reason) for reason in reasons]
    moved = holds.advance(
        state, returning=["account_id", "batch_id", "count"], decided_at=now, reasons=told
    )
    _tell([_Decided(*row) for row in moved], PASSED if is_passed else REJECTED, told, now)


def carry_out(*, now: datetime) -> int:
    """Of one review that was decided. Returns how many requests were looked at: call it again while
    there are any."""
    with transaction.atomic():
        holds = _next()
        found = list(messages_of(holds).values_list("id", flat=True)[:MOST])
        if holds:
            _move(holds[0], found, now)
        if len(found) < MOST:
            _close(holds)
    return len(holds)


def _next() -> list[Hold]:
    """Of one review and one decision."""
    decided = Hold.objects.in_state(HoldState.PASSING, HoldState.REJECTING)
    first = decided.order_by("state", "valid_until").first()
    if first is None:
        return []
    rest = decided.filter(review_id=first.review_id, state=first.state).order_by("id")
    return list(rest.select_for_update(of=("self",), skip_locked=True)[:MOST_HOLDS])


def _move(hold: Hold, message_ids: Sequence[UUID], now: datetime) -> None:
    if hold.state == HoldState.REJECTING:
        ending.end([Ending(message_ids, State.REJECTED, _reason(hold))], now=now)
    elif message_ids:
        _let_go(message_ids, now)


def _reason(hold: Hold) -> str:
    code = next((reason["code"] for reason in hold.reasons), desk.OTHER)
    return f"review_{code}"[:40]


def _let_go(message_ids: Sequence[UUID], now: datetime) -> None:
    """At the price they were accepted for. What changed meanwhile is asked by the claim."""
    held = Message.objects.filter(id__among=message_ids).in_state(State.REVIEW)
    later = held.filter(due_at__gt=now).advance(State.SCHEDULED, returning=storing.AGAIN, reason="")
    storing.due_again(later, is_scheduled=True)
    soon = held.advance(State.QUEUED, returning=storing.AGAIN, reason="")
    storing.due_again(soon)
    storing.ring()


def _close(holds: Sequence[Hold]) -> None:
    rows = Hold.objects.filter(pk__in=[hold.pk for hold in holds])
    rows.in_state(HoldState.PASSING).advance(HoldState.PASSED)
    rows.in_state(HoldState.REJECTING).advance(HoldState.REJECTED)


def _tell(decided: Sequence[_Decided], kind: str, reasons: list[Any], now: datetime) -> None:
    """Once for each request; of its messages each says what became of it. All are one account's."""
    if not decided:
        return
    with queries.language_of(decided[0].account_id):
        said = desk.told(KIND, reasons)
    batch_ids = [one.batch_id for one in decided]
    references = dict(Batch.objects.filter(id__among=batch_ids).values_list("id", "reference"))
    events = [
        Event(
            id=event_id,
            account_id=one.account_id,
            kind=kind,
            subject_id=one.batch_id,
            actor="review",
            facts={"reasons": reasons},
            created_at=now,
        )
        for event_id, one in zip(ids.series(now, len(decided)), decided, strict=True)
    ]
    Event.objects.bulk_create(events)
    announcing.announce(
        [
            announcing.Event(
                account_id=one.account_id,
                subject_id=event.id,
                kind=kind,
                payload=_payload(one, references.get(one.batch_id, ""), event, said),
            )
            for one, event in zip(decided, events, strict=True)
        ],
        now=now,
    )


def _payload(one: _Decided, reference: str, event: Event, reasons: list[desk.Told]) -> str:
    data = {
        "batch_id": str(one.batch_id),
        "reference": reference,
        "messages": one.messages,
        "reasons": reasons,
    }
    said = {"type": event.kind, "timestamp": event.created_at.isoformat(), "data": data}
    return json.dumps(said, ensure_ascii=False)
