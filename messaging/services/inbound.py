"""Messages from phones: never acknowledged before they are stored, and what they ask for is obeyed
in the commit that stores them.

A carrier sends again what we could not acknowledge in time: within a window the same is stored
once. Long messages come in parts; these wait for each other, a day at most.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from messaging.models import InboundSeen
from messaging.services import joining, replies
from messaging.services.joining import Heard, PartOf

__all__ = ["Arrival", "PartOf", "forget_seen", "join_waiting", "store"]

log = logging.getLogger(__name__)

_PASSING = (OperationalError, InterfaceError)

# A phone may well send the same word twice; a carrier that lost an acknowledgement is quicker.
SAME_WITHIN = timedelta(minutes=10)
# A part names its message, and many carriers name each delivery: the same again is the same.
SAME_NAMED_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery of a carrier, without a user data header. `named` is the carrier's own id."""

    number: str
    destination: str
    content: bytes
    alphabet: str
    is_international: bool = False
    part: PartOf | None = None
    named: str = ""

    def fingerprint(self, carrier_id: int) -> bytes:
        said = (carrier_id, self.number, self.destination, self.alphabet, self.part, self.named)
        return hashlib.sha256(repr(said).encode() + b"\0" + self.content).digest()

    @property
    def same_within(self) -> timedelta:
        return SAME_NAMED_WITHIN if self.part or self.named else SAME_WITHIN


def store(*, carrier_id: int, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Once this returns they may be acknowledged. What cannot be obeyed must not be sent for ever:
    it is stored as it came, for somebody to look at."""
    try:
        _store(carrier_id, arrivals, now)
    except _PASSING:
        raise
    except Exception:
        log.exception("carrier %d: %d messages go one by one", carrier_id, len(arrivals))
        for one in arrivals:
            _store_alone(carrier_id, one, now)


def _store(carrier_id: int, arrivals: Sequence[Arrival], now: datetime) -> None:
    with transaction.atomic():
        fresh = _unseen(carrier_id, arrivals, now)
        whole = [_heard(one) for one in fresh if one.part is None]
        whole += joining.take(carrier_id, [_piece(one) for one in fresh if one.part], now)
        replies.take(carrier_id=carrier_id, heard=whole, now=now)


def _store_alone(carrier_id: int, one: Arrival, now: datetime) -> None:
    try:
        _store(carrier_id, [one], now)
    except _PASSING:
        raise
    except Exception:
        log.exception("carrier %d: a message is only stored", carrier_id)
        replies.keep(carrier_id=carrier_id, heard=[_heard(one)], now=now)


def _heard(one: Arrival) -> Heard:
    return Heard(
        one.number, one.is_international, one.destination, one.content, one.alphabet, parts=1
    )


def _piece(one: Arrival) -> joining.Piece:
    assert one.part is not None  # noqa: S101 - the caller has looked
    return joining.Piece(
        one.number, one.is_international, one.destination, *one.part, one.alphabet, one.content
    )


def _unseen(carrier_id: int, arrivals: Sequence[Arrival], now: datetime) -> list[Arrival]:
    """Those that have not come before. Exact also where two store the same at once: the second
    waits for the first's commit."""
    by_print = {one.fingerprint(carrier_id): one for one in arrivals}
    if not by_print:
        return []
    prints = sorted(by_print)
    since = [now - by_print[each].same_within for each in prints]
    with connection.cursor() as cursor:
        cursor.execute(_SEE, {"prints": prints, "since": since, "now": now})
        fresh = {bytes(row[0]) for row in cursor.fetchall()}
    return [one for each, one in by_print.items() if each in fresh]


_SEE = """
    INSERT INTO messaging_inboundseen AS s (fingerprint, seen_at)
    SELECT v.fingerprint, %(now)s FROM unnest(%(prints)s::bytea[]) v(fingerprint)
    ON CONFLICT (fingerprint) DO UPDATE SET seen_at = excluded.seen_at
    WHERE s.seen_at < (
        SELECT w.since
        FROM unnest(%(prints)s::bytea[], %(since)s::timestamptz[]) w(fingerprint, since)
        WHERE w.fingerprint = s.fingerprint
    )
    RETURNING fingerprint
"""


def join_waiting(*, now: datetime) -> int:
    """Long messages whose parts met only in the database, or did not come for a day: those are
    told as they are. Returns how many were stored."""
    told = 0
    for carrier_id in joining.carriers():
        with transaction.atomic():
            whole = joining.overdue(carrier_id, now)
            replies.take(carrier_id=carrier_id, heard=whole, now=now)
        told += len(whole)
    return told


def forget_seen(*, now: datetime) -> int:
    return InboundSeen.objects.filter(seen_at__lt=now - SAME_NAMED_WITHIN).delete()[0]
