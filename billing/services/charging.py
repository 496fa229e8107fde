"""Charge a request, refund a message: which wallet pays, and the entries that say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.models import Entry, Wallet
from billing.services.ledger import Books, Movement, OpenWallet
from billing.services.pricing import Quote
from smsplatform.core import money
from smsplatform.core.errors import DomainError


class InsufficientBalance(DomainError):
    code = "insufficient_balance"
    status = 402
    message = _(
        "Your balance does not cover this request: it needs {needed} {currency} and {available}"
        " {currency} can be spent. Nothing was sent. Top up, or send fewer messages."
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One message to be paid, whole, from one wallet."""

    message_class: str
    country: str
    parts: int
    quote: Quote

    @property
    def price_micros(self) -> int:
        return self.quote.price_micros * self.parts


@dataclass(frozen=True, slots=True)
class Bill:
    """What one request asks an account to pay, all or nothing. What is free takes nothing, from a
    package neither, and is not in the ledger."""

    account_id: int
    project_id: int
    currency: str
    reference: str
    items: Sequence[Item]
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """Who paid a message. `price_micros` is 0 when a package paid its parts, or it was free."""

    wallet_id: int
    price_micros: int


@dataclass(frozen=True, slots=True)
class Refund:
    """What a message cost, to be given back to the wallet that paid."""

    message_id: UUID
    wallet_id: int
    project_id: int
    message_class: str
    country: str
    parts: int
    price_micros: int
    reason: str
    rate_id: int | None = None


def charge(*, books: Books, bill: Bill, now: datetime) -> list[Payment]:
    """A payment for each item. Raises InsufficientBalance, and has changed nothing then."""
    purse = _Purse(books.wallets_of(bill.account_id), bill.currency, now)
    if bill.is_free:
        return [Payment(purse.balance.id, 0)] * len(bill.items)
    payers = [purse.pay(item) for item in bill.items]
    if purse.is_short:
        raise InsufficientBalance(
            needed=money.text(purse.needed_micros),
            available=money.text(purse.available_micros),
            currency=bill.currency,
        )
    for movement in _grouped(bill, payers):
        books.append(movement, now=now)
    return [
        Payment(payer.id, 0 if payer.unit == Wallet.Unit.PARTS else item.price_micros)
        for item, payer in zip(bill.items, payers, strict=True)
    ]


def refund(*, books: Books, refunds: Sequence[Refund], now: datetime) -> None:
    """One entry a message, back to where it came from. The database refuses a second one."""
    for item in refunds:
        wallet = books.wallets[item.wallet_id]
        amount = item.parts if wallet.unit == Wallet.Unit.PARTS else item.price_micros
        if not amount:
            continue
        movement = Movement(
            kind=Entry.Kind.REFUND.value,
            wallet_id=item.wallet_id,
            amount=amount,
            reference=f"message:{item.message_id}",
            project_id=item.project_id,
            message_class=item.message_class,
            country=item.country,
            unit_price_micros=item.price_micros // item.parts,
            parts=item.parts,
            count=1,
            actor=item.reason,
            rate_id=None if wallet.unit == Wallet.Unit.PARTS else item.rate_id,
        )
        books.append(movement, now=now)


class _Purse:
    """What an account can spend, counted down in memory while the items of one request are paid."""

    def __init__(self, wallets: list[OpenWallet], currency: str, now: datetime) -> None:
        packages = [
            wallet
            for wallet in wallets
            if wallet.unit == Wallet.Unit.PARTS
            and (wallet.expires_at is None or wallet.expires_at > now)
        ]
        self._packages = sorted(packages, key=_order_of_use)
        balance = [wallet for wallet in wallets if wallet.currency == currency]
        if not balance:
            raise InsufficientBalance(needed="0.00", available="0.00", currency=currency)
        self.balance = balance[0]
        self._left = {wallet.id: wallet.spendable for wallet in wallets}
        self.available_micros = max(0, self.balance.spendable)
        self.needed_micros = 0

    @property
    def is_short(self) -> bool:
        return self.needed_micros > self.available_micros

    def pay(self, item: Item) -> OpenWallet:
        for package in self._packages:
            if _covers(package, item) and self._left[package.id] >= item.parts:
                self._left[package.id] -= item.parts
                return package
        self.needed_micros += item.price_micros
        return self.balance


def _order_of_use(wallet: OpenWallet) -> tuple[int, bool, float, int]:
    """Specific before general, gifts before what was paid, the earliest expiry first."""
    generality = (not wallet.message_class) + (not wallet.country)
    expiry = wallet.expires_at.timestamp() if wallet.expires_at else float("inf")
    return (generality, not wallet.is_gift, expiry, wallet.id)


def _covers(package: OpenWallet, item: Item) -> bool:
    return package.message_class in ("", item.message_class) and package.country in (
        "",
        item.country,
    )


class _Key(NamedTuple):
    """What shares an entry. A package is paid for by the part: no list's price is what it cost."""

    wallet_id: int
    message_class: str
    country: str
    unit_price_micros: int
    rate_id: int | None


def _key(item: Item, payer: OpenWallet) -> _Key:
    if payer.unit == Wallet.Unit.PARTS:
        return _Key(payer.id, item.message_class, item.country, 0, None)
    quote = item.quote
    return _Key(payer.id, item.message_class, item.country, quote.price_micros, quote.rate_id)


def _grouped(bill: Bill, payers: Sequence[OpenWallet]) -> list[Movement]:
    """One movement for each wallet, class, country and price that the request touches."""
    sums: dict[_Key, list[int]] = {}
    for item, payer in zip(bill.items, payers, strict=True):
        total = sums.setdefault(_key(item, payer), [0, 0])
        total[0] += item.parts
        total[1] += 1
    in_parts = {payer.id for payer in payers if payer.unit == Wallet.Unit.PARTS}
    return [
        Movement(
            kind=Entry.Kind.CHARGE.value,
            amount=-parts if key.wallet_id in in_parts else -key.unit_price_micros * parts,
            reference=bill.reference,
            line=line,
            project_id=bill.project_id,
            parts=parts,
            count=count,
            **key._asdict(),
        )
        for line, (key, (parts, count)) in enumerate(sums.items())
    ]
