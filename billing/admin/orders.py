"""The staff desk of what comes in: orders, bank statements, what providers and we differ in."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from billing.admin.order_forms import LineForm, ReceivedForm, RefundForm, StatementForm
from billing.models import (
    AutoTopup,
    BankLine,
    Coupon,
    Difference,
    Offer,
    Order,
    ProviderNotice,
    Refund,
    Reversal,
)
from billing.services import reconciling, refunding, transfers
from smsplatform.core import clock, money
from smsplatform.core.admin import Audited, ReadOnly
from smsplatform.core.errors import DomainError

# What the button of a page says, unless the page has its own deed.
BOOK = _("Book it")


@admin.register(Offer)
class OfferAdmin(Audited):
    """Orders keep a copy: what is changed here changes nothing that was bought."""

    list_display = (
        "name", "package", "currency", "least", "most", "refund_rule", "is_on_sale", "is_sample",
    )  # fmt: skip
    list_select_related = ("package",)
    ordering = ("position", "id")

    @admin.display(description=_("least"))
    def least(self, offer: Offer) -> str:
        return money.text(offer.least_micros)

    @admin.display(description=_("most"))
    def most(self, offer: Offer) -> str:
        return money.text(offer.most_micros)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Coupon)
class CouponAdmin(Audited):
    """Orders keep what it took off. One that was used stays."""

    list_display = ("code", "percent", "off", "currency", "offer", "starts_at", "ends_at", "uses")
    list_select_related = ("offer",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        return super().get_queryset(request).annotate(orders=Count("order"))

    @admin.display(description=_("off"))
    def off(self, coupon: Coupon) -> str:
        return money.text(coupon.off_micros)

    @admin.display(description=_("used"))
    def uses(self, coupon: Any) -> str:
        return f"{coupon.orders} / {coupon.most_uses}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "percent", "off_micros", "currency", "offer") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Shown(ReadOnly):
    """Rows that are only shown, and amounts as people read them."""

    # Instead of a column: the method that shows it, or nothing.
    shown_as: Mapping[str, str] = MappingProxyType({})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        named = [self.shown_as.get(name, name) for name in super().get_fields(request, obj)]
        return [name for name in named if name]


class Asking(Shown):
    """Beside its rows it has pages with one form each."""

    def ask(
        self,
        request: HttpRequest,
        form: forms.Form,
        title: Any,
        obj: Any = None,
        deed: Any = BOOK,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "title": title,
            "deed": deed,
            "opts": self.opts,
            "original": obj,
        }
        return render(request, "admin/billing/ask.html", context)

    def check_may(self, request: HttpRequest) -> None:
        if not self._may(request):
            raise PermissionDenied

    def _may(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(f"billing.change_{self.opts.model_name}"))

    def to_list(self) -> HttpResponse:
        return redirect(f"admin:billing_{self.opts.model_name}_changelist")


class ReversalInline(admin.TabularInline):  # type: ignore[type-arg]
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


@admin.register(AutoTopup)
class AutoTopupAdmin(Shown):
    """What customers agreed to; the cards themselves are the provider's."""

    list_display = ("account", "is_on", "below", "amount", "method_label", "stopped_by")
    list_select_related = ("account",)
    list_filter = ("is_on",)
    exact_search = ("account_id",)
    ordering = ("-account_id",)
    shown_as = MappingProxyType(
        {"below_micros": "below", "amount_micros": "amount", "month_most_micros": "month_most"}
    )

    @admin.display(description=_("below"))
    def below(self, plan: AutoTopup) -> str:
        return f"{money.text(plan.below_micros)} {plan.account.currency}"

    @admin.display(description=_("amount"))
    def amount(self, plan: AutoTopup) -> str:
        return f"{money.text(plan.amount_micros)} {plan.account.currency}"

    @admin.display(description=_("at most in 30 days"))
    def month_most(self, plan: AutoTopup) -> str:
        return f"{money.text(plan.month_most_micros)} {plan.account.currency}"


@admin.register(ProviderNotice)
class ProviderNoticeAdmin(ReadOnly):
    list_display = ("key", "kind", "state", "tries", "note", "received_at")
    list_filter = ("state",)
    exact_search = ("key",)
    ordering = ("-id",)
