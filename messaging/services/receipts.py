"""Delivery receipts: never acknowledged before they are stored; a bind's are applied with it.

A receipt may come before the answer that names its id, twice, in the wrong order, or for nobody.
What cannot be applied waits; the first final one of a message wins, the others are kept as told.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from messaging.models import Message, Receipt
from messaging.services import effects, ending, matching
from messaging.services.ending import Ending
from messaging.services.matching import (
    LATE_UNTIL,
    MOST_APPLIED,
    WAITS_FOR,
    Arrived,
    Effect,
    Match,
    ReceiptOutcome,
    Report,
)
from messaging.states import State
from smsplatform.core import bulk, ids

__all__ = [
    "MOST_APPLIED",
    "WAITS_FOR",
    "Effect",
    "ReceiptOutcome",
    "Report",
    "apply",
    "forget_unknown",
    "no_receipt",
    "store",
    "take",
    "waiting",
]


log = logging.getLogger(__name__)

# A lock that was not granted, a deadlock, a lost connection: nothing is wrong with the receipts.
_PASSING = (OperationalError, InterfaceError)


def take(*, carrier_id: int, reports: Sequence[Report], now: datetime) -> None:
    """Store and apply; once this returns they may be acknowledged to the carrier.

    What cannot be applied must not be sent for ever: it is stored as it came.
    """
    rows = matching.arrived(carrier_id, reports, now)
    for start in range(0, len(rows), MOST_APPLIED):
        group = rows[start : start + MOST_APPLIED]
        try:
            _take(carrier_id, group, now)
        except _PASSING:
            raise
        except Exception:
            log.exception("carrier %d: %d receipts are only stored", carrier_id, len(group))
            _insert(carrier_id, group, {}, now)


def _take(carrier_id: int, rows: Sequence[Arrived], now: datetime) -> None:
    with transaction.atomic():
        matches = matching.of_arrived(carrier_id, rows, now)
        told = _owned(matches, effects.take(matches, now))
        _insert(carrier_id, rows, told, now)


def store(*, carrier_id: int, reports: Sequence[Report], now: datetime) -> None:
    """Kept for `apply`, for who must answer quickly. Once this returns they are safe."""
    _insert(carrier_id, matching.arrived(carrier_id, reports, now), {}, now)


def apply(*, carrier_id: int, now: datetime) -> int:
    """One group of waiting receipts; returns how many were settled.

    Call it again while it returns MOST_APPLIED.
    """
    matches = matching.of_waiting(carrier_id, now)
    try:
        return _apply(matches, now)
    except _PASSING:
        raise
    except Exception:
        log.exception("carrier %d: %d receipts go one by one", carrier_id, len(matches))
        return sum(_apply_alone(match, now) for match in matches)


def _apply(matches: Sequence[Match], now: datetime) -> int:
    with transaction.atomic():
        return _settle(_owned(matches, effects.take(matches, now)), now)


def _apply_alone(match: Match, now: datetime) -> int:
    """One that fails even so is set aside: it would hide all the others for three days."""
    try:
        return _apply([match], now)
    except _PASSING:
        raise
    except Exception:
        log.exception("receipt %s cannot be applied", match.receipt_id)
        return _settle({match.receipt_id: (Effect.UNKNOWN.value, None)}, now)


# An effect, and the message that it is told of.
_Told = tuple[str, UUID | None]


def _owned(matches: Sequence[Match], found: Mapping[UUID, Effect]) -> dict[UUID, _Told]:
    owners = {one.receipt_id: one.message_id for one in matches}
    return {
        receipt_id: (effect.value, None if effect == Effect.SUPERSEDED else owners[receipt_id])
        for receipt_id, effect in found.items()
    }


def _insert(
    carrier_id: int, rows: Sequence[Arrived], told: Mapping[UUID, _Told], now: datetime
) -> None:
    waits: tuple[str, None] = ("", None)
    bulk.copy(
        "messaging_receipt",
        (*Arrived._fields, "carrier_id", "received_at", "effect", "message_id", "applied_at"),
        (
            (*one, carrier_id, now, *told.get(one.id, waits), now if one.id in told else None)
            for one in rows
        ),
    )


_SETTLE = """
    UPDATE messaging_receipt r SET applied_at = %(now)s, effect = v.effect,
        message_id = v.message_id
    FROM unnest(%(ids)s::uuid[], %(effects)s::text[], %(messages)s::uuid[])
        AS v(id, effect, message_id)
    WHERE r.id = ANY(%(ids)s::uuid[]) AND r.id = v.id AND r.applied_at IS NULL
"""


def _settle(told: Mapping[UUID, _Told], now: datetime) -> int:
    if told:
        found, messages = (list(column) for column in zip(*told.values(), strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                _SETTLE,
                {
                    "now": now,
                    "ids": list(told),
                    "effects": found,
                    "messages": messages,
                },
            )
    return len(told)


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
