"""Delivery receipts: stored as they came, committed, acknowledged; applied afterwards, in groups.

A receipt may come before the answer that names its id, twice, in the wrong order, or for nobody.
What cannot be applied waits; the first final one of a message wins, the others are kept as told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from messaging.models import Attempt, Message, Part, Receipt
from messaging.services import ending
from messaging.services.attempts import normalised, storable
from messaging.services.ending import Ending
from messaging.states import MESSAGE, AttemptState, State
from smsplatform.core import bulk, ids

MOST_APPLIED = 500
# A receipt whose id nobody told is looked at again until then, and a late one still counts.
WAITS_FOR = timedelta(hours=72)
LATE_UNTIL = timedelta(days=35)
# An orphan is matched by its destination only when no answer came for it in this time.
ORPHAN_AFTER = timedelta(seconds=5)
ORPHAN_WITHIN = timedelta(minutes=15)


class ReceiptOutcome(StrEnum):
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    PENDING = "pending"


class Effect(StrEnum):
    APPLIED = "applied"
    REPEATED = "repeated"
    LATE = "late"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """A receipt as a carrier told it; `raw` is kept for disputes."""

    raw_id: str
    number: str
    outcome: ReceiptOutcome
    carrier_code: str
    raw: str


def store(*, carrier_id: int, reports: Sequence[Report], now: datetime) -> None:
    """Once this returns they are safe, and may be acknowledged to the carrier."""
    rows = zip(ids.series(now, len(reports)), reports, strict=True)
    with transaction.atomic():
        bulk.copy(
            "messaging_receipt",
            [
                "id",
                "carrier_id",
                "carrier_message_id",
                "raw_id",
                "number",
                "outcome",
                "carrier_code",
                "raw",
                "received_at",
                "effect",
            ],
            (
                (
                    receipt_id,
                    carrier_id,
                    normalised(report.raw_id),
                    storable(report.raw_id)[:65],
                    storable(report.number)[:21],
                    report.outcome.value,
                    storable(report.carrier_code)[:20],
                    storable(report.raw),
                    now,
                    "",
                )
                for receipt_id, report in rows
            ),
        )


class _Match(NamedTuple):
    """A receipt that found its part."""

    receipt_id: UUID
    outcome: str
    carrier_code: str
    message_id: UUID
    attempt_no: int
    part_no: int
    parts: int
    state: str


def apply(*, carrier_id: int, now: datetime) -> int:
    """One group of waiting receipts; returns how many took effect or were settled.

    Call it again while it returns MOST_APPLIED.
    """
    with transaction.atomic():
        matches = _matches(carrier_id, now)
        if not matches:
            return 0
        _note_parts(matches)
        ended = _end(_final(matches), now)
        _confirm_attempts([one for one in matches if one.message_id in ended], carrier_id, now)
        _settle(matches, ended, now)
    return len(matches)


_MATCH = """
    SELECT r.id, r.outcome, r.carrier_code, p.message_id, p.attempt_no, p.no, m.parts, m.state
    FROM (
        SELECT id, outcome, carrier_code, carrier_message_id FROM messaging_receipt
        WHERE applied_at IS NULL AND carrier_id = %(carrier)s AND id >= %(oldest_receipt)s
        ORDER BY id LIMIT %(scanned)s FOR UPDATE SKIP LOCKED
    ) r
    JOIN LATERAL (
        SELECT message_id, attempt_no, no FROM messaging_part
        WHERE carrier_id = %(carrier)s AND carrier_message_id = r.carrier_message_id
          AND message_id >= %(oldest_message)s AND message_id < %(youngest_message)s
        ORDER BY message_id DESC LIMIT 1
    ) p ON true
    JOIN messaging_message m ON m.id = p.message_id
      AND m.id >= %(oldest_message)s AND m.id < %(youngest_message)s
    ORDER BY r.id LIMIT %(most)s
"""


def _matches(carrier_id: int, now: datetime) -> list[_Match]:
    """The youngest message with that id: carriers repeat their ids after a while."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MATCH,
            {
                "carrier": carrier_id,
                "oldest_receipt": ids.first_at(now - WAITS_FOR),
                "oldest_message": ids.first_at(now - LATE_UNTIL),
                # Spares the planner the empty months ahead.
                "youngest_message": ids.first_at(now + timedelta(minutes=10)),
                "scanned": 20 * MOST_APPLIED,
                "most": MOST_APPLIED,
            },
        )
        return [_Match(*row) for row in cursor.fetchall()]


