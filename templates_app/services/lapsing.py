"""Before operators forget a signature its owners are told: 30 and 7 days ahead, once each."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from smsplatform.core import queue
from templates_app.models import SignatureFiling
from templates_app.services import filing
from templates_app.states import ReviewState

REMINDERS = (30, 7)


def remind_due(*, now: datetime) -> int:
    """How many filings; one mail tells an account of all of its own."""
    return sum(_remind(step, now) for step in sorted(REMINDERS))


def _remind(step: int, now: datetime) -> int:
    """The nearest step first: whoever is told of seven days is not told of thirty besides."""
    unsaid = Q(reminded_days__isnull=True) | Q(reminded_days__gt=step)
    rows = SignatureFiling.objects.filter(
        unsaid,
        state__in=filing.OPEN,
        lapses_at__gt=now,
        lapses_at__lte=now + timedelta(days=step),
        signature__state=ReviewState.APPROVED,
    )
    by_account = defaultdict(list)
    for account_id, pk in rows.order_by("id").values_list("signature__account", "pk"):
        by_account[account_id].append(pk)
    return sum(_tell(account_id, ids, step, now) for account_id, ids in by_account.items())


def _tell(account_id: int, ids: list[int], step: int, now: datetime) -> int:
    unsaid = Q(reminded_days__isnull=True) | Q(reminded_days__gt=step)
    with transaction.atomic():
        mine = SignatureFiling.objects.filter(unsaid, pk__in=ids)
        told = mine.update(reminded_days=step, reminded_at=now)
        if told:
            queue.enqueue(
                "templates_app.tasks.mail_filings_lapsing",
                account_id=account_id,
                at=now.isoformat(),
            )
    return told
