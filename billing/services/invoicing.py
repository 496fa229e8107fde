"""Closes a range of the ledger into an invoice: a frozen copy that nothing computes again.

Signs are the bill's, not the ledger's: a charge line is positive, a refund line negative, and a
negative sum is money owed to the customer. Top-ups, packages and adjustments lie in the range and
are no lines: they move the balance, they are not what sending cost.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Model, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models import DocumentNumber, Entry, Invoice, InvoiceLine, LedgerHead, Wallet
from billing.models.invoice import MICROS_A_CENT
from billing.services import dunning, invoice_notices, letterhead, numbering
from smsplatform.core import days
from smsplatform.core.errors import DomainError

ROUNDING = "rounding"
_BILLED = (Entry.Kind.CHARGE, Entry.Kind.REFUND, Entry.Kind.TIER_ADJUSTMENT)
_A_DAY = timedelta(days=1)
# Keys of rows, and what the text itself becomes.
_NOT_SAID = frozenset({"id", "invoice", "hash"})


class MixedCurrencies(DomainError):
    code = "mixed_currencies"
    status = 409
    message = _("{account} was charged in {currencies} in one range; an invoice has one currency.")


@dataclass(frozen=True, slots=True)
class Range:
    """Entries `first` to `last` of one account, both included; its days, the last one not."""

    account: Account
    first: int
    last: int
    timezone: str
    from_date: date
    until_date: date


def close(*, account: Account, until_date: date, now: datetime) -> Invoice | None:
    """Close what was booked before that day began in the ledger's zone; None when nothing was.

    What it reads is behind the end of the ledger and never changes: messages are accepted and
    charged meanwhile. Closers wait for each other at the row of the numbers.
    """
    with transaction.atomic():
        held = numbering.hold(series=DocumentNumber.Series.INVOICE)
        closing = _open_range(account, until_date)
        if closing is None:
            return None
        lines = _lines(closing)
        invoice = _draft(closing, sum(_money(lines)), now)
        lines.append(_rounding(invoice.net_micros))
        _place(lines)
        invoice.number = numbering.take(held=held)
        invoice.hash = fingerprint(invoice=invoice, lines=lines)
        _store(invoice, lines)
        dunning.expect(invoice=invoice)
        invoice_notices.tell(invoice=invoice, now=now)
    return invoice


def fingerprint(*, invoice: Invoice, lines: Sequence[InvoiceLine]) -> str:
    """SHA-256 of every field that is printed: whoever holds the paper can prove what it said."""
    said = [_said(invoice, _NOT_SAID), *(_said(line, _NOT_SAID) for line in lines)]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entries_of(*, line: InvoiceLine) -> QuerySet[Entry]:
    """Behind a line; none behind the rounding."""
    invoice = line.invoice
    return Entry.objects.filter(
        account=invoice.account_id,
        seq__gte=invoice.from_seq,
        seq__lte=invoice.to_seq,
        kind=line.kind,
        wallet__unit=line.unit,
        message_class=line.message_class,
        country=line.country,
        unit_price_micros=line.unit_price_micros,
        project=line.project_id,
    )


def to_cents(micros: int) -> int:
    """Round half up: 0.005 becomes 0.01, and -0.005 becomes 0."""
    return (micros + MICROS_A_CENT // 2) // MICROS_A_CENT


def _open_range(account: Account, until_date: date) -> Range | None:
    head = LedgerHead.objects.filter(account=account).first()
    if head is None:
        return None
    before = Invoice.objects.filter(account=account).order_by("-to_seq").first()
    closed = before.to_seq if before else 0
    entries = Entry.objects.filter(account=account, seq__gt=closed)
    booked = entries.filter(booked_at__lt=days.start(until_date, head.timezone))
    last = booked.order_by("-seq").values_list("seq", flat=True).first()
    if last is None:
        return None
    first_at = entries.order_by("seq").values_list("booked_at", flat=True)[0]
    return Range(
        account=account,
        first=closed + 1,
        last=last,
        timezone=head.timezone,
        from_date=before.until_date if before else days.containing(first_at, head.timezone),
        until_date=until_date,
    )


def _draft(closing: Range, net_micros: int, now: datetime) -> Invoice:
    payable = to_cents(net_micros)
    head = letterhead.read(account=closing.account, last_date=closing.until_date - _A_DAY)
    printed = head.printed(
        account=closing.account,
        payable_cents=payable,
        issued_date=days.containing(now, closing.timezone),
    )
    return Invoice(
        account=closing.account,
        currency=_currency(closing),
        timezone=closing.timezone,
        from_date=closing.from_date,
        until_date=closing.until_date,
        from_seq=closing.first,
        to_seq=closing.last,
        net_micros=net_micros,
        payable_cents=payable,
        closed_at=now,
        **printed,
    )


def _money(lines: Sequence[InvoiceLine]) -> Iterable[int]:
    return (line.amount for line in lines if line.unit == Wallet.Unit.MICROS)


def _currency(closing: Range) -> str:
    found = sorted(
        _billed(closing)
        .filter(wallet__unit=Wallet.Unit.MICROS)
        .order_by()
        .values_list("wallet__currency", flat=True)
        .distinct()
    )
    if len(found) > 1:
        raise MixedCurrencies(account=closing.account.name, currencies=", ".join(found))
    return found[0] if found else closing.account.currency


def _lines(closing: Range) -> list[InvoiceLine]:
    """Money first, then packages, whose amounts are parts and count into no sum of money."""
    groups = (
        _billed(closing)
        .values(
            "kind",
            "message_class",
            "country",
            "unit_price_micros",
            "project_id",
            unit=F("wallet__unit"),
            project_name=F("project__name"),
        )
        .annotate(amount=-Sum("amount"), parts=Sum("parts"), count=Sum("count"))
        .order_by(
            "unit",
            "kind",
            "project_name",
            "project_id",
            "message_class",
            "country",
            "unit_price_micros",
        )
    )
    return [
        InvoiceLine(**{**group, "project_name": group["project_name"] or ""}) for group in groups
    ]


def _rounding(net_micros: int) -> InvoiceLine:
    """What makes whole cents of the sum; written even when it is 0."""
    return InvoiceLine(
        kind=ROUNDING,
        unit=Wallet.Unit.MICROS,
        unit_price_micros=0,
        parts=0,
        count=0,
        amount=to_cents(net_micros) * MICROS_A_CENT - net_micros,
    )


def _billed(closing: Range) -> QuerySet[Entry]:
    return Entry.objects.filter(
        account=closing.account,
        seq__gte=closing.first,
        seq__lte=closing.last,
        kind__in=_BILLED,
    )


def _place(lines: Sequence[InvoiceLine]) -> None:
    for position, line in enumerate(lines, start=1):
        line.position = position


def _said(row: Model, but: frozenset[str]) -> dict[str, object]:
    fields = (field for field in row._meta.concrete_fields if field.name not in but)
    return {field.name: _plain(getattr(row, field.attname)) for field in fields}


def _plain(value: object) -> object:
    """A time in UTC, to the microsecond, as the database gives it back."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def _store(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    invoice.save(force_insert=True)
    for line in lines:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(lines)
