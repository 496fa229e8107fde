"""What time decides: unknown outcomes, validity, schedules. Each function is one small group.

An unknown outcome is first left to a late answer or a receipt; at its deadline the message's own
policy decides: `resend`, once and never charged again, or `fail` and refund.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Event
from messaging.models import Attempt, Due, Message
from messaging.services import ending, storing
from messaging.services.ending import Ending
from messaging.states import AttemptState, State
from smsplatform.core import ids

MOST = 500


class _Open(NamedTuple):
    message_id: UUID
    no: int
    account_id: int
    on_unknown: str
    resends: int
    valid_until: datetime


def resolve(*, now: datetime) -> int:
    """Decide the unknown outcomes whose deadline has passed; returns how many."""
    with transaction.atomic():
        overdue = _overdue(now)
        resent = [one for one in overdue if _may_resend(one, now)]
        written_off = [one for one in overdue if not _may_resend(one, now)]
        _write_off(written_off, now)
        _resend(resent, now)
    return len(overdue)


def _overdue(now: datetime) -> list[_Open]:
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"now": now, "most": MOST})
        return [_Open(*row) for row in cursor.fetchall()]


_OVERDUE = """
    SELECT a.message_id, a.no, m.account_id, m.on_unknown, m.resends, m.valid_until
    FROM (
        SELECT message_id, no FROM messaging_attempt
        WHERE state = 'uncertain' AND decide_at <= %(now)s ORDER BY decide_at LIMIT %(most)s
    ) a JOIN messaging_message m ON m.id = a.message_id
    WHERE m.state = 'uncertain'
"""


def _may_resend(one: _Open, now: datetime) -> bool:
    wants = one.on_unknown == Message.OnUnknown.RESEND
    return wants and one.resends == 0 and one.valid_until > now


def _write_off(overdue: Sequence[_Open], now: datetime) -> None:
    ended = ending.end(
        [Ending([one.message_id for one in overdue], State.FAILED, "outcome_unknown")], now=now
    )
    moved = {one.id for one in ended}
    _close([one for one in overdue if one.message_id in moved], AttemptState.WRITTEN_OFF, now)


def _resend(overdue: Sequence[_Open], now: datetime) -> None:
    rows = Message.objects.filter(id__among=[one.message_id for one in overdue]).advance(
        State.QUEUED,
        returning=["id", "route_id", "message_class", "account_id", "due_at", "valid_until"],
        due_at=now,
        resends=1,
    )
    moved = {row[0] for row in rows}
    _close([one for one in overdue if one.message_id in moved], AttemptState.SUPERSEDED, now)
    storing.due_again(rows)
    storing.ring()


def _close(decided: Sequence[_Open], state: AttemptState, now: datetime) -> None:
    for one in decided:
        Attempt.objects.filter(message_id=one.message_id, no=one.no).advance(
            state, returning=["message_id"], answered_at=now
        )
    Event.objects.bulk_create(
        Event(
            id=event_id,
            account_id=one.account_id,
            kind=f"message.outcome_{state.value}",
            subject_id=one.message_id,
            actor="resolver",
            facts={"attempt": one.no, "policy": one.on_unknown},
            created_at=now,
        )
        for event_id, one in zip(ids.series(now, len(decided)), decided, strict=True)
    )


def release_scheduled(*, now: datetime) -> int:
    """Scheduled messages whose time has come join the queue of their lane."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_due SET lane = -1 - lane WHERE message_id IN ("
            " SELECT message_id FROM messaging_due WHERE lane < 0 AND due_at <= %s"
            " LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING message_id",
            [now, 10 * MOST],
        )
        message_ids = [row[0] for row in cursor.fetchall()]
        if message_ids:
            Message.objects.filter(id__among=message_ids).in_state(State.SCHEDULED).advance(
                State.QUEUED
            )
            storing.ring()
    return len(message_ids)


def expire(*, now: datetime) -> int:
    """Messages that no carrier took in time. What is claimed right now is left to its claim."""
    with transaction.atomic():
        overdue = Due.objects.select_for_update(skip_locked=True).filter(valid_until__lte=now)
        message_ids = list(overdue.values_list("message_id", flat=True)[:MOST])
        Due.objects.filter(message_id__among=message_ids).delete()
        ending.end([Ending(message_ids, State.EXPIRED, "expired")], now=now)
    return len(message_ids)
