"""The shapes of invoices. They describe; the functions at the end build."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from billing.api.serializers import Document, MoneySerializer
from billing.models import Invoice, InvoiceLine, Wallet
from billing.services import invoice_notices
from smsplatform.core import money

_LARGEST = 2**63 - 1


class InvoiceFilters(serializers.Serializer[Document]):
    cursor = serializers.IntegerField(
        required=False, min_value=1, max_value=_LARGEST, help_text="next_cursor of the page before"
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, default=50)


class InvoiceSummary(serializers.Serializer[Document]):
    number = serializers.IntegerField(help_text="without a gap, over all customers")
    from_date = serializers.DateField(allow_null=True)
    until_date = serializers.DateField(help_text="the first day that it does not cover")
    net = MoneySerializer(help_text="the exact sum of its lines, tax included")
    tax = MoneySerializer(help_text="part of what is payable")
    payable = MoneySerializer(help_text="net, rounded once to whole cents")
    due_date = serializers.DateField(allow_null=True, help_text="null: paid before it was sent")
    issued_at = serializers.DateTimeField()
    hash = serializers.CharField(help_text="SHA-256 of all that is printed on it")


class InvoiceLineShown(serializers.Serializer[Document]):
    position = serializers.IntegerField()
    kind = serializers.CharField(help_text="charge, refund, tier_adjustment or rounding")
    project = serializers.CharField()
    message_class = serializers.CharField()
    country = serializers.CharField()
    unit = serializers.ChoiceField(Wallet.Unit.values)
    price = serializers.CharField(help_text="of one part")
    parts = serializers.IntegerField()
    messages = serializers.IntegerField()
    amount = serializers.CharField(help_text="an exact decimal, or parts of a package")


class InvoiceShown(InvoiceSummary):
    seller = serializers.CharField()
    seller_tax_number = serializers.CharField()
    customer = serializers.CharField()
    customer_tax_number = serializers.CharField()
    tax_name = serializers.CharField()
    tax_percent = serializers.CharField(default="6.00")
    lines = InvoiceLineShown(many=True)


class InvoicePage(serializers.Serializer[Document]):
    invoices = InvoiceSummary(many=True)
    next_cursor = serializers.IntegerField(allow_null=True)


def of_invoices(found: QuerySet[Invoice], *, limit: int, cursor: int | None = None) -> Document:
    if cursor is not None:
        found = found.filter(number__lt=cursor)
    rows = list(found.order_by("-number")[: limit + 1])
    page = rows[:limit]
    return {
        "invoices": [invoice_notices.summary(invoice) for invoice in page],
        "next_cursor": page[-1].number if len(rows) > limit else None,
    }


def of_invoice(invoice: Invoice) -> Document:
    return {
        **invoice_notices.summary(invoice),
        "seller": invoice.seller_name,
        "seller_tax_number": invoice.seller_tax_number,
        "customer": invoice.account_name,
        "customer_tax_number": invoice.buyer_tax_number,
        "tax_name": invoice.tax_name,
        "tax_percent": invoice.tax_percent,
        "lines": [_line(line) for line in invoice.lines.order_by("position")],
    }


def _line(line: InvoiceLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "kind": line.kind,
        "project": line.project_name,
        "message_class": line.message_class,
        "country": line.country,
        "unit": line.unit,
        "price": money.text(line.unit_price_micros),
        "parts": line.parts,
        "messages": line.count,
        "amount": line.amount_text,
    }
