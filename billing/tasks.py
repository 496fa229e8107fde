"""The task queue's entries for money: each may run twice and calls one service."""

from accounts.models import Account
from billing.services import topups


def open_account(*, account_id: int, **_: object) -> None:
    """For an account that has just registered."""
    topups.open_account(account=Account.objects.get(pk=account_id))
