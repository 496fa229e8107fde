"""An account with wallets to charge."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from billing.models import Entry, Wallet
from billing.services import charging, ledger
from billing.services.charging import Bill, Item, Payment
from billing.services.pricing import Quote
from tests import world

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PRICE = 45_000
RATE = 7


def customer(balance: str = "100.00") -> world.Customer:
    return world.make_customer(balance=balance)


def package(customer: world.Customer, parts: int, *, days: float = 30, **fields: object) -> Wallet:
    expires_at = fields.pop("expires_at", NOW + timedelta(days=days))
    return Wallet.objects.create(
        account=customer.account,
        unit=Wallet.Unit.PARTS,
        balance=parts,
        expires_at=expires_at,
        **fields,
    )


def charge(customer: world.Customer, *items: Item, reference: str | None = None) -> list[Payment]:
    bill = Bill(
        account_id=customer.account.pk,
        project_id=customer.project.pk,
        currency="CNY",
        reference=reference or f"batch:{uuid4()}",
        items=items,
    )
    books = ledger.open_books([customer.account.pk])
    payments = charging.charge(books=books, bill=bill, now=NOW)
    books.close()
    return payments


def code(parts: int = 1, *, country: str = "CN", price: int = PRICE) -> Item:
    return Item("verification", country, parts, Quote(price, "delivered", RATE))


def paid_by(customer: world.Customer, *items: Item) -> list[int]:
    return [payment.wallet_id for payment in charge(customer, *items)]


def refund(customer: world.Customer, payment: Payment, message_id: UUID, parts: int = 1) -> None:
    books = ledger.open_books([customer.account.pk])
    item = charging.Refund(
        message_id=message_id,
        wallet_id=payment.wallet_id,
        project_id=customer.project.pk,
        message_class="verification",
        country="CN",
        parts=parts,
        price_micros=payment.price_micros,
        reason="undelivered",
    )
    charging.refund(books=books, refunds=[item], now=NOW)
    books.close()


def left(wallet: Wallet) -> int:
    return Wallet.objects.get(pk=wallet.pk).balance


def entries(kind: str) -> list[Entry]:
    return list(Entry.objects.filter(kind=kind).order_by("seq"))
