"""The task queue's entries for what may be said: each may run twice and calls one service."""

from smsplatform.core import clock
from smsplatform.core.queue import Every
from templates_app.services import filing

SCHEDULES = (Every("templates_app.tasks.lapse_filings", minutes=24 * 60),)


def lapse_filings(**_: object) -> None:
    filing.lapse(now=clock.now())
