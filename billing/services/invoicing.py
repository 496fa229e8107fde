"""Closes a range of the ledger into an invoice: a frozen copy that nothing computes again.

Signs are the bill's, not the ledger's: a charge line is positive, a refund line negative, and a
negative sum is money owed to the customer. Top-ups, packages and adjustments lie in the range and
are no lines: they move the balance, they are not what sending cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import F, Max, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models import Entry, Invoice, InvoiceLine, LedgerHead, Wallet
from smsplatform.core import days, money
from smsplatform.core.errors import DomainError

ROUNDING = "rounding"
MICROS_A_CENT = money.MICROS // 100
_BILLED = (Entry.Kind.CHARGE, Entry.Kind.REFUND, Entry.Kind.TIER_ADJUSTMENT)
# Any constant: whoever gives out invoice numbers holds it until the commit.
_NUMBERS_LOCK = 7_301_001


class MixedCurrencies(DomainError):
    code = "mixed_currencies"
    status = 409
    message = _("{account} was charged in {currencies} in one range; an invoice has one currency.")


@dataclass(frozen=True, slots=True)
class Range:
    """Entries `first` to `last` of one account, both included."""

    account: Account
    first: int
    last: int


def close(*, account: Account, until_date: date, now: datetime) -> Invoice | None:
    """Close what was booked before that day began in the account's zone; None when nothing was."""
    with transaction.atomic():
        LedgerHead.objects.select_for_update(no_key=True).filter(account=account).first()
        closing = _open_range(account, days.start(until_date, account.timezone))
        if closing is None:
            return None
        currency = _currency(closing)
        lines = _lines(closing)
        net = sum(line.amount for line in lines if line.unit == Wallet.Unit.MICROS)
        invoice = Invoice.objects.create(
            number=_next_number(),
            account=account,
            account_name=account.name,
            currency=currency,
            until_date=until_date,
            from_seq=closing.first,
            to_seq=closing.last,
            net_micros=net,
            payable_cents=to_cents(net),
            closed_at=now,
        )
        _store(invoice, [*lines, _rounding(net)])
    return invoice


def to_cents(micros: int) -> int:
    """Round half up: 0.005 becomes 0.01, and -0.005 becomes 0."""
    return (micros + MICROS_A_CENT // 2) // MICROS_A_CENT


def _open_range(account: Account, before: datetime) -> Range | None:
    closed = Invoice.objects.filter(account=account).aggregate(last=Max("to_seq"))["last"] or 0
    booked = Entry.objects.filter(account=account, seq__gt=closed, booked_at__lt=before)
    last = booked.order_by("-seq").values_list("seq", flat=True).first()
    return None if last is None else Range(account, closed + 1, last)


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


def _next_number() -> int:
    """Gapless: given out under a lock that ends with the transaction which uses it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NUMBERS_LOCK])
    return (Invoice.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _store(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    for position, line in enumerate(lines, start=1):
        line.invoice = invoice
        line.position = position
    InvoiceLine.objects.bulk_create(lines)
