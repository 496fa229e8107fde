"""Signatures with the operators of mainland China: filed, refused, forgotten, filed again.

Operators forget a signature that sends nothing for half a year; each message puts that off.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, DateTimeField, Q, Value, When

from templates_app.models import FilingReason, Signature, SignatureFiling
from templates_app.services import operator_terms, packs
from templates_app.states import FilingState

LAPSES_AFTER = timedelta(days=180)
# With these an operator lets messages through.
OPEN = (FilingState.FILED_UNVERIFIED, FilingState.FILED)

_REASONS = {
    FilingState.FILING: FilingReason.REGISTERING,
    FilingState.FILED_UNVERIFIED: FilingReason.DETECTING,
    FilingState.FILED: FilingReason.DETECT_SUCCESS,
    FilingState.FAILED: FilingReason.OTHERS_ERROR,
    FilingState.LAPSED: FilingReason.NO_SEND_RECORD,
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
        changes |= {"submitted_at": now, "due_at": _due(now)}
    if state in OPEN:
        changes |= {"filed_at": now, "lapses_at": now + LAPSES_AFTER, "reminded_days": None}
    return SignatureFiling.objects.filter(pk__in=filing_ids).advance(state, **changes)


def _due(now: datetime) -> Case:
    """Of each row, by its operator."""
    whens = [
        When(operator=operator, then=Value(at))
        for operator, at in operator_terms.due(now=now).items()
    ]
    return Case(*whens, output_field=DateTimeField())


def quiet(*, since: datetime) -> list[tuple[int, str]]:
    """Signatures and operators of filings in force with which nothing was sent from then on, as far
    as was noted."""
    earlier = Q(last_sent_at__isnull=True) | Q(last_sent_at__lt=since)
    rows = SignatureFiling.objects.filter(earlier, state__in=OPEN)
    return list(rows.values_list("signature_id", "operator"))


def note_uses(*, uses: Collection[tuple[int, str]], at: datetime) -> int:
    """Messages went out with these signatures through these operators: they remember them from then
    on. How many were noted."""
    if not uses:
        return 0
    signatures, their_operators = (list(column) for column in zip(*uses, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE, [at, at + LAPSES_AFTER, signatures, their_operators, list(map(str, OPEN))]
        )
        return int(cursor.rowcount)


_NOTE = """
    UPDATE templates_app_signaturefiling f
    SET last_sent_at = %s, lapses_at = %s, reminded_days = NULL
    FROM unnest(%s::bigint[], %s::text[]) AS v(signature_id, operator)
    WHERE f.signature_id = v.signature_id AND f.operator = v.operator AND f.state = ANY(%s)
"""


def lapse(*, now: datetime) -> list[int]:
    """Those that sent nothing for too long; each must be filed again."""
    due = SignatureFiling.objects.filter(lapses_at__lte=now)
    return due.advance(FilingState.LAPSED, reason=FilingReason.NO_SEND_RECORD)
