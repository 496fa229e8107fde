"""From the queue to the wire, for gateways and tasks alike: they differ only in who holds the wire.

    claim            due messages become `sending`, each with an attempt `claimed`       COMMIT
    about_to_submit  their attempts become `submitting`: from here on they may be sent   COMMIT
    … the wire …
    record           what the answers mean                                               COMMIT

A process that dies after the first commit has certainly sent nothing of what was only claimed;
after the second, nobody knows: `recover` makes that `uncertain`, never a guess. Every function
takes the epoch of the caller's lease and raises LeaseLostError when it is no longer the last.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from accounts.states import AccountState
from messaging.models import Attempt, Message, MessageText
from messaging.services import (
    addressing,
    attempts,
    ending,
    hours,
    leases,
    routing,
    storing,
    suppression,
    turns,
    withdrawal,
)
from messaging.services.addressing import Manner, Sender
from messaging.services.attempts import Answer, Claim, Outcome, normalised
from messaging.services.ending import Ending
from messaging.services.recording import record
from messaging.services.suppression import Register
from messaging.states import AttemptState, State
from smsplatform.core import bulk
from smsplatform.core.lookups import array

__all__ = [
    "Answer",
    "Claim",
    "Outcome",
    "about_to_submit",
    "claim",
    "normalised",
    "record",
    "recover",
    "release",
]

MOST_CLAIMED = 500
HOLD_FOR = timedelta(seconds=60)


class _Facts(NamedTuple):
    """A claimed message, with what may have changed since it was accepted."""

    id: UUID
    number: str
    country: str
    encoding: str
    parts: int
    valid_until: datetime
    route_id: int
    message_class: str
    step: int
    account_id: int
    signature_id: int | None
    account_state: str
    template_state: str | None
    signature_state: str | None
    signature_text: str | None
    extension: int | None
    text: str | None

    @property
    def sender(self) -> Sender:
        return Sender(self.signature_id, self.signature_text, self.extension)


def claim(*, carrier_id: int, epoch: int, most: int, now: datetime) -> list[Claim]:
    """Due messages that this carrier serves now: fairly, urgent classes first."""
    routes = routing.now()
    places, shared = routes.served_by(carrier_id), routes.shared_by(carrier_id)
    if not places or most < 1:
        return []
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        taken = turns.take(places, shared=shared, most=min(most, MOST_CLAIMED), now=now)
        facts = _facts(taken)
        open_hours, register = hours.table(), _register(facts, now)
        verdicts = [(one, _verdict(one, now, open_hours, register)) for one in facts]
        ending.end(_endings(verdicts), now=now)
        _hold_back([one for one, verdict in verdicts if verdict == _HOLD], now, open_hours)
        going = {one.id: one for one, verdict in verdicts if verdict is None}
        return _start(going, carrier_id, epoch, now)


def about_to_submit(
    *, carrier_id: int, epoch: int, claims: Sequence[Claim], now: datetime
) -> list[Claim]:
    """Those that may be written to the wire once this returns."""
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        moved: set[tuple[UUID, int]] = set()
        for no, message_ids in attempts.by_no((one.message_id, one.no) for one in claims).items():
            won = attempts.rows(message_ids, no).advance(
                AttemptState.SUBMITTING, returning=["message_id", "no"], submitting_at=now
            )
            moved.update(won)
    return [one for one in claims if (one.message_id, one.no) in moved]


def release(*, carrier_id: int, epoch: int, claims: Sequence[Claim], now: datetime) -> None:
    """Claimed and never written: back into the queue at once."""
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        for no, message_ids in attempts.by_no((one.message_id, one.no) for one in claims).items():
            attempts.release(attempts.rows(message_ids, no).in_state(AttemptState.CLAIMED), now)


def recover(*, carrier_id: int, epoch: int, now: datetime) -> int:
    """At the start of a sender's life: what earlier lives left open. Returns how many."""
    older = Attempt.objects.filter(carrier_id=carrier_id, epoch__lt=epoch)
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        left = older.filter(state=AttemptState.SUBMITTING).values_list("message_id", "no")
        doubted = attempts.doubt(list(left), now)
        released = attempts.release(older.filter(state=AttemptState.CLAIMED), now)
        attempts.doubt_messages(doubted)
        storing.ring()
    return released + len(doubted)


