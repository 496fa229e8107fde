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
from messaging.models import Due, Message
from messaging.services import attempts, ending, storing
from messaging.services.ending import Ending
from messaging.states import AttemptState, State
from smsplatform.core import ids

MOST = 500


class _Open(NamedTuple):
    message_id: UUID
    no: int
    carrier_id: int
    account_id: int
    state: str
    on_unknown: str
    resends: int
    valid_until: datetime
    is_given_up: bool

    def may_resend(self, now: datetime) -> bool:
        """Once. Never where a receipt of an earlier attempt has ended the message meanwhile, or
        where this carrier's unknown outcomes are given up, or were held until there was no more
        time to decide."""
        is_wanted = self.on_unknown == Message.OnUnknown.RESEND and self.state == State.UNCERTAIN
        may = is_wanted and self.resends == 0 and not self.is_given_up
        return may and self.valid_until > now


def resolve(*, now: datetime) -> int:
    """Decide the unknown outcomes whose deadline has passed; returns how many.

    Call it again while it returns MOST.
    """
    with transaction.atomic():
        overdue = _overdue(now)
        resent = [one for one in overdue if one.may_resend(now)]
        written_off = [one for one in overdue if not one.may_resend(now)]
        resent = _close(resent, AttemptState.SUPERSEDED, now)
        written_off = _close(written_off, AttemptState.WRITTEN_OFF, now)
        _fail(written_off, now)
        _resend(resent, now)
    return len(overdue)


def _overdue(now: datetime) -> list[_Open]:
    with connection.cursor() as cursor:
        cursor.execute(
            _OVERDUE,
            {
                "now": now,
                "most": MOST,
                "oldest": now - attempts.PATIENCE_WHEN_FAILING,
                "partly": attempts.PARTLY_TAKEN,
            },
        )
        return [_Open(*row) for row in cursor.fetchall()]


# What a person has to decide of waits for that, until the last deadline that there is.
_OVERDUE = """
    SELECT a.message_id, a.no, a.carrier_id, m.account_id, m.state, m.on_unknown, m.resends,
           m.valid_until,
           coalesce(h.resends, 'automatic') <> 'automatic' OR a.carrier_code = %(partly)s
    FROM messaging_attempt a
    LEFT JOIN messaging_health h ON h.carrier_id = a.carrier_id
    JOIN LATERAL (
        -- The limit is for the planner: of a young table it knows nothing, and would read it whole.
        SELECT account_id, state, on_unknown, resends, valid_until
        FROM messaging_message WHERE id = a.message_id LIMIT 1
    ) m ON true
    WHERE a.state = 'uncertain' AND a.decide_at <= %(now)s
      AND NOT (coalesce(h.resends, 'automatic') = 'held' AND m.on_unknown = 'resend'
               AND m.state = 'uncertain' AND m.resends = 0
               AND a.submitting_at > %(oldest)s)
    ORDER BY a.decide_at LIMIT %(most)s
"""


def _close(decided: Sequence[_Open], state: AttemptState, now: datetime) -> list[_Open]:
    """Who closes the attempt decides: an answer or a receipt may have come first."""
    won: set[tuple[UUID, int]] = set()
    for no, message_ids in attempts.by_no((one.message_id, one.no) for one in decided).items():
        won.update(
            attempts.rows(message_ids, no)
            .in_state(AttemptState.UNCERTAIN)
            .advance(state, returning=["message_id", "no"], answered_at=now)
        )
    closed = [one for one in decided if (one.message_id, one.no) in won]
    _tell(closed, state, now)
    return closed


def _fail(written_off: Sequence[_Open], now: datetime) -> None:
    message_ids = [one.message_id for one in written_off if one.state == State.UNCERTAIN]
    if message_ids:
        ending.end([Ending(message_ids, State.FAILED, "outcome_unknown")], now=now)


def _resend(resent: Sequence[_Open], now: datetime) -> None:
    rows = Message.objects.filter(id__among=[one.message_id for one in resent]).advance(
        State.QUEUED,
        returning=storing.AGAIN,
        due_at=now,
        resends=1,
    )
    if rows:
        storing.due_again(rows)
        storing.ring()


def _tell(decided: Sequence[_Open], state: AttemptState, now: datetime) -> None:
    """For the message's story: the resolver's decisions are acts of policy."""
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