def _confirm_attempts(matches: Sequence[_Match], carrier_id: int, now: datetime) -> None:
    """A final receipt proves that an uncertain attempt was accepted."""
    uncertain = [one.message_id for one in matches if one.state == State.UNCERTAIN]
    if uncertain:
        Attempt.objects.filter(message_id__among=uncertain, carrier_id=carrier_id).in_state(
            AttemptState.UNCERTAIN
        ).advance(AttemptState.ACCEPTED, returning=["message_id"], answered_at=now)


def _note_parts(matches: Sequence[_Match]) -> None:
    """Of long messages only: they are delivered when every part is."""
    for outcome in (ReceiptOutcome.DELIVERED, ReceiptOutcome.UNDELIVERED):
        for one in matches:
            if one.parts > 1 and one.outcome == outcome:
                Part.objects.filter(
                    message_id=one.message_id, attempt_no=one.attempt_no, no=one.part_no
                ).update(receipt_state=outcome.value)


def _final(matches: Sequence[_Match]) -> list[_Match]:
    """The matches that decide their message: the first final one of each."""
    decided: dict[UUID, _Match] = {}
    long = {one.message_id for one in matches if one.parts > 1}
    complete = _complete(long) if long else {}
    for one in matches:
        if one.outcome == ReceiptOutcome.PENDING or one.state in MESSAGE.final:
            continue
        if one.message_id in long:
            if one.message_id not in complete:
                continue
            one = one._replace(outcome=complete[one.message_id])
        decided.setdefault(one.message_id, one)
    return list(decided.values())


