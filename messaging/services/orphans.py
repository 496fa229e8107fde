"""Receipts whose id no answer told: the attempt that each belongs to, where only one can be meant.

A carrier that echoes our reference says it exactly. Otherwise it must be the only attempt to that
number without a carrier's id, whatever became of it since, and its outcome still unknown: to guess
among two would credit one message's receipt to another.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from messaging.models import Part
from messaging.services import attempts
from messaging.services.receipts import MOST_APPLIED, WAITS_FOR
from messaging.states import AttemptState
from smsplatform.core import ids

# An answer may still be on its way.
AFTER = timedelta(seconds=5)
WITHIN = timedelta(minutes=15)


class _Pair(NamedTuple):
    """An orphan and an attempt that it may belong to."""

    receipt_id: UUID
    carrier_message_id: str
    raw_id: str
    reference: str
    received_at: datetime
    message_id: UUID
    no: int
    state: str
    submitting_at: datetime
    parts: int

    @property
    def is_exact(self) -> bool:
        return bool(self.reference) and self.reference in attempts.references(
            self.message_id, self.no
        )

    @property
    def is_open(self) -> bool:
        """Accepted means here: without a name."""
        return self.state in (AttemptState.UNCERTAIN, AttemptState.ACCEPTED)

    @property
    def is_in_time(self) -> bool:
        return abs(self.received_at - self.submitting_at) <= WITHIN


def adopt(*, carrier_id: int, now: datetime) -> int:
    """Returns how many found their attempt; `receipts.apply` then settles them."""
    with transaction.atomic():
        candidates: dict[UUID, list[_Pair]] = {}
        for pair in _pairs(carrier_id, now):
            candidates.setdefault(pair.receipt_id, []).append(pair)
        taken: set[tuple[UUID, int]] = set()
        for pairs in candidates.values():
            owner = _owner(pairs)
            if owner is None or (owner.message_id, owner.no) in taken:
                continue
            taken.add((owner.message_id, owner.no))
            if _is_still_nameless(owner, now):
                _name(owner, carrier_id)
    return len(taken)


def _owner(pairs: list[_Pair]) -> _Pair | None:
    exact = [pair for pair in pairs if pair.is_exact]
    if len(exact) == 1 and exact[0].is_open:
        # One word for all parts is enough only where the carrier has one id for them all.
        is_whole = exact[0].parts == 1 or "." in exact[0].reference
        return exact[0] if is_whole else None
    if exact or pairs[0].reference or len(pairs) != 1:
        return None
    [only] = pairs
    return only if only.is_open and only.parts == 1 and only.is_in_time else None


def _is_still_nameless(owner: _Pair, now: datetime) -> bool:
    """The receipt proves that the carrier took it. An answer that comes just now may be quicker: it
    brings the names itself.
    """
    if owner.state != AttemptState.UNCERTAIN:
        return True
    open_ = attempts.rows([owner.message_id], owner.no).in_state(AttemptState.UNCERTAIN)
    return bool(open_.advance(AttemptState.ACCEPTED, returning=["message_id"], answered_at=now))


def _name(owner: _Pair, carrier_id: int) -> None:
    Part.objects.filter(message_id=owner.message_id, attempt_no=owner.no).delete()
    Part.objects.bulk_create(
        Part(
            message_id=owner.message_id,
            attempt_no=owner.no,
            no=no,
            carrier_id=carrier_id,
            carrier_message_id=owner.carrier_message_id if no == 1 else "",
            raw_id=owner.raw_id if no == 1 else "",
        )
        for no in range(1, owner.parts + 1)
    )


def _pairs(carrier_id: int, now: datetime) -> list[_Pair]:
    values: dict[str, Any] = {
        "carrier": carrier_id,
        "oldest": ids.first_at(now - WAITS_FOR),
        "youngest": ids.first_at(now + timedelta(minutes=10)),
        "settled": now - AFTER,
        "most": MOST_APPLIED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, values)
        return [_Pair(*row) for row in cursor.fetchall()]


# Open attempts are few and have an index; those accepted without a name have a part without one.
_PAIRS = """
    WITH nameless AS (
        SELECT a.message_id, a.no, a.state, a.submitting_at
        FROM messaging_attempt a
        WHERE a.carrier_id = %(carrier)s AND a.message_id >= %(oldest)s
          AND a.message_id < %(youngest)s
          AND a.state IN ('submitting', 'uncertain', 'superseded', 'written_off')
          AND NOT EXISTS (
            SELECT FROM messaging_part p WHERE p.message_id = a.message_id
              AND p.attempt_no = a.no AND p.carrier_message_id <> '')
        UNION
        SELECT a.message_id, a.no, a.state, a.submitting_at
        FROM messaging_part p
        JOIN messaging_attempt a ON a.message_id = p.message_id AND a.no = p.attempt_no
        WHERE p.carrier_id = %(carrier)s AND p.carrier_message_id = '' AND p.no = 1
          AND p.message_id >= %(oldest)s AND p.message_id < %(youngest)s
    )
    SELECT r.id, r.carrier_message_id, r.raw_id, r.reference, r.received_at,
           a.message_id, a.no, a.state, a.submitting_at, m.parts
    FROM nameless a
    JOIN messaging_message m ON m.id = a.message_id
      AND m.id >= %(oldest)s AND m.id < %(youngest)s
    JOIN messaging_receipt r ON '+' || ltrim(r.number, '+') = m.number
    WHERE r.applied_at IS NULL AND r.carrier_id = %(carrier)s
      AND r.id >= %(oldest)s AND r.id < %(youngest)s AND r.received_at < %(settled)s
      AND r.carrier_message_id <> ''
      AND NOT EXISTS (
        SELECT FROM messaging_part p WHERE p.carrier_id = %(carrier)s
          AND p.carrier_message_id = r.carrier_message_id
          AND p.message_id >= %(oldest)s AND p.message_id < %(youngest)s)
    ORDER BY r.id DESC LIMIT %(most)s
"""
