"""Read-only questions about money."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from accounts.models import Account
from billing.models import CreditNote, Invoice, Wallet
from billing.states import CreditNoteState


@dataclass(frozen=True, slots=True)
class Balances:
    """What an account can spend now. `main` is in its own currency; None before a top-up."""

    account: Account
    main: Wallet | None
    money: list[Wallet]
    packages: list[Wallet]


def balances(*, account: Account, now: datetime) -> Balances:
    """Expired packages are left out: they pay for nothing."""
    usable = Wallet.objects.for_account(account).filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    )
    wallets = list(usable.select_related("package").order_by("expires_at", "id"))
    money = [wallet for wallet in wallets if wallet.unit == Wallet.Unit.MICROS]
    return Balances(
        account=account,
        main=next((wallet for wallet in money if wallet.currency == account.currency), None),
        money=money,
        packages=[wallet for wallet in wallets if wallet.unit == Wallet.Unit.PARTS],
    )


def credited_cents(*, invoice: Invoice) -> int:
    """What credit notes have given back of it."""
    issued = CreditNote.objects.filter(invoice=invoice).in_state(CreditNoteState.ISSUED)
    return int(issued.aggregate(sum=Sum("amount_cents"))["sum"] or 0)
