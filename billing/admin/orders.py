"""The staff desk of what comes in: orders, bank statements, what providers and we differ in."""

from types import MappingProxyType
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _

from billing.admin.order_forms import LineForm, ReceivedForm, RefundForm, StatementForm
from billing.admin.showing import Asking, Shown
from billing.models import (
    BankLine,
    Difference,
    Order,
    ProviderNotice,
    Refund,
    Reversal,
)
from billing.services import reconciling, refunding, transfers
from smsplatform.core import clock, money
from smsplatform.core.admin import ReadOnly
from smsplatform.core.errors import DomainError


class ReversalInline(admin.StackedInline):  # type: ignore[type-arg]
    """What went back; whoever sees the order sees it."""

    model = Reversal
    fields = ("kind", "key", "taken", "parts", "from_balance", "booked_at", "returned_at")
    readonly_fields = fields
    ordering = ("id",)
    extra = 0
    can_delete = False

    @admin.display(description=_("amount"))
    def taken(self, reversal: Reversal) -> str:
        return money.text(reversal.amount_micros)

    @admin.display(description=_("from the balance"))
    def from_balance(self, reversal: Reversal) -> str:
        return money.text(reversal.money_micros)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(Order)
class OrderAdmin(Asking):
    list_display = ("reference", "account", "name", "amount", "method", "state", "created_at")
    list_select_related = ("account",)
    list_filter = ("state", "method")
    exact_search = ("reference",)
    ordering = ("-id",)
    change_form_template = "admin/billing/order/change_form.html"
    shown_as = MappingProxyType(
        {
            "amount_micros": "amount",
            "discount_micros": "discount",
            "reversed_micros": "went_back",
            "currency": "",
            "form_key": "",
        }
    )
    inlines = (ReversalInline,)

    @admin.display(description=_("amount"))
    def amount(self, order: Order) -> str:
        return f"{money.text(order.amount_micros)} {order.currency}"

    @admin.display(description=_("discount"))
    def discount(self, order: Order) -> str:
        return f"{money.text(order.discount_micros)} {order.currency}"

    @admin.display(description=_("went back"))
    def went_back(self, order: Order) -> str:
        return f"{money.text(order.reversed_micros)} {order.currency}"

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:order_id>/confirm/", wrap(self.confirm), name="billing_order_confirm"),
            path("<int:order_id>/refund/", wrap(self.refund), name="billing_order_refund"),
        ]
        return [*own, *super().get_urls()]

    def confirm(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """The money of a transfer is there."""
        self.check_may(request)
        order = get_object_or_404(Order, pk=order_id, method=Order.Method.TRANSFER)
        form = ReceivedForm(request.POST or None, initial={"currency": order.currency})
        if form.is_valid():
            try:
                transfers.confirm(
                    order=order,
                    received=form.received(),
                    by=request.user,  # type: ignore[arg-type]
                    now=clock.now(),
                )
            except DomainError as refusal:
                form.add_error(None, refusal.sentence())
            else:
                messages.success(request, _("The order is paid and credited."))
                return redirect("admin:billing_order_change", order.pk)
        return self.ask(request, form, _("The transfer has come"), order)

    def refund(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """What was not used goes back, as the offer's rule allows."""
        self.check_may(request)
        order = get_object_or_404(Order.objects.select_related("package"), pk=order_id)
        most = refunding.refundable(order=order, now=clock.now())
        form = RefundForm(request.POST or None, order=order, most=most)
        if form.is_valid():
            by: Any = request.user
            try:
                refunding.refund(order=order, wanted=form.wanted(), by=by, now=clock.now())
            except DomainError as refusal:
                form.add_error(None, refusal.sentence())
            else:
                messages.success(request, _("The refund is booked and on its way."))
                return redirect("admin:billing_order_change", order.pk)
        return self.ask(request, form, _("Give money back"), order)


@admin.register(BankLine)
class BankLineAdmin(Asking):
    list_display = ("booked_date", "amount", "payer", "text", "state", "note", "order")
    list_select_related = ("order",)
    list_filter = ("state",)
    exact_search = ("key",)
    ordering = ("-id",)
    change_form_template = "admin/billing/bankline/change_form.html"
    change_list_template = "admin/billing/bankline/change_list.html"
    shown_as = MappingProxyType({"amount_micros": "amount", "currency": ""})

    @admin.display(description=_("amount"))
    def amount(self, line: BankLine) -> str:
        return f"{money.text(line.amount_micros)} {line.currency}"

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("import/", wrap(self.read_in), name="billing_bankline_import"),
            path("<int:line_id>/settle/", wrap(self.settle), name="billing_bankline_settle"),
        ]
        return [*own, *super().get_urls()]

    def read_in(self, request: HttpRequest) -> HttpResponse:
        self.check_may(request)
        form = StatementForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                told = transfers.import_statement(
                    file=file,
                    name=file.name,
                    by=request.user,  # type: ignore[arg-type]
                    now=clock.now(),
                )
            except DomainError as refusal:
                for problem in refusal.errors:
                    form.add_error(None, problem.sentence())
                if not refusal.errors:
                    form.add_error(None, refusal.sentence())
            else:
                said = _("%(new)s new lines, %(matched)s of them paid an order; %(known)s known.")
                facts = {"new": told.new, "matched": told.matched, "known": told.known}
                messages.success(request, said % facts)
                return self.to_list()
        return self.ask(request, form, _("Read in a bank statement"), deed=_("Read it in"))

    def settle(self, request: HttpRequest, line_id: int) -> HttpResponse:
        self.check_may(request)
        line = get_object_or_404(BankLine, pk=line_id)
        form = LineForm(request.POST or None)
        if form.is_valid():
            by: Any = request.user
            order, now = form.cleaned_data["order"], clock.now()
            try:
                if order:
                    transfers.match(line=line, order=order, by=by, now=now)
                else:
                    note = form.cleaned_data["note"]
                    transfers.dismiss(line=line, note=note, by=by, now=now)
            except DomainError as refusal:
                form.add_error(None, refusal.sentence())
            else:
                return self.to_list()
        return self.ask(request, form, _("Whose money is it?"), line)


@admin.register(Difference)
class DifferenceAdmin(Asking):
    list_display = ("kind", "provider", "key", "order", "theirs", "ours", "found_at", "settled_at")
    list_select_related = ("order",)
    list_filter = ("kind", ("settled_at", admin.EmptyFieldListFilter))
    exact_search = ("key",)
    ordering = ("-id",)
    actions = ("settle",)
    shown_as = MappingProxyType({"theirs_micros": "theirs", "ours_micros": "ours", "currency": ""})

    @admin.display(description=_("theirs"))
    def theirs(self, difference: Difference) -> str:
        return f"{money.text(difference.theirs_micros)} {difference.currency}"

    @admin.display(description=_("ours"))
    def ours(self, difference: Difference) -> str:
        return f"{money.text(difference.ours_micros)} {difference.currency}"

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    @admin.action(description=_("Looked into: settled"), permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: QuerySet[Difference]) -> None:
        by: Any = request.user
        for difference in queryset.select_related("order"):
            reconciling.settle(difference=difference, by=by, now=clock.now())


@admin.register(Refund)
class RefundAdmin(Shown):
    list_display = ("order", "amount", "state", "reason", "asked_by", "created_at", "done_at")
    list_select_related = ("order", "asked_by")
    list_filter = ("state",)
    exact_search = ("key",)
    ordering = ("-id",)
    shown_as = MappingProxyType({"amount_micros": "amount"})

    @admin.display(description=_("amount"))
    def amount(self, refund: Refund) -> str:
        return f"{money.text(refund.amount_micros)} {refund.order.currency}"


@admin.register(ProviderNotice)
class ProviderNoticeAdmin(ReadOnly):
    list_display = ("key", "kind", "state", "tries", "note", "received_at")
    list_filter = ("state",)
    exact_search = ("key",)
    ordering = ("-id",)
