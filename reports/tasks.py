"""What the worker does for reports. Each may run twice; the last run wins."""

from datetime import date, datetime, timedelta

from reports.services import digest, rollup, violations
from reports.services.rollup import NotRetained
from smsplatform.core import clock, queue
from smsplatform.core.queue import Every

# A receipt may correct a message for so long; no_receipt comes after three days.
CORRECTED_FOR_DAYS = 31


def rebuild_recent_days(**_: object) -> None:
    """Today and yesterday: what people look at."""
    rollup.rebuild_recent(now=clock.now(), days_back=1)


def rebuild_corrected_days(**_: object) -> None:
    """Every day that late receipts and refunds may still change, each as a short task."""
    today = clock.now().date()
    for age in range(2, CORRECTED_FOR_DAYS + 1):
        day = today - timedelta(days=age)
        queue.enqueue("reports.tasks.rebuild_day", day=day.isoformat())


def rebuild_day(*, day: str, **_: object) -> None:
    try:
        rollup.rebuild_day(day=date.fromisoformat(day))
    except NotRetained:
        return


def verify_recent(**_: object) -> None:
    violations.look_at_recent(now=clock.now())


def verify_everything(**_: object) -> None:
    now = clock.now()
    violations.look_at_all(now=now)
    queue.enqueue("reports.tasks.verify_back", until=now.isoformat())


def verify_back(*, until: str, **_: object) -> None:
    """A few hours of what is kept; the next task goes on where this one ends."""
    left = violations.look_back(until=datetime.fromisoformat(until), now=clock.now())
    if left:
        queue.enqueue("reports.tasks.verify_back", until=left.isoformat())


def tell_reviewers(**_: object) -> None:
    digest.plan(now=clock.now())


def mail_digest(*, user_id: int, **_: object) -> None:
    digest.mail(user_id=user_id, now=clock.now())


SCHEDULES = (
    Every("reports.tasks.tell_reviewers", minutes=15),
    Every("reports.tasks.rebuild_recent_days", minutes=2),
    Every("reports.tasks.rebuild_corrected_days", minutes=24 * 60),
    Every("reports.tasks.verify_recent", minutes=5),
    Every("reports.tasks.verify_everything", minutes=24 * 60),
)
