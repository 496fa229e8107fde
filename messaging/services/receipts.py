"""Delivery receipts: stored as they came, committed, acknowledged; applied afterwards, in groups.

A receipt may come before the answer that names its id, twice, in the wrong order, or for nobody.
What cannot be applied waits; the first final one of a message wins, the others are kept as told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from messaging.models import Attempt, Message, Part, Receipt
from messaging.services import ending
from messaging.services.attempts import bases, by_no, normalised, storable
from messaging.services.ending import Ending
from messaging.states import MESSAGE, NEVER_ACCEPTED, AttemptState, State
from smsplatform.core import bulk, ids

MOST_APPLIED = 500
# A receipt whose id nobody told is looked at again until then, and a late one still counts.
WAITS_FOR = timedelta(hours=72)
LATE_UNTIL = timedelta(days=35)


class ReceiptOutcome(StrEnum):
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    PENDING = "pending"


class Effect(StrEnum):
    """What a receipt did. Only the first three changed something."""

    APPLIED = "applied"
    LATE = "late"
    PENDING = "pending"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    AFTER_REFUND = "after_refund"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """A receipt as a carrier told it; `raw` is kept for disputes.

    `reference`: ours, where the carrier echoes it (`attempts.Claim.reference`).
    """

    raw_id: str
    number: str
    outcome: ReceiptOutcome
    carrier_code: str
    raw: str
    reference: str = ""


def store(*, carrier_id: int, reports: Sequence[Report], now: datetime) -> None:
    """Once this returns they are safe, and may be acknowledged to the carrier."""
    rows = zip(ids.series(now, len(reports)), reports, strict=True)
    base = bases(carrier_id).receipts
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
                "reference",
                "received_at",
                "effect",
            ],
            (
                (
                    receipt_id,
                    carrier_id,
                    normalised(report.raw_id, base=base),
                    storable(report.raw_id)[:65],
                    storable(report.number)[:21],
                    report.outcome.value,
                    storable(report.carrier_code)[:20],
                    storable(report.raw),
                    storable(report.reference)[:64],
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
    attempts: int

    @property
    def is_final(self) -> bool:
        return self.outcome != ReceiptOutcome.PENDING

    @property
    def is_superseded(self) -> bool:
        """Of an earlier attempt: it may prove a delivery, but not that the later one failed."""
        return self.attempt_no < self.attempts and self.outcome == ReceiptOutcome.UNDELIVERED


def apply(*, carrier_id: int, now: datetime) -> int:
    """One group of waiting receipts; returns how many were settled.

    Call it again while it returns MOST_APPLIED.
    """
    with transaction.atomic():
        matches = _matches(carrier_id, now)
        if not matches:
            return 0
        _confirm_attempts(matches, now)
        _note_parts([one for one in matches if one.parts > 1 and one.is_final])
        decided = _final(matches)
        ended = _end(decided, now)
        _confirm_messages(matches, ended, now)
        return _settle(matches, decided, ended, now)


# The limits in the innermost lines are for the planner: of a young table it knows nothing, and
# would read it whole.
_MATCH = """
    SELECT r.id, r.outcome, r.carrier_code, p.message_id, p.attempt_no, p.no,
           p.parts, p.state, p.attempts
    FROM (
        SELECT id, outcome, carrier_code, carrier_message_id, number FROM messaging_receipt
        WHERE applied_at IS NULL AND carrier_id = %(carrier)s AND id >= %(oldest_receipt)s
          AND carrier_message_id <> ''
        ORDER BY id DESC LIMIT %(scanned)s
    ) r
    JOIN LATERAL (
        SELECT c.message_id, c.attempt_no, c.no, m.parts, m.state, m.attempts
        FROM (
            SELECT message_id, attempt_no, no FROM messaging_part
            WHERE carrier_id = %(carrier)s AND carrier_message_id = r.carrier_message_id
              AND message_id >= %(oldest_message)s AND message_id < %(youngest_message)s
            ORDER BY message_id DESC LIMIT %(candidates)s
        ) c
        JOIN LATERAL (
            SELECT number, parts, state, attempts FROM messaging_message
            WHERE id = c.message_id AND id >= %(oldest_message)s AND id < %(youngest_message)s
            LIMIT 1
        ) m ON true
        ORDER BY right(m.number, 8) = right(r.number, 8) DESC, c.message_id DESC LIMIT 1
    ) p ON true
    ORDER BY r.id LIMIT %(most)s
