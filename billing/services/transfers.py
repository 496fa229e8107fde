"""Bank transfers: confirmed by the staff, or found in a bank's statement by the order's reference.

A statement is a table with the columns of COLUMNS, in any order; `key` is the bank's own id of the
line and may be missing.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import zip_longest
from typing import IO

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models import BankLine, Order
from billing.payments import Payment, Standing
from billing.services import ordering, settling
from billing.states import LineState
from smsplatform.core import audit, money, tables
from smsplatform.core.errors import DomainError, Invalid, Problem

COLUMNS = ("date", "amount", "currency", "payer", "text", "key")
REQUIRED = frozenset({"date", "amount", "currency", "text"})
MOST_ROWS = 5_000
_MOST_PROBLEMS = 20
_REFERENCE = re.compile(ordering.REFERENCE_START + "[A-Z0-9]{9}")
# A comma parts thousands; one that may stand before the cents is refused, not guessed at.
_AMOUNT = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_LONGEST_KEY = 80
_BETWEEN = re.compile(r"[\s\-_/.]")


class NotAsOrdered(DomainError):
    code = "amount_not_as_ordered"
    status = 409
    message = _("The order is about another amount or currency: {amount} {currency}.")


class AlreadyPaid(DomainError):
    code = "order_already_paid"
    status = 409
    message = _("This order is paid already.")


class PaidOtherwise(DomainError):
    code = "order_not_by_transfer"
    status = 409
    message = _("This order is paid on its payment page, not by bank transfer.")


class BankKeyUsed(DomainError):
    code = "bank_reference_used"
    status = 409
    message = _("This line of the bank has paid another order.")


class LineDone(DomainError):
    code = "bank_line_done"
    status = 409
    message = _("Somebody has dealt with this line.")


@dataclass(frozen=True, slots=True)
class Received:
    """Money in the bank; `key` is the bank's reference of it."""

    key: str
    amount_micros: int
    currency: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a statement brought."""

    new: int
    matched: int
    known: int


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    booked_date: date
    amount_micros: int
    currency: str
    payer: str
    text: str


def confirm(*, order: Order, received: Received, by: User, now: datetime) -> None:
    """The staff saw the money. Credits the order, once."""
    with transaction.atomic():
        _settle(order, received, now)
        audit.record(
            actor=f"user:{by.pk}",
            action="order.transfer_confirmed",
            target=f"billing.order:{order.pk}",
            account_id=order.account_id,
            now=now,
            facts={"bank": received.key, "amount": money.text(received.amount_micros)},
        )


def import_statement(*, file: IO[bytes], name: str, by: User, now: datetime) -> Told:
    """All of it or nothing: Invalid names the lines that cannot be read. Money that went out is
    left out. Read twice it adds nothing."""
    rows = _rows(list(tables.read(file, name=name, most_rows=MOST_ROWS + 1)))
    with transaction.atomic():
        told = [
            BankLine.objects.get_or_create(
                key=row.key,
                defaults={
                    "booked_date": row.booked_date,
                    "amount_micros": row.amount_micros,
                    "currency": row.currency,
                    "payer": row.payer,
                    "text": row.text,
                    "imported_at": now,
                },
            )
            for row in rows
        ]
        lines = [line for line, is_new in told if is_new]
        matched = sum(_match_by_reference(line, now) for line in lines)
        audit.record(
            actor=f"user:{by.pk}",
            action="statement.imported",
            target="billing.bankline",
            now=now,
            facts={"file": name[:100], "new": len(lines), "matched": matched},
        )
    return Told(new=len(lines), matched=matched, known=len(rows) - len(lines))


def match(*, line: BankLine, order: Order, by: User, now: datetime) -> None:
    """By hand, where the buyer forgot the reference or mistyped it."""
    with transaction.atomic():
        if not BankLine.objects.filter(pk=line.pk).advance(LineState.MATCHED, order_id=order.pk):
            raise LineDone
        confirm(order=order, received=_received(line), by=by, now=now)


def dismiss(*, line: BankLine, note: str, by: User, now: datetime) -> None:
    """It is no payment of an order; `note` says what it is."""
    with transaction.atomic():
        if not BankLine.objects.filter(pk=line.pk).advance(LineState.DISMISSED, note=note[:200]):
            raise LineDone
        audit.record(
            actor=f"user:{by.pk}",
            action="bank_line.dismissed",
            target=f"billing.bankline:{line.pk}",
            now=now,
            facts={"note": note[:200]},
        )


def _settle(order: Order, received: Received, now: datetime) -> None:
    """Refuses before anything is booked; `apply` would only note the difference."""
    held: Order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    if held.method != Order.Method.TRANSFER:
        raise PaidOtherwise
    if held.paid_at:
        raise AlreadyPaid
    if (received.amount_micros, received.currency) != (held.amount_micros, held.currency):
        raise NotAsOrdered(amount=money.text(held.amount_micros), currency=held.currency)
    others = Order.objects.filter(method=held.method, payment_key=received.key)
    if others.exists():
        raise BankKeyUsed
    payment = Payment(
        checkout_key="",
        payment_key=received.key,
        order=str(held.public_id),
        amount_micros=received.amount_micros,
        currency=received.currency,
        standing=Standing.PAID,
        paid_with="transfer",
    )
    settling.apply(method=held.method, payment=payment, now=now)


def _match_by_reference(line: BankLine, now: datetime) -> bool:
    references = set(_REFERENCE.findall(_BETWEEN.sub("", line.text.upper())))
    orders = list(Order.objects.filter(method=Order.Method.TRANSFER, reference__in=references)[:2])
    if len(orders) != 1:
        return False
    # Confirmed by hand before the statement came, maybe.
    is_known = bool(orders[0].paid_at) and orders[0].payment_key == line.key
    try:
        if not is_known:
            _settle(orders[0], _received(line), now)
    except DomainError as refusal:
        # Not advanced: it stays on the desk, with what is wrong with it.
        BankLine.objects.filter(pk=line.pk).update(order=orders[0], note=refusal.code)
        return False
    return bool(
        BankLine.objects.filter(pk=line.pk).advance(LineState.MATCHED, order_id=orders[0].pk)
    )


def _received(line: BankLine) -> Received:
    return Received(line.key, line.amount_micros, line.currency)


def _rows(table: Sequence[Sequence[str]]) -> list[_Row]:
    header = [cell.strip().lower() for cell in table[0]] if table else []
    if not set(header) >= REQUIRED:
        told = _("The first line must name the columns {columns}.")
        raise Invalid(
            errors=[Problem("columns_missing", told, "file", {"columns": ", ".join(COLUMNS)})]
        )
    rows: list[_Row] = []
    problems: list[Problem] = []
    for number, cells in enumerate(table[1:], start=2):
        if not any(cells):
            continue
        try:
            row = _row(dict(zip_longest(header, cells[: len(header)], fillvalue="")))
        except ValueError:
            told = _("Line {number} cannot be read: a date, an amount or a currency is wrong.")
            problems.append(Problem("line_unreadable", told, "file", {"number": number}))
        else:
            rows += [row] if row.amount_micros > 0 else []
    if problems:
        raise Invalid(errors=problems[:_MOST_PROBLEMS])
    return _with_keys(rows)


def _row(said: dict[str, str]) -> _Row:
    """Raises ValueError for what is missing or wrong."""
    currency, amount = said["currency"].strip().upper(), said["amount"].strip()
    key = said.get("key", "").strip()
    if not re.fullmatch("[A-Z]{3}", currency) or len(key) > _LONGEST_KEY:
        raise ValueError(key or currency)
    if not _AMOUNT.fullmatch(amount):
        raise ValueError(amount)
    return _Row(
        key=key,
        booked_date=date.fromisoformat(said["date"].strip()),
        amount_micros=money.to_micros(amount.replace(",", "")),
        currency=currency,
        payer=said.get("payer", "").strip()[:200],
        text=said["text"].strip()[:400],
    )


def _with_keys(rows: Iterable[_Row]) -> list[_Row]:
    """A line without the bank's key is known by all that it says, and by how many such lines stand
    before it: two like payments of one day are two."""
    found: dict[str, _Row] = {}
    twins: Counter[_Row] = Counter()
    for row in rows:
        if found.get(row.key, row) != row:
            told = _("Two lines that differ have the bank's key {key}.")
            raise Invalid(errors=[Problem("bank_key_twice", told, "file", {"key": row.key})])
        keyed = row if row.key else replace(row, key=_digest(row, twins[row]))
        twins[row] += 1
        found[keyed.key] = keyed
    return list(found.values())


def _digest(row: _Row, twin: int) -> str:
    said = f"{row.booked_date}|{row.amount_micros}|{row.currency}|{row.payer}|{row.text}|{twin}"
    return "sha256:" + hashlib.sha256(said.encode()).hexdigest()
