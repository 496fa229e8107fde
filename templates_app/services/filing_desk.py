"""What there is to do with one operator, in five piles; and who may be handed in at all."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Qualification
from accounts.states import QualificationState
from templates_app.models import FilingQuerySet, SignatureFiling
from templates_app.services import filing
from templates_app.states import FilingState, ReviewState

SOON = timedelta(days=30)
VERY_SOON = timedelta(days=7)
WAITING = (FilingState.NOT_FILED, FilingState.LAPSED)
# With these a signature may be handed in, for the first time or again.
HANDABLE = (*WAITING, FilingState.FAILED)
PILES = ("waiting", "handed_in", "overdue", "refused", "lapsing", "lapsing_now")


def _piles(now: datetime) -> Mapping[str, Q]:
    is_open = Q(state__in=filing.OPEN)
    return {
        "waiting": Q(state__in=WAITING, signature__state=ReviewState.APPROVED),
        "handed_in": Q(state=FilingState.FILING),
        "overdue": Q(state=FilingState.FILING, due_at__lt=now),
        "refused": Q(state=FilingState.FAILED, signature__state=ReviewState.APPROVED),
        "lapsing": is_open & Q(lapses_at__lte=now + SOON),
        "lapsing_now": is_open & Q(lapses_at__lte=now + VERY_SOON),
    }


_ORDERS = {
    "waiting": ("signature__decided_at", "id"),
    "handed_in": ("due_at", "id"),
    "overdue": ("due_at", "id"),
    "refused": ("-id",),
    "lapsing": ("lapses_at", "id"),
    "lapsing_now": ("lapses_at", "id"),
}


def counts(*, now: datetime) -> dict[str, dict[str, int]]:
    """Of every operator, by pile."""
    piles = {name: Count("pk", filter=pile) for name, pile in _piles(now).items()}
    rows = SignatureFiling.objects.order_by().values("operator").annotate(**piles)
    found = {row.pop("operator"): row for row in rows}
    return {
        operator: found.get(operator, dict.fromkeys(PILES, 0))
        for operator in SignatureFiling.Operator.values
    }


def pile(*, operator: str, name: str, now: datetime) -> QuerySet[Any]:
    """Most urgent first; `has_papers` says who could be handed in."""
    rows = SignatureFiling.objects.filter(_piles(now)[name], operator=operator)
    found: QuerySet[Any] = with_papers(rows).select_related("signature__account")
    return found.order_by(*_ORDERS[name])


def with_papers(rows: FilingQuerySet) -> QuerySet[Any]:
    papers = Qualification.objects.filter(
        account=OuterRef("signature__account"),
        for_self=OuterRef("signature__is_for_self"),
        state=QualificationState.APPROVED,
    )
    found: QuerySet[Any] = rows.annotate(has_papers=Exists(papers))
    return found
