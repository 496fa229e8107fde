"""The staff desk of invoices: they are shown, and handed to the books; what is printed on the next
ones is set here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from billing.models import (
    BillingDetails,
    DunningStep,
    Fapiao,
    Invoice,
    InvoiceLine,
    Receivable,
    Seller,
    TaxRate,
)
from billing.services import dunning, invoice_tables
from billing.states import ReceivableState
from smsplatform.core import clock, money
from smsplatform.core.admin import Audited, ReadOnly
from smsplatform.core.downloads import csv_stream
from smsplatform.core.errors import DomainError


@admin.register(Seller)
class SellerAdmin(Audited):
    """A change of address is a new row: what is closed for earlier days still says the old one."""

    list_display = ("name", "tax_number", "from_date")
    ordering = ("-from_date",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TaxRate)
class TaxRateAdmin(Audited):
    list_display = ("country", "name", "basis_points", "from_date")
    list_filter = ("country",)
    ordering = ("country", "-from_date")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(BillingDetails)
class BillingDetailsAdmin(Audited):
    """`due_days` makes a customer one who pays afterwards."""

    list_display = ("account", "title", "tax_number", "due_days")
    list_select_related = ("account",)
    search_fields = ("=title", "=tax_number")
    raw_id_fields = ("account",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Its basis stays while a fapiao stands: else one money would get two."""
        if obj is None:
            return ()
        stands = Fapiao.objects.for_account(obj.account_id).standing().exists()
        return ("account", "fapiao_basis") if stands else ("account",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class InvoiceLineInline(admin.TabularInline):  # type: ignore[type-arg]
    model = InvoiceLine
    ordering = ("position",)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Invoice)
class InvoiceAdmin(ReadOnly):
    list_display = ("number", "account_name", "until_date", "net", "payable", "closed_at")
    exact_search = ("number",)
    ordering = ("-number",)
    inlines = (InvoiceLineInline,)
    actions = ("export",)

    @admin.display(description=_("net"))
    def net(self, invoice: Invoice) -> str:
        return f"{money.text(invoice.net_micros)} {invoice.currency}"

    @admin.display(description=_("payable"))
    def payable(self, invoice: Invoice) -> str:
        return f"{money.text(invoice.payable_micros)} {invoice.currency}"

    @admin.action(description=_("Export for accounting software"), permissions=["view"])
    def export(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> StreamingHttpResponse:
        rows = invoice_tables.booked(invoices=queryset.order_by("number"))
        return csv_stream(header=invoice_tables.BOOKED, rows=rows, name="invoices.csv")


@admin.register(DunningStep)
class DunningStepAdmin(Audited):
    list_display = ("days_after_due", "text")
    ordering = ("days_after_due",)


@admin.register(Receivable)
class ReceivableAdmin(ReadOnly):
    """What is still to be paid; oldest first."""

    list_display = ("invoice", "account", "due_date", "state", "reminded_days")
    list_select_related = ("invoice", "account")
    list_filter = ("state",)
    exact_search = ("account_id",)
    ordering = ("due_date", "id")
    actions = ("mark_paid", "write_off")

    @admin.action(description=_("Paid"), permissions=["settle"])
    def mark_paid(self, request: HttpRequest, queryset: QuerySet[Receivable]) -> None:
        self._settle(request, queryset, ReceivableState.PAID)

    @admin.action(description=_("Write off"), permissions=["settle"])
    def write_off(self, request: HttpRequest, queryset: QuerySet[Receivable]) -> None:
        self._settle(request, queryset, ReceivableState.WRITTEN_OFF)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_receivable")

    def _settle(
        self, request: HttpRequest, found: QuerySet[Receivable], state: ReceivableState
    ) -> None:
        for one in found:
            try:
                dunning.settle(
                    receivable=one, state=state, by=f"user:{request.user.pk}", now=clock.now()
                )
            except DomainError as refusal:
                self.message_user(request, f"{one}: {refusal.sentence()}", messages.ERROR)