"""
# Of an id that a carrier repeats, so many of its youngest messages are compared by their number.
_CANDIDATES = 50


def _matches(carrier_id: int, now: datetime) -> list[_Match]:
    """The youngest message with that id, to that number where one is: carriers repeat their ids
    after a while, some at once, and a few write the recipient as they like.

    The youngest receipts are looked at: thousands that belong to nobody must not hide them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _MATCH,
            {
                "carrier": carrier_id,
                "oldest_receipt": ids.first_at(now - WAITS_FOR),
                "oldest_message": ids.first_at(now - LATE_UNTIL),
                # Spares the planner the empty months ahead.
                "youngest_message": ids.first_at(now + timedelta(minutes=10)),
                "candidates": _CANDIDATES,
                "scanned": 20 * MOST_APPLIED,
                "most": MOST_APPLIED,
            },
        )
        return [_Match(*row) for row in cursor.fetchall()]


def _confirm_attempts(matches: Sequence[_Match], now: datetime) -> None:
    """A receipt proves that its attempt was accepted, whatever else it says."""
    pairs = {(one.message_id, one.attempt_no) for one in matches if one.state == State.UNCERTAIN}
    for no, message_ids in by_no(pairs).items():
        _unknown(message_ids).filter(no=no).advance(
            AttemptState.ACCEPTED, returning=["message_id"], answered_at=now
        )


def _unknown(message_ids: Iterable[UUID]) -> Any:
    found = Attempt.objects.filter(message_id__among=list(message_ids))
    return found.in_state(AttemptState.UNCERTAIN)


def _confirm_messages(matches: Sequence[_Match], ended: Mapping[UUID, bool], now: datetime) -> None:
    """What was unknown is `sent` now, or has ended; then nobody asks about later attempts."""
    unknown = [one for one in matches if one.state == State.UNCERTAIN]
    if not unknown:
        return
    proven = {one.message_id for one in unknown if one.attempt_no == one.attempts}
    Message.objects.filter(id__among=list(proven - ended.keys())).in_state(State.UNCERTAIN).advance(
        State.SENT, sent_at=now
    )
    _unknown({one.message_id for one in unknown} & ended.keys()).advance(
        AttemptState.WRITTEN_OFF, returning=["message_id"], answered_at=now
    )


_NOTE = """
    UPDATE messaging_part p SET receipt_state = v.outcome
    FROM unnest(%(ids)s::uuid[], %(attempts)s::int[], %(nos)s::int[], %(outcomes)s::text[])
        AS v(message_id, attempt_no, no, outcome)
    WHERE p.message_id = ANY(%(ids)s::uuid[]) AND p.message_id = v.message_id
      AND p.attempt_no = v.attempt_no AND p.no = v.no AND p.receipt_state = ''
"""


