"""The task queue's entries for what may be said: each may run twice and calls one service."""

from datetime import datetime

from smsplatform.core import clock
from smsplatform.core.queue import Every
from templates_app.services import filing, lapsing, notices

SCHEDULES = (
    Every("templates_app.tasks.lapse_filings", minutes=24 * 60),
    Every("templates_app.tasks.remind_of_lapses", minutes=24 * 60),
)


def lapse_filings(**_: object) -> None:
    filing.lapse(now=clock.now())


def remind_of_lapses(**_: object) -> None:
    lapsing.remind_due(now=clock.now())


def mail_filings_lapsing(*, account_id: int, at: str, **_: object) -> None:
    notices.mail_filings_lapsing(account_id=account_id, at=datetime.fromisoformat(at))
