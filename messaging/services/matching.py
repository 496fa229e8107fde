"""The words of receipts, and the part of a message that each belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from messaging.services.attempts import bases, normalised, storable
from smsplatform.core import ids

# A receipt whose id nobody told is looked at again until then, and a late one still counts.
WAITS_FOR = timedelta(hours=72)
LATE_UNTIL = timedelta(days=35)
MOST_APPLIED = 500


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


class Arrived(NamedTuple):
    """A report with the id of its row, as rows keep it."""

    id: UUID
    carrier_message_id: str
    raw_id: str
    number: str
    outcome: str
    carrier_code: str
    raw: str
    reference: str


def arrived(carrier_id: int, reports: Sequence[Report], now: datetime) -> list[Arrived]:
    """Carriers send what they like; rows keep what PostgreSQL takes."""
    base = bases(carrier_id).receipts
    return [
        Arrived(
            receipt_id,
            normalised(one.raw_id, base=base),
            storable(one.raw_id)[:65],
            storable(one.number)[:21],
            one.outcome.value,
            storable(one.carrier_code)[:20],
            storable(one.raw),
            storable(one.reference)[:64],
        )
        for receipt_id, one in zip(ids.series(now, len(reports)), reports, strict=True)
    ]


class Match(NamedTuple):
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


def of_waiting(carrier_id: int, now: datetime) -> list[Match]:
    """The youngest that are stored are looked at: thousands that belong to nobody must not hide
    them."""
    values = {"oldest_receipt": ids.first_at(now - WAITS_FOR), "scanned": 20 * MOST_APPLIED}
    return _matches(_WAITING, values, carrier_id, now)


def of_arrived(carrier_id: int, rows: Sequence[Arrived], now: datetime) -> list[Match]:
    """Of rows that are not stored yet, MOST_APPLIED at most."""
    values = {
        "ids": [one.id for one in rows],
        "outcomes": [one.outcome for one in rows],
        "codes": [one.carrier_code for one in rows],
        "names": [one.carrier_message_id for one in rows],
        "numbers": [one.number for one in rows],
    }
    return _matches(_ARRIVED, values, carrier_id, now)


def _matches(source: str, values: dict[str, Any], carrier_id: int, now: datetime) -> list[Match]:
    """The youngest message with that id, to that number where one is: carriers repeat their ids
    after a while, some at once, and a few write the recipient as they like.
    """
    values |= {
        "carrier": carrier_id,
        "oldest_message": ids.first_at(now - LATE_UNTIL),
        # Spares the planner the empty months ahead.
        "youngest_message": ids.first_at(now + timedelta(minutes=10)),
        "candidates": _CANDIDATES,
        "most": MOST_APPLIED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MATCH.format(source=source), values)
        return [Match(*row) for row in cursor.fetchall()]


_WAITING = """(
        SELECT id, outcome, carrier_code, carrier_message_id, number FROM messaging_receipt
        WHERE applied_at IS NULL AND carrier_id = %(carrier)s AND id >= %(oldest_receipt)s
          AND carrier_message_id <> ''
        ORDER BY id DESC LIMIT %(scanned)s
    ) r"""
_ARRIVED = """
        unnest(%(ids)s::uuid[], %(outcomes)s::text[], %(codes)s::text[], %(names)s::text[],
               %(numbers)s::text[])
        AS r(id, outcome, carrier_code, carrier_message_id, number)"""
# The limits in the innermost lines are for the planner: of a young table it knows nothing, and
# would read it whole.
_MATCH = """
    SELECT r.id, r.outcome, r.carrier_code, p.message_id, p.attempt_no, p.no,
           p.parts, p.state, p.attempts
    FROM {source}
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
    WHERE r.carrier_message_id <> ''
    ORDER BY r.id LIMIT %(most)s
"""
# Of an id that a carrier repeats, so many of its youngest messages are compared by their number.
_CANDIDATES = 50
