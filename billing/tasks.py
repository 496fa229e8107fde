"""The task queue's entries for money: each may run twice and calls one service."""

from accounts.models import Account
from billing.services import months, trials
from smsplatform.core import clock
from smsplatform.core.queue import Every


def open_account(*, account_id: int, **_: object) -> None:
    """For an account that has just registered: a ledger, a balance, what it may try with."""
    trials.grant(account=Account.objects.get(pk=account_id), now=clock.now())


def close_tier_months(**_: object) -> None:
    """What the tiers of ended months reached; with nothing to close it is one question."""
    months.close_ended(now=clock.now())


SCHEDULES = (Every("billing.tasks.close_tier_months", minutes=60),)
