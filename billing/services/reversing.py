"""Money that went back to who paid: a refund, or a dispute with the card's bank.

Of a package first what is left of it goes; what was used of it, and all of a top-up, goes from the
balance, which this alone may take below its floor: then nothing more can be sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.models import Difference, Entry, Order, Refund, Reversal, Wallet
from billing.payments import Taken
from billing.services import ledger, telling
from billing.states import OrderState, RefundState


@dataclass(frozen=True, slots=True)
class _Share:
    """What a reversal takes, from where."""

    parts: int
    money_micros: int


def follow(*, order: Order, taken: Sequence[Taken], now: datetime) -> None:
    """Under the order's lock. Each is booked once, and given back once where it does not stand."""
    known = {row.key: row for row in order.reversals.all()}
    for one in taken:
        row = known.get(one.key)
        if row is None and one.stands:
            _take(order, one, now)
        elif row is not None and not one.stands and row.returned_at is None:
            _give_back(order, row, now)
    _advance(order, now)


def _take(order: Order, taken: Taken, now: datetime) -> None:
    amount = min(taken.amount_micros, order.amount_micros - _standing(order))
    if amount < taken.amount_micros:
        _note_excess(order, taken, now)
    if amount <= 0:
        return
    balance = _balance_of(order)
    books = ledger.open_books([order.account_id])
    share = _share(order, amount, books)
    row = Reversal.objects.create(
        order=order,
        kind=taken.kind,
        key=taken.key,
        amount_micros=amount,
        parts=share.parts,
        money_micros=share.money_micros,
        booked_at=now,
    )
    amounts = {order.wallet_id: -share.parts, balance.pk: -share.money_micros}
    _book(books, Entry.Kind.REVERSAL, amounts, f"reversal:{row.pk}", now)


def _give_back(order: Order, row: Reversal, now: datetime) -> None:
    balance = _balance_of(order)
    books = ledger.open_books([order.account_id])
    reference = f"returned:{row.pk}"
    if row.parts:
        _append(books, Entry.Kind.PACKAGE, (order.wallet_id, row.parts), (reference, 0), now)
    if row.money_micros:
        _append(books, Entry.Kind.TOPUP, (balance.pk, row.money_micros), (reference, 0), now)
    books.close()
    Reversal.objects.filter(pk=row.pk).update(returned_at=now)
    for ours in order.refunds.all():
        if str(ours.key) == row.key:
            Refund.objects.filter(pk=ours.pk).advance(RefundState.FAILED)


def _share(order: Order, amount: int, books: ledger.Books) -> _Share:
    if order.wallet_id is None or order.package is None:
        return _Share(0, amount)
    # Of all that went back, less what did before: many small refunds take what one takes.
    before = _standing(order)
    due = parts_for(order, before + amount) - parts_for(order, before)
    parts = max(0, min(books.wallets[order.wallet_id].balance, due))
    # What was used is owed at the package's own price.
    return _Share(parts, amount * (due - parts) // due if due else 0)


def parts_for(order: Order, micros: int) -> int:
    """How many of a package's parts so much of its price has bought, rounded up."""
    parts = order.package.parts if order.package else 0
    return -(-parts * micros // order.amount_micros)


def _book(
    books: ledger.Books,
    kind: Entry.Kind,
    amounts: dict[int | None, int],
    reference: str,
    now: datetime,
) -> None:
    moved = [(wallet, amount) for wallet, amount in amounts.items() if wallet and amount]
    for line, where in enumerate(moved):
        _append(books, kind, where, (reference, line), now)
    books.close()


def _append(
    books: ledger.Books,
    kind: Entry.Kind,
    where: tuple[int | None, int],
    named: tuple[str, int],
    now: datetime,
) -> None:
    """`where`: the wallet and the amount in its unit; `named`: the reference and its line."""
    wallet_id, amount = where
    if wallet_id is None:
        return
    is_parts = books.wallets[wallet_id].unit == Wallet.Unit.PARTS
    movement = ledger.Movement(
        kind=kind.value,
        wallet_id=wallet_id,
        amount=amount,
        reference=named[0],
        line=named[1],
        actor="payments",
        parts=abs(amount) if is_parts else 0,
    )
    books.append(movement, now=now)


def _balance_of(order: Order) -> Wallet:
    wallet, _created = Wallet.objects.get_or_create(
        account=order.account, unit=Wallet.Unit.MICROS, currency=order.currency
    )
    return wallet


def _standing(order: Order) -> int:
    rows = Reversal.objects.filter(order=order, returned_at__isnull=True)
    return sum(row.amount_micros for row in rows)


def _advance(order: Order, now: datetime) -> None:
    standing = _standing(order)
    if standing == order.reversed_micros:
        return
    state = OrderState.PARTLY_REVERSED if standing else OrderState.PAID
    if standing == order.amount_micros:
        state = OrderState.REVERSED
    mine = Order.objects.filter(pk=order.pk)
    if state != order.state:
        mine.advance(state, reversed_micros=standing)
    else:
        mine.update(reversed_micros=standing)
    order.refresh_from_db()
    telling.tell(order=order, kind=telling.REVERSED, now=now)


def _note_excess(order: Order, taken: Taken, now: datetime) -> None:
    Difference.objects.get_or_create(
        provider=order.method,
        kind=Difference.Kind.REVERSED,
        key=taken.key,
        defaults={
            "order": order,
            "theirs_micros": taken.amount_micros,
            "ours_micros": order.amount_micros,
            "currency": order.currency,
            "found_at": now,
        },
    )
