"""From the queue to the wire, for gateways and tasks alike: they differ only in who holds the wire.

    claim            due messages become `sending`, each with an attempt `claimed`       COMMIT
    about_to_submit  their attempts become `submitting`: from here on they may be sent   COMMIT
    … the wire …
    record           what the answers mean                                               COMMIT

A process that dies after the first commit has certainly sent nothing of what was only claimed;
after the second, nobody knows: `recover` makes that `uncertain`, never a guess. Every function
takes the epoch of the caller's lease and raises LeaseLostError when it is no longer the last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from accounts.states import AccountState
from messaging.models import Attempt, Message, MessageText, Part
from messaging.services import ending, leases, routing, storing
from messaging.services.ending import Ending
from messaging.states import AttemptState, State
from smsplatform.core import bulk
from smsplatform.core.lookups import array
from templates_app.models import MessageClass
from templates_app.states import ReviewState

MOST_CLAIMED = 500
# A message that a carrier refuses for now is tried so often before it is given up.
MOST_TRIES = 3
RETRY_AFTER = timedelta(seconds=10)
THROTTLED_RETRY_AFTER = timedelta(seconds=5)
HOLD_FOR = timedelta(seconds=60)
# How long a late answer or a receipt may still settle an unknown outcome.
PATIENCE = {
    MessageClass.VERIFICATION.value: timedelta(seconds=45),
    MessageClass.NOTICE.value: timedelta(minutes=10),
    MessageClass.MARKETING.value: timedelta(hours=6),
}
PATIENCE_WHEN_FAILING = timedelta(hours=6)


class Outcome(StrEnum):
    """What an answer, or its absence, means."""

    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    REFUSED_FOR_NOW = "refused_for_now"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this sender, and nobody else, may submit now."""

    message_id: UUID
    no: int
    number: str
    country: str
    encoding: str
    parts: int
    text: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt. `carrier_ids`: the carrier's id of each part, as it came."""

    message_id: UUID
    no: int
    outcome: Outcome
    carrier_ids: tuple[str, ...] = ()
    carrier_code: str = ""


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
    account_id: int
    account_state: str
    template_state: str | None
    signature_state: str | None
    text: str | None


def claim(*, carrier_id: int, epoch: int, most: int, now: datetime) -> list[Claim]:
    """Due messages of the routes that this carrier leads now, urgent classes first."""
    routes = routing.led_by(carrier_id)
    if not routes or most < 1:
        return []
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        facts = _facts(_take_due(routes, min(most, MOST_CLAIMED), now))
        verdicts = [(one, _verdict(one, now)) for one in facts]
        ending.end(_endings(verdicts), now=now)
        _hold_back([one for one, verdict in verdicts if verdict == _HOLD], now)
        going = {one.id: one for one, verdict in verdicts if verdict is None}
        return _start(going, carrier_id, epoch, now)


def about_to_submit(
    *, carrier_id: int, epoch: int, claims: Sequence[Claim], now: datetime
) -> list[Claim]:
    """Those that may be written to the wire once this returns."""
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        moved: set[tuple[UUID, int]] = set()
        for no, message_ids in _by_no((one.message_id, one.no) for one in claims).items():
            won = _attempts(message_ids, no).advance(
                AttemptState.SUBMITTING, returning=["message_id", "no"], submitting_at=now
            )
            moved.update(won)
    return [one for one in claims if (one.message_id, one.no) in moved]


def record(*, carrier_id: int, epoch: int, answers: Sequence[Answer], now: datetime) -> None:
    """Everything that a group of answers changes. Recording an answer twice changes nothing."""
    groups: dict[Outcome, list[Answer]] = {}
    for answer in answers:
        groups.setdefault(_meaning(answer), []).append(answer)
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        _record_refused(groups.get(Outcome.REFUSED, []), now)
        _record_accepted(groups.get(Outcome.ACCEPTED, []), carrier_id, now)
        _record_again(groups.get(Outcome.THROTTLED, []), AttemptState.REFUSED, now)
        _record_again(groups.get(Outcome.REFUSED_FOR_NOW, []), AttemptState.REFUSED, now)
        _record_again(groups.get(Outcome.NOT_SENT, []), AttemptState.RELEASED, now)
        _make_uncertain(
            _by_no((one.message_id, one.no) for one in groups.get(Outcome.UNKNOWN, [])), now
        )


def release(*, carrier_id: int, epoch: int, claims: Sequence[Claim], now: datetime) -> None:
    """Claimed and never written: back into the queue at once."""
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        for no, message_ids in _by_no((one.message_id, one.no) for one in claims).items():
            _release(_attempts(message_ids, no).in_state(AttemptState.CLAIMED), now)


