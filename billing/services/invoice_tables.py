"""Invoices as tables: every line of one, the entries behind a line, and what the books take."""

from collections.abc import Iterator

from django.db.models import QuerySet

from billing.models import Invoice, InvoiceLine
from billing.services import invoicing
from smsplatform.core import money

LINES = (
    "invoice", "line", "kind", "project", "class", "country", "unit", "price", "parts",
    "messages", "amount",
)  # fmt: skip
ENTRIES = (
    "entry", "booked", "kind", "class", "country", "unit", "price", "parts", "messages", "amount",
    "reference",
)  # fmt: skip
BOOKED = (
    "number", "issued", "from", "until", "customer", "tax_number", "currency", "net", "tax_name",
    "tax_percent", "tax", "payable", "due",
)  # fmt: skip
# Rows that are in memory at once.
_READ = 2_000


def lines(*, invoice: Invoice) -> Iterator[list[str]]:
    """In its order; the amounts of money add up to what is payable."""
    for line in invoice.lines.order_by("position").iterator(_READ):
        yield [
            str(invoice.number),
            str(line.position),
            line.kind,
            line.project_name,
            line.message_class,
            line.country,
            line.unit,
            money.text(line.unit_price_micros),
            str(line.parts),
            str(line.count),
            line.amount_text,
        ]


def entries(*, line: InvoiceLine) -> Iterator[list[str]]:
    """The ledger's entries behind it; their amounts add up to the line's."""
    found = invoicing.entries_of(line=line).order_by("seq")
    for entry in found.iterator(_READ):
        yield [
            str(entry.seq),
            entry.booked_at.isoformat(),
            entry.kind,
            entry.message_class,
            entry.country,
            line.unit,
            money.text(entry.unit_price_micros),
            str(entry.parts),
            str(entry.count),
            money.text(-entry.amount) if line.is_money else str(-entry.amount),
            entry.reference,
        ]


def booked(*, invoices: QuerySet[Invoice]) -> Iterator[list[str]]:
    """One row for each: net and tax add up to what is payable."""
    return map(_booked, invoices.iterator(_READ))


def _booked(invoice: Invoice) -> list[str]:
    return [
        str(invoice.number),
        invoice.closed_at.date().isoformat(),
        invoice.from_date.isoformat() if invoice.from_date else "",
        invoice.until_date.isoformat(),
        invoice.account_name,
        invoice.buyer_tax_number,
        invoice.currency,
        money.text(invoice.payable_micros - invoice.tax_micros),
        invoice.tax_name,
        invoice.tax_percent,
        money.text(invoice.tax_micros),
        money.text(invoice.payable_micros),
        invoice.due_date.isoformat() if invoice.due_date else "",
    ]
