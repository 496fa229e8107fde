"""Signatures with the operators of mainland China: filed, refused, forgotten, filed again.

Operators forget a signature that sends nothing for half a year; each message puts that off.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from templates_app.models import FilingReason, Signature, SignatureFiling
from templates_app.services import packs
from templates_app.states import FilingState

LAPSES_AFTER = timedelta(days=180)
# With these an operator lets messages through.
OPEN = (FilingState.FILED_UNVERIFIED, FilingState.FILED)

_REASONS = {
    FilingState.FILING: FilingReason.REGISTERING,
    FilingState.FILED_UNVERIFIED: FilingReason.DETECTING,
    FilingState.FILED: FilingReason.DETECT_SUCCESS,
    FilingState.FAILED: FilingReason.OTHERS_ERROR,
}


def begin(*, signature: Signature) -> None:
    """A row for each operator of its market; those that are there stay as they are."""
    SignatureFiling.objects.bulk_create(
        [
            SignatureFiling(signature=signature, operator=operator)
            for operator in packs.of(signature.market).operators
        ],
        ignore_conflicts=True,
    )


def record(
    *,
    filing_ids: Collection[int],
    state: str,
    now: datetime,
    reason: str = "",
    note: str = "",
) -> list[int]:
    """What an operator said, or that we asked it; returns the filings that moved."""
    state = FilingState(state)
    changes: dict[str, Any] = {"reason": reason or _REASONS[state], "note": note[:200]}
    if state == FilingState.FILING:
        changes["submitted_at"] = now
    if state in OPEN:
        changes |= {"filed_at": now, "lapses_at": now + LAPSES_AFTER}
    return SignatureFiling.objects.filter(pk__in=filing_ids).advance(state, **changes)


def sent(*, signature_id: int, operator: str, at: datetime) -> None:
    """A message went out with it: the operator remembers it from then on."""
    later = Q(last_sent_at__isnull=True) | Q(last_sent_at__lt=at)
    SignatureFiling.objects.filter(
        later, signature=signature_id, operator=operator, state__in=OPEN
    ).update(last_sent_at=at, lapses_at=at + LAPSES_AFTER)


def lapse(*, now: datetime) -> list[int]:
    """Those that sent nothing for too long; each must be filed again."""
    due = SignatureFiling.objects.filter(lapses_at__lte=now)
    return due.advance(FilingState.LAPSED, reason=FilingReason.NO_SEND_RECORD)
