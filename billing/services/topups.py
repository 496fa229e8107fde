"""Money and packages that come in."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Account
from billing.models import Entry, LedgerHead, Package, Wallet
from billing.services import ledger


def open_account(*, account: Account) -> Wallet:
    """A ledger and a balance in the account's currency; twice changes nothing."""
    LedgerHead.objects.get_or_create(account=account, defaults={"timezone": account.timezone})
    wallet, _created = Wallet.objects.get_or_create(
        account=account, unit=Wallet.Unit.MICROS, currency=account.currency
    )
    return wallet


def credit(
    *, account: Account, amount_micros: int, reference: str, actor: str, now: datetime
) -> None:
    """Raise the balance. A repeated reference is refused by the database (IntegrityError)."""
    with transaction.atomic():
        wallet = open_account(account=account)
        books = ledger.open_books([account.id])
        books.append(
            ledger.Movement(
                kind=Entry.Kind.TOPUP.value,
                wallet_id=wallet.id,
                amount=amount_micros,
                reference=reference,
                actor=actor,
            ),
            now=now,
        )
        books.close()


def grant_package(
    *, account: Account, package: Package, is_gift: bool, reference: str, actor: str, now: datetime
) -> Wallet:
    """A wallet of the package's parts, valid from now on."""
    with transaction.atomic():
        open_account(account=account)
        wallet = Wallet.objects.create(
            account=account,
            unit=Wallet.Unit.PARTS,
            package=package,
            message_class=package.message_class,
            country=package.country,
            is_gift=is_gift,
            expires_at=now + timedelta(days=package.valid_days),
        )
        books = ledger.open_books([account.id])
        books.append(
            ledger.Movement(
                kind=Entry.Kind.PACKAGE.value,
                wallet_id=wallet.id,
                amount=package.parts,
                reference=reference,
                actor=actor,
                parts=package.parts,
            ),
            now=now,
        )
        books.close()
    return wallet