def _note_parts(matches: Sequence[_Match]) -> None:
    """Of long messages only: they are delivered when every part is. The first word counts."""
    first: dict[tuple[UUID, int, int], str] = {}
    for one in matches:
        first.setdefault((one.message_id, one.attempt_no, one.part_no), one.outcome)
    if first:
        message_ids, attempt_nos, nos = (list(column) for column in zip(*first, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                _NOTE,
                {
                    "ids": message_ids,
                    "attempts": attempt_nos,
                    "nos": nos,
                    "outcomes": list(first.values()),
                },
            )


def _final(matches: Sequence[_Match]) -> dict[UUID, _Match]:
    """The matches that decide their message: the first final one of each."""
    decided: dict[UUID, _Match] = {}
    fates = _fates({one.message_id for one in matches if one.parts > 1})
    for one in matches:
        if not one.is_final or one.is_superseded or one.state in MESSAGE.final:
            continue
        if one.parts > 1:
            fate = fates.get((one.message_id, one.attempt_no))
            if fate is None:
                continue
            one = one._replace(outcome=fate)
        decided.setdefault(one.message_id, one)
    return decided


def _fates(message_ids: Iterable[UUID]) -> dict[tuple[UUID, int], str]:
    """Long messages whose fate is known: undelivered with the first lost part, delivered with the
    last that arrived. No receipt can come for a part that the carrier did not name."""
    states: dict[tuple[UUID, int], set[str]] = {}
    rows = Part.objects.filter(message_id__among=list(message_ids)).exclude(carrier_message_id="")
    for message_id, no, state in rows.values_list("message_id", "attempt_no", "receipt_state"):
        states.setdefault((message_id, no), set()).add(state)
    fates: dict[tuple[UUID, int], str] = {}
    for attempt, found in states.items():
        if ReceiptOutcome.UNDELIVERED in found:
            fates[attempt] = ReceiptOutcome.UNDELIVERED
        elif found == {ReceiptOutcome.DELIVERED}:
            fates[attempt] = ReceiptOutcome.DELIVERED
    return fates


def _end(decided: Mapping[UUID, _Match], now: datetime) -> dict[UUID, bool]:
    """Which messages moved, and whether that was late."""
    groups: dict[tuple[str, str, bool], list[UUID]] = {}
    for one in decided.values():
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
    ended = ending.end(endings, now=now)
    return {one.id: decided[one.id].state == State.NO_RECEIPT for one in ended}


_SETTLE = """
    UPDATE messaging_receipt r SET applied_at = %(now)s, effect = v.effect,
        message_id = CASE WHEN v.effect <> 'superseded' THEN v.message_id END
    FROM unnest(%(ids)s::uuid[], %(messages)s::uuid[], %(effects)s::text[])
        AS v(id, message_id, effect)
    WHERE r.id = ANY(%(ids)s::uuid[]) AND r.id = v.id AND r.applied_at IS NULL
"""


def _settle(
    matches: Sequence[_Match],
    decided: Mapping[UUID, _Match],
    ended: Mapping[UUID, bool],
    now: datetime,
) -> int:
    """Every match is settled with what it did, so that it is never looked at again.

    A final receipt whose message is still on its way to `sent` waits for the answer's commit.
    """
    effects = [(one, _effect(one, decided.get(one.message_id), ended)) for one in matches]
    known = [(one, effect) for one, effect in effects if effect is not None]
    if known:
        with connection.cursor() as cursor:
            cursor.execute(
                _SETTLE,
                {
                    "now": now,
                    "ids": [one.receipt_id for one, _ in known],
                    "messages": [one.message_id for one, _ in known],
                    "effects": [effect.value for _, effect in known],
                },
            )
    return len(known)


def _effect(one: _Match, decider: _Match | None, ended: Mapping[UUID, bool]) -> Effect | None:
    if not one.is_final:
        return Effect.PENDING
    if decider is not None and one.message_id in ended:
        if one.receipt_id == decider.receipt_id or one.parts > 1:
            return Effect.LATE if ended[one.message_id] else Effect.APPLIED
        return Effect.REPEATED if one.outcome == decider.outcome else Effect.CONFLICT
    if one.state in MESSAGE.final:
        return _effect_after(one)
    if one.is_superseded:
        return Effect.SUPERSEDED
    return None if one.state in (State.QUEUED, State.SENDING) else Effect.APPLIED


def _effect_after(one: _Match) -> Effect:
    """The message had ended; no money moves again."""
    if one.state in NEVER_ACCEPTED:
        return Effect.AFTER_REFUND
    return Effect.REPEATED if one.outcome == one.state else Effect.CONFLICT


def forget_unknown(*, now: datetime) -> int:
    """Receipts that waited long enough for an owner are kept, marked, and no longer looked at."""
    return Receipt.objects.filter(
        applied_at__isnull=True, id__lt=ids.first_at(now - WAITS_FOR)
    ).update(applied_at=now, effect=Effect.UNKNOWN.value)


def waiting(carrier_id: int) -> bool:
    return Receipt.objects.filter(applied_at__isnull=True, carrier_id=carrier_id).exists()


def no_receipt(
    *, now: datetime, wait: timedelta = WAITS_FOR, accepted_within: timedelta = LATE_UNTIL
) -> int:
    """Messages that were sent so long ago that nobody will report on them any more.

    No index knows the sent ones, so a frequent look is short: `accepted_within` before the wait.
    Call it again while it returns MOST_APPLIED.
    """
    due = Message.objects.filter(
        state=State.SENT,
        sent_at__lt=now - wait,
        id__lt=ids.first_at(now - wait),
        id__gte=ids.first_at(now - wait - accepted_within),
    )
    with transaction.atomic():
        chosen = list(due.values_list("id", flat=True)[:MOST_APPLIED])
        return len(ending.end([Ending(chosen, State.NO_RECEIPT, "no_receipt")], now=now))
