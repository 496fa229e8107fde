"""Charge a request, refund a message: which wallet pays, and the entries that say so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.models import Entry, Rate, Wallet
from billing.services import counting, pricing
from billing.services.counting import Place
from billing.services.ledger import Books, Movement, OpenWallet
from billing.services.pricing import Quote, Tiers
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
    purse = _Purse(books, bill, now)
    if bill.is_free:
        return [Payment(purse.balance.id, 0)] * len(bill.items)
    paid = [purse.pay(item) for item in bill.items]
    if purse.is_short:
        raise InsufficientBalance(
            needed=money.text(purse.needed_micros),
            available=money.text(purse.available_micros),
            currency=bill.currency,
        )
    for movement in _grouped(bill, paid):
        books.append(movement, now=now)
    for place, parts in purse.counted.items():
        books.counts.add(place, parts)
    return [Payment(one.wallet.id, one.price_micros) for one in paid]


def refund(*, books: Books, refunds: Sequence[Refund], now: datetime) -> None:
    """One entry a message, back to where it came from. The database refuses a second one."""
    tiers = pricing.tiers_of({item.rate_id for item in refunds if item.rate_id is not None})
    for item in refunds:
        wallet = books.wallets[item.wallet_id]
        is_package = wallet.unit == Wallet.Unit.PARTS
        amount = item.parts if is_package else item.price_micros
        if not amount:
            continue
        rate_id = None if is_package else item.rate_id
        movement = Movement(
            kind=Entry.Kind.REFUND.value,
            wallet_id=item.wallet_id,
            amount=amount,
            reference=f"message:{item.message_id}",
            project_id=item.project_id,
            message_class=item.message_class,
            country=item.country,
            unit_price_micros=_unit_price(item),
            parts=item.parts,
            count=1,
            actor=item.reason,
            rate_id=rate_id,
        )
        books.append(movement, now=now)
        of = tiers.get(rate_id) if rate_id is not None else None
        if of is not None:
            books.counts.add(books.counts.place(wallet.account_id, of, now), -item.parts)


def _unit_price(item: Refund) -> int:
    """0 where its parts lay in two tiers, and no whole number of micros says what one cost."""
    exact, rest = divmod(item.price_micros, item.parts)
    return 0 if rest else exact


class _Paid(NamedTuple):
    """`slices` are parts by their price; a message may lie in two tiers."""

    wallet: OpenWallet
    slices: tuple[tuple[int, int], ...]
    price_micros: int


class _Purse:
    """What an account can spend, counted down in memory while the items of one request are paid."""

    def __init__(self, books: Books, bill: Bill, now: datetime) -> None:
        wallets = books.wallets_of(bill.account_id)
        packages = [
            wallet
            for wallet in wallets
            if wallet.unit == Wallet.Unit.PARTS
            and (wallet.expires_at is None or wallet.expires_at > now)
        ]
        self._packages = sorted(packages, key=_order_of_use)
        balance = [wallet for wallet in wallets if wallet.currency == bill.currency]
        if not balance:
            raise InsufficientBalance(needed="0.00", available="0.00", currency=bill.currency)
        self.balance = balance[0]
        self._left = {wallet.id: wallet.spendable for wallet in wallets}
        self._counts, self._now = books.counts, now
        self.counted: dict[Place, int] = {}
        self.available_micros = max(0, self.balance.spendable)
        self.needed_micros = 0

    @property
    def is_short(self) -> bool:
        return self.needed_micros > self.available_micros

    def pay(self, item: Item) -> _Paid:
        for package in self._packages:
            if _covers(package, item) and self._left[package.id] >= item.parts:
                self._left[package.id] -= item.parts
                return _Paid(package, ((0, item.parts),), 0)
        quote = item.quote
        if quote.tiers is None:
            self.needed_micros += item.price_micros
            return _Paid(self.balance, ((quote.price_micros, item.parts),), item.price_micros)
        slices = tuple(self._slices(item, quote.tiers))
        price = sum(micros * parts for micros, parts in slices)
        self.needed_micros += price
        return _Paid(self.balance, slices, price)

    def _slices(self, item: Item, tiers: Tiers) -> Iterator[tuple[int, int]]:
        """Marginal: each part at its own tier's price. Otherwise the month's close settles it."""
        place = self._counts.place(self.balance.account_id, tiers, self._now)
        before = self._counts.of(place) + self.counted.get(place, 0)
        self.counted[place] = self.counted.get(place, 0) + item.parts
        base, left = item.quote.price_micros, item.parts
        if tiers.mode == Rate.TierMode.ALL_UNITS:
            yield base, left
            return
        while left:
            price, alike = counting.price_of_part(tiers, base, before)
            taken = left if alike is None else min(left, alike)
            yield price, taken
            before, left = before + taken, left - taken


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


def _keys(item: Item, paid: _Paid) -> Iterator[tuple[_Key, int]]:
    """What a message adds to, and how many parts."""
    rate_id = None if paid.wallet.unit == Wallet.Unit.PARTS else item.quote.rate_id
    for price, parts in paid.slices:
        yield _Key(paid.wallet.id, item.message_class, item.country, price, rate_id), parts


def _grouped(bill: Bill, paid: Sequence[_Paid]) -> list[Movement]:
    """One movement for each wallet, class, country and price that the request touches. A message
    counts where its first part does."""
    sums: dict[_Key, list[int]] = {}
    for item, one in zip(bill.items, paid, strict=True):
        for place, (key, parts) in enumerate(_keys(item, one)):
            total = sums.setdefault(key, [0, 0])
            total[0] += parts
            total[1] += place == 0
    in_parts = {one.wallet.id for one in paid if one.wallet.unit == Wallet.Unit.PARTS}
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