def recover(*, carrier_id: int, epoch: int, now: datetime) -> int:
    """At the start of a sender's life: what earlier lives left open. Returns how many."""
    older = Attempt.objects.filter(carrier_id=carrier_id, epoch__lt=epoch)
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        released = _release(older.filter(state=AttemptState.CLAIMED), now)
        left = older.filter(state=AttemptState.SUBMITTING).values_list("message_id", "no")
        uncertain = _by_no(left)
        _make_uncertain(uncertain, now)
        storing.ring()
    return released + sum(map(len, uncertain.values()))


def _take_due(routes: Sequence[int], most: int, now: datetime) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"routes": list(routes), "most": most, "now": now})
        return [row[0] for row in cursor.fetchall()]


_TAKE = """
    DELETE FROM messaging_due WHERE message_id IN (
        SELECT picked.message_id
        FROM generate_series(0, 2) AS lanes(lane)
        CROSS JOIN unnest(%(routes)s::int[]) AS routes(route_id)
        CROSS JOIN LATERAL (
            SELECT d.message_id FROM messaging_due d
            WHERE d.route_id = routes.route_id AND d.lane = lanes.lane AND d.due_at <= %(now)s
            ORDER BY d.due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
        ) picked
        ORDER BY lanes.lane LIMIT %(most)s
    ) RETURNING message_id
"""


def _facts(message_ids: Sequence[UUID]) -> list[_Facts]:
    if not message_ids:
        return []
    # Joined here: a join of two partitioned tables is planned badly while they are young.
    texts = dict(
        MessageText.objects.filter(message_id__among=message_ids).values_list("message_id", "text")
    )
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"ids": array(message_ids), "queued": State.QUEUED.value})
        return [_Facts(*row, text=texts.get(row[0])) for row in cursor.fetchall()]


_FACTS = """
    SELECT m.id, m.number, m.country, m.encoding, m.parts, m.valid_until, m.route_id,
           m.message_class, m.account_id, a.state, t.state, s.state
    FROM messaging_message m
    JOIN accounts_account a ON a.id = m.account_id
    LEFT JOIN templates_app_template t ON t.id = m.template_id
    LEFT JOIN templates_app_signature s ON s.id = m.signature_id
    WHERE m.id = ANY(%(ids)s::uuid[]) AND m.state = %(queued)s
    ORDER BY m.id
"""

_HOLD = ("", "")


def _verdict(one: _Facts, now: datetime) -> tuple[str, str] | None:
    """None to go on; _HOLD to wait; else the state and reason in which it ends."""
    if one.valid_until <= now:
        return State.EXPIRED, "expired"
    if one.account_state in (AccountState.FROZEN, AccountState.CLOSED):
        return State.CANCELLED, "account_closed"
    if one.template_state not in (None, ReviewState.APPROVED):
        return State.CANCELLED, "template_withdrawn"
    if one.signature_state not in (None, ReviewState.APPROVED):
        return State.CANCELLED, "signature_withdrawn"
    if one.text is None:
        return State.FAILED, "text_not_kept"
    return _HOLD if one.account_state == AccountState.SUSPENDED else None


def _endings(verdicts: Sequence[tuple[_Facts, tuple[str, str] | None]]) -> list[Ending]:
    groups: dict[tuple[str, str], list[UUID]] = {}
    for one, verdict in verdicts:
        if verdict is not None and verdict != _HOLD:
            groups.setdefault(verdict, []).append(one.id)
    return [Ending(found, state, reason) for (state, reason), found in groups.items()]


