"""What an account gets to try the platform with, as it registers."""

from datetime import datetime

from django.db import transaction

from accounts.models import Account
from billing.models import LedgerHead, Package, Wallet
from billing.services import topups

# A sample; staff change it, or give something else.
_FIRST = {"name": "Trial", "parts": 100, "price_micros": 0, "valid_days": 90, "is_on_sale": False}


def install() -> None:
    """On a platform that has no package yet."""
    if not Package.objects.exists():
        Package.objects.create(**_FIRST, is_trial=True)


def grant(*, account: Account, now: datetime) -> None:
    """Every trial package, each once; twice changes nothing."""
    topups.open_account(account=account)
    with transaction.atomic():
        # Twins wait here: the second sees what the first has given.
        LedgerHead.objects.select_for_update(no_key=True).get(account=account)
        had = Wallet.objects.for_account(account).filter(package__isnull=False).values("package")
        for package in Package.objects.filter(is_trial=True).exclude(pk__in=had):
            topups.grant_package(
                account=account,
                package=package,
                is_gift=True,
                reference=f"trial:{account.pk}:{package.pk}",
                actor="registration",
                now=now,
            )
