"""The task queue's entries for money: each may run twice and calls one service."""

from accounts.models import Account
from billing.services import trials
from smsplatform.core import clock


def open_account(*, account_id: int, **_: object) -> None:
    """For an account that has just registered: a ledger, a balance, what it may try with."""
    trials.grant(account=Account.objects.get(pk=account_id), now=clock.now())