def _hold_back(held: Sequence[_Facts], now: datetime) -> None:
    storing.due_again(
        (one.id, one.route_id, one.message_class, one.account_id, now + HOLD_FOR, one.valid_until)
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
    return [_claim(going[message_id], no) for message_id, no in moved]


def _claim(one: _Facts, no: int) -> Claim:
    assert one.text is not None  # noqa: S101 - the verdict has seen to it
    return Claim(
        one.id, no, one.number, one.country, one.encoding, one.parts, one.text, one.valid_until
    )


def _meaning(answer: Answer) -> Outcome:
    """A refusal for now becomes final with the last try; throttling lasts until validity."""
    if answer.outcome == Outcome.REFUSED_FOR_NOW and answer.no >= MOST_TRIES:
        return Outcome.REFUSED
    return answer.outcome


def _record_refused(answers: Sequence[Answer], now: datetime) -> None:
    """Refunds lock ledgers, so they come first."""
    by_code: dict[str, list[Answer]] = {}
    for answer in answers:
        by_code.setdefault(answer.carrier_code, []).append(answer)
    endings = []
    for code, group in by_code.items():
        won = _answered(group, AttemptState.REFUSED, now)
        endings.append(Ending(won, State.FAILED, "carrier_refused", code))
    ending.end(endings, now=now)


def _record_accepted(answers: Sequence[Answer], carrier_id: int, now: datetime) -> None:
    won = _answered(answers, AttemptState.ACCEPTED, now)
    Message.objects.filter(id__among=won).advance(State.SENT, sent_at=now)
    known = {*won, *_given_up(answers, won)}
    bulk.copy(
        "messaging_part",
        [
            "message_id",
            "attempt_no",
            "no",
            "carrier_id",
            "carrier_message_id",
            "raw_id",
            "receipt_state",
        ],
        (
            (one.message_id, one.no, no, carrier_id, normalised(raw_id), raw_id[:65], "")
            for one in answers
            if one.message_id in known
            for no, raw_id in enumerate(one.carrier_ids, start=1)
        ),
    )


def _given_up(answers: Sequence[Answer], won: Sequence[UUID]) -> list[UUID]:
    """Accepted after we had given up: too late to count, but its receipt must find its message."""
    in_time = set(won)
    late = {one.message_id: one.no for one in answers if one.message_id not in in_time}
    if not late:
        return []
    attempts = Attempt.objects.filter(
        message_id__among=late, state__in=[AttemptState.SUPERSEDED, AttemptState.WRITTEN_OFF]
    ).values_list("message_id", "no")
    without_id = [pk for pk in attempts if late[pk[0]] == pk[1]]
    parts = Part.objects.filter(message_id__among=late).values_list("message_id", "attempt_no")
    told = set(parts)
    return [message_id for message_id, no in without_id if (message_id, no) not in told]


def normalised(raw_id: str) -> str:
    """Answer and receipt may spell one id differently: in case, or with leading zeros."""
    return raw_id.strip().lower().lstrip("0")[:65] or "0"


def _record_again(answers: Sequence[Answer], state: str, now: datetime) -> None:
    won = set(_answered(answers, state, now))
    throttled = {one.message_id for one in answers if one.outcome == Outcome.THROTTLED}
    for delay, chosen in ((THROTTLED_RETRY_AFTER, won & throttled), (RETRY_AFTER, won - throttled)):
        _queue_again(chosen, now + delay)


def _release(attempts: Any, now: datetime) -> int:
    released = attempts.advance(AttemptState.RELEASED, returning=["message_id"], answered_at=now)
    _queue_again({row[0] for row in released}, now)
    return len(released)


def _queue_again(message_ids: Iterable[UUID], due_at: datetime, **changes: Any) -> None:
    rows = Message.objects.filter(id__among=list(message_ids)).advance(
        State.QUEUED,
        returning=["id", "route_id", "message_class", "account_id", "due_at", "valid_until"],
        due_at=due_at,
        **changes,
    )
    storing.due_again(rows)


def _make_uncertain(attempts: dict[int, list[UUID]], now: datetime) -> None:
    """`sending` becomes `uncertain`; the resolver decides when the patience of its class ends."""
    for no, message_ids in attempts.items():
        rows = Message.objects.filter(id__among=message_ids).values_list(
            "id", "message_class", "on_unknown"
        )
        groups: dict[timedelta, list[UUID]] = {}
        for message_id, message_class, on_unknown in rows:
            groups.setdefault(patience(message_class, on_unknown), []).append(message_id)
        for wait, chosen in groups.items():
            won = _attempts(chosen, no).advance(
                AttemptState.UNCERTAIN, returning=["message_id"], decide_at=now + wait
            )
            Message.objects.filter(id__among=[row[0] for row in won]).advance(State.UNCERTAIN)


def patience(message_class: str, on_unknown: str) -> timedelta:
    if on_unknown == Message.OnUnknown.FAIL:
        return PATIENCE_WHEN_FAILING
    return PATIENCE[message_class]


def _answered(answers: Sequence[Answer], state: str, now: datetime) -> list[UUID]:
    """Close the attempts that were still open; returns their messages."""
    won: list[UUID] = []
    by_no: dict[tuple[int, str], list[UUID]] = {}
    for one in answers:
        by_no.setdefault((one.no, one.carrier_code), []).append(one.message_id)
    for (no, code), message_ids in by_no.items():
        rows = _attempts(message_ids, no).advance(
            state, returning=["message_id"], answered_at=now, carrier_code=code[:20]
        )
        won.extend(row[0] for row in rows)
    return won


def _attempts(message_ids: Sequence[UUID], no: int) -> Any:
    return Attempt.objects.filter(message_id__among=message_ids, no=no)


def _by_no(attempts: Iterable[tuple[UUID, int]]) -> dict[int, list[UUID]]:
    groups: dict[int, list[UUID]] = {}
    for message_id, no in attempts:
        groups.setdefault(no, []).append(message_id)
    return groups