def _facts(message_ids: Sequence[UUID]) -> list[_Facts]:
    if not message_ids:
        return []
    # Joined here: a join of two partitioned tables is planned badly while they are young.
    texts = dict(
        MessageText.objects.filter(message_id__among=message_ids).values_list("message_id", "text")
    )
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"ids": array(message_ids), "queued": State.QUEUED.value})
        return [_Facts._make((*row, texts.get(row[0]))) for row in cursor.fetchall()]


_FACTS = f"""
    SELECT m.id, m.number, m.country, m.encoding, m.parts, m.valid_until, m.route_id,
           m.message_class, m.step, m.account_id, m.signature_id, {withdrawal.COLUMNS},
           s.text, s.extension
    FROM messaging_message m {withdrawal.JOINS}
    WHERE m.id = ANY(%(ids)s::uuid[]) AND m.state = %(queued)s
    ORDER BY m.id
"""  # noqa: S608 - all ours


def _register(facts: Sequence[_Facts], now: datetime) -> Register:
    """Asked when the messages are ours: whoever opts out before that is not written to."""
    return suppression.load(
        {one.number for one in facts}, account_ids={one.account_id for one in facts}, now=now
    )


_HOLD = ("", "")
_WAITING = (AccountState.SUSPENDED, AccountState.IN_ARREARS)


def _verdict(
    one: _Facts, now: datetime, open_hours: hours.Table, register: Register
) -> tuple[str, str] | None:
    """None to go on; _HOLD to wait; else the state and reason in which it ends."""
    if one.valid_until <= now:
        return State.EXPIRED, "expired"
    withdrawn = withdrawal.reason(
        account_state=one.account_state,
        template_state=one.template_state,
        signature_state=one.signature_state,
    )
    if withdrawn:
        return State.CANCELLED, withdrawn
    if _is_suppressed(one, register):
        return State.CANCELLED, suppression.CODE
    if one.text is None:
        return State.FAILED, "text_not_kept"
    return _HOLD if _waits_until(one, now, open_hours) else None


def _is_suppressed(one: _Facts, register: Register) -> bool:
    return register.covers(
        one.number,
        account_id=one.account_id,
        signature_id=one.signature_id,
        message_class=one.message_class,
    )


def _waits_until(one: _Facts, now: datetime, open_hours: hours.Table) -> datetime | None:
    """When a message that may not go now is to be looked at again."""
    if one.account_state in _WAITING:
        return now + HOLD_FOR
    theirs = open_hours.get((one.country, one.message_class))
    if theirs is None or theirs.are_open(now):
        return None
    # No later than it expires, so that whoever waits for it is told in time.
    return min(theirs.next_opening(now) or now + HOLD_FOR, one.valid_until)


def _endings(verdicts: Sequence[tuple[_Facts, tuple[str, str] | None]]) -> list[Ending]:
    groups: dict[tuple[str, str], list[UUID]] = {}
    for one, verdict in verdicts:
        if verdict is not None and verdict != _HOLD:
            groups.setdefault(verdict, []).append(one.id)
    return [Ending(found, state, reason) for (state, reason), found in groups.items()]


def _hold_back(held: Sequence[_Facts], now: datetime, open_hours: hours.Table) -> None:
    storing.due_again(
        (
            one.id,
            one.route_id,
            one.message_class,
            one.step,
            one.account_id,
            _waits_until(one, now, open_hours),
            one.valid_until,
        )
        for one in held
    )


def _start(going: dict[UUID, _Facts], carrier_id: int, epoch: int, now: datetime) -> list[Claim]:
    moved = Message.objects.filter(id__among=going).advance(
        State.SENDING,
        returning=["id", "attempts"],
        carrier_id=carrier_id,
        attempts=F("attempts") + 1,
    )
    bulk.copy(
        "messaging_attempt",
        ["message_id", "no", "carrier_id", "state", "epoch", "claimed_at", "carrier_code"],
        (
            (message_id, no, carrier_id, AttemptState.CLAIMED.value, epoch, now, "")
            for message_id, no in moved
        ),
    )
    manner = addressing.manner(carrier_id)
    return [_claim(going[message_id], no, manner) for message_id, no in moved]


def _claim(one: _Facts, no: int, manner: Manner) -> Claim:
    assert one.text is not None  # noqa: S101 - the verdict has seen to it
    return Claim(
        one.id,
        no,
        one.number,
        one.country,
        one.encoding,
        one.parts,
        one.text,
        one.valid_until,
        addressing.source(one.sender, country=one.country, manner=manner),
    )