def _complete(message_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Long messages whose fate is known: undelivered with the first lost part, delivered with the
    last that arrived."""
    states: dict[UUID, list[str]] = {}
    rows = Part.objects.filter(message_id__among=list(message_ids))
    for message_id, state in rows.values_list("message_id", "receipt_state"):
        states.setdefault(message_id, []).append(state)
    fates: dict[UUID, str] = {}
    for message_id, found in states.items():
        if ReceiptOutcome.UNDELIVERED in found:
            fates[message_id] = ReceiptOutcome.UNDELIVERED
        elif all(state == ReceiptOutcome.DELIVERED for state in found):
            fates[message_id] = ReceiptOutcome.DELIVERED
    return fates


def _end(decided: Sequence[_Match], now: datetime) -> dict[UUID, bool]:
    """Which messages moved, and whether that was late."""
    groups: dict[tuple[str, str, bool], list[UUID]] = {}
    for one in decided:
        code = "" if one.outcome == ReceiptOutcome.DELIVERED else one.carrier_code
        key = (one.outcome, code, one.state == State.NO_RECEIPT)
        groups.setdefault(key, []).append(one.message_id)
    endings = [
        Ending(
            message_ids,
            State.DELIVERED if outcome == ReceiptOutcome.DELIVERED else State.UNDELIVERED,
            "" if outcome == ReceiptOutcome.DELIVERED else "undelivered",
            code,
            is_late=is_late,
        )
        for (outcome, code, is_late), message_ids in groups.items()
    ]
    late = {one.message_id for one in decided if one.state == State.NO_RECEIPT}
    return {one.id: one.id in late for one in ending.end(endings, now=now)}


def _settle(matches: Sequence[_Match], ended: dict[UUID, bool], now: datetime) -> None:
    """Every match is settled with what it did, so that it is never looked at again.

    A final receipt whose message is still on its way to `sent` waits for the answer's commit.
    """
    effects: dict[str, list[_Match]] = {}
    for one in matches:
        effect = _effect(one, ended)
        if effect is not None:
            effects.setdefault(effect, []).append(one)
    for effect, group in effects.items():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE messaging_receipt r SET applied_at = %s, effect = %s,"
                " message_id = v.message_id"
                " FROM unnest(%s::uuid[], %s::uuid[]) v(id, message_id)"
                " WHERE r.id = v.id AND r.id = ANY(%s)",
                [
                    now,
                    effect,
                    [one.receipt_id for one in group],
                    [one.message_id for one in group],
                    [one.receipt_id for one in group],
                ],
            )


def _effect(one: _Match, ended: dict[UUID, bool]) -> Effect | None:
    if one.message_id in ended:
        return Effect.LATE if ended[one.message_id] else Effect.APPLIED
    if one.outcome == ReceiptOutcome.PENDING:
        return Effect.PENDING
    if one.state in (State.QUEUED, State.SENDING):
        return None
    return Effect.APPLIED if one.state == State.SENT else Effect.REPEATED


_ORPHANS = """
    SELECT r.id, r.carrier_message_id, r.raw_id, r.number, r.received_at FROM messaging_receipt r
    WHERE r.applied_at IS NULL AND r.carrier_id = %(carrier)s
      AND r.id >= %(oldest)s AND r.received_at < %(settled)s AND r.number <> ''
      AND NOT EXISTS (
        SELECT 1 FROM messaging_part p WHERE p.carrier_id = %(carrier)s
          AND p.carrier_message_id = r.carrier_message_id)
    ORDER BY r.id LIMIT %(most)s
"""

_NAMELESS = """
    SELECT a.message_id, a.no, a.state, a.submitting_at, m.parts
    FROM messaging_attempt a JOIN messaging_message m ON m.id = a.message_id
    WHERE a.carrier_id = %(carrier)s AND m.number = %(number)s
      AND a.state IN ('submitting', 'uncertain', 'superseded', 'written_off')
      AND a.message_id >= %(oldest)s AND m.id >= %(oldest)s
"""


def adopt_orphans(*, carrier_id: int, now: datetime) -> int:
    """Give receipts whose id no answer told to the one attempt they can belong to.

    Only if it is the only attempt to that number without an id, whatever became of it since, and
    its outcome is still unknown: to guess among two would credit one message's receipt to another.
    """
    adopted = 0
    with transaction.atomic(), connection.cursor() as cursor:
        oldest = ids.first_at(now - WAITS_FOR)
        cursor.execute(
            _ORPHANS,
            {
                "carrier": carrier_id,
                "oldest": oldest,
                "settled": now - ORPHAN_AFTER,
                "most": MOST_APPLIED,
            },
        )
        for _receipt_id, carrier_message_id, raw_id, number, received_at in cursor.fetchall():
            number = number if number.startswith("+") else f"+{number}"
            cursor.execute(_NAMELESS, {"carrier": carrier_id, "number": number, "oldest": oldest})
            owner = _owner(cursor.fetchall(), received_at)
            if owner is not None:
                Part.objects.get_or_create(
                    message_id=owner[0],
                    attempt_no=owner[1],
                    no=1,
                    defaults={
                        "carrier_id": carrier_id,
                        "carrier_message_id": carrier_message_id,
                        "raw_id": raw_id,
                    },
                )
                adopted += 1
    return adopted


def _owner(
    nameless: Sequence[tuple[UUID, int, str, datetime, int]], received_at: datetime
) -> tuple[UUID, int] | None:
    if len(nameless) != 1:
        return None
    message_id, no, state, submitted_at, parts = nameless[0]
    in_time = abs(received_at - submitted_at) <= ORPHAN_WITHIN
    if state != AttemptState.UNCERTAIN or parts != 1 or not in_time:
        return None
    return message_id, no


def forget_unknown(*, now: datetime) -> int:
    """Receipts that waited long enough for an owner are kept, marked, and no longer looked at."""
    return Receipt.objects.filter(
        applied_at__isnull=True, id__lt=ids.first_at(now - WAITS_FOR)
    ).update(applied_at=now, effect=Effect.UNKNOWN.value)


def waiting(carrier_id: int) -> bool:
    return Receipt.objects.filter(applied_at__isnull=True, carrier_id=carrier_id).exists()


def no_receipt(*, now: datetime, wait: timedelta = WAITS_FOR) -> int:
    """Messages that were sent so long ago that nobody will report on them any more."""
    due = Message.objects.filter(
        state=State.SENT,
        sent_at__lt=now - wait,
        id__lt=ids.first_at(now - wait),
        id__gte=ids.first_at(now - LATE_UNTIL),
    )
    with transaction.atomic():
        chosen = list(due.values_list("id", flat=True)[:MOST_APPLIED])
        return len(ending.end([Ending(chosen, State.NO_RECEIPT, "no_receipt")], now=now))
