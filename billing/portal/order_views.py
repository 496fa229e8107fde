"""What can be bought, and what became of each order."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from accounts.services.permissions import Permission
from billing.models import Offer, Order
from billing.portal.order_forms import BuyForm
from billing.services import ordering
from smsplatform.components import Column, Empty, Question, Table
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.listing import Sorting, cut
from smsplatform.portal import AskingView, MemberView, blame

# Seconds after which an open order is looked at again.
_POLL_PAGE, _POLL_TRANSFER = 5, 60
# Said by the address that a payment page leads back to.
_BACK = "back=1"
_NEWEST = Sorting("created_at", is_down=True)
_COLUMNS = (
    Column(gettext_lazy("Order")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("What")),
    Column(gettext_lazy("Amount"), is_figure=True),
    Column(gettext_lazy("Placed")),
)


class Catalogue(MemberView):
    permission = Permission.MONEY_SPEND
    page = "billing/orders/catalogue.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        currency = self.member.account.currency
        return self.show(offers=Offer.objects.on_sale(currency, samples=settings.DEMO))


class PublicCatalogue(View):
    """For anybody: what there is, in every currency. Who buys signs in first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        offers = list(Offer.objects.public(samples=settings.DEMO))
        # The first currency is that of the first offer.
        currencies = dict.fromkeys(offer.currency for offer in offers)
        shelves = [
            (currency, [offer for offer in offers if offer.currency == currency])
            for currency in currencies
        ]
        return render(request, "billing/orders/public.html", {"shelves": shelves})


class Buy(MemberView):
    permission = Permission.MONEY_SPEND
    page = "billing/orders/buy.html"

    def get(self, _request: HttpRequest, offer_id: int) -> HttpResponse:
        offer = self._offer(offer_id)
        return self.show(offer=offer, form=BuyForm(offer=offer))

    def post(self, request: HttpRequest, offer_id: int) -> HttpResponseBase:
        offer = self._offer(offer_id)
        form = BuyForm(request.POST, offer=offer)
        if not form.is_valid():
            return self.show(offer=offer, form=form)
        member = self.member
        try:
            order = ordering.place(
                account=member.account, wanted=form.wanted(), by=member.user, now=clock.now()
            )
        except DomainError as refusal:
            blame(form, refusal)
            return self.show(offer=offer, form=form)
        return _lead_to_payment(self, order)

    def _offer(self, offer_id: int) -> Offer:
        currency = self.member.account.currency
        on_sale = Offer.objects.on_sale(currency, samples=settings.DEMO)
        offer = on_sale.filter(pk=offer_id).first()
        if offer is None:
            raise Http404
        return offer


class OrderList(MemberView):
    permission = Permission.MONEY_SEE
    page = "billing/orders/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        found = Order.objects.for_account(self.member.account)
        listing = cut(found, sorting=_NEWEST, cursor=request.GET.get("cursor"))
        may_buy = self.member.may(Permission.MONEY_SPEND)
        empty = Empty(
            title=_("Nothing bought yet"),
            text=_("What you buy, and how it is paid, is kept here."),
            href=reverse("buy") if may_buy else "",
            action=_("See what there is"),
        )
        table = Table(
            caption=_("Orders"),
            columns=_COLUMNS,
            rows=listing.rows,
            row_template="billing/orders/row.html",
            empty=empty,
            next_cursor=listing.next_cursor,
        )
        return self.show(table=table, may_buy=may_buy)


class OrderDetail(MemberView):
    permission = Permission.MONEY_SEE
    page = "billing/orders/detail.html"
    part = "billing/orders/life.html"

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order = _found(self, order_id)
        is_transfer = order.method == Order.Method.TRANSFER
        return self.show(
            order=order,
            is_back="back" in request.GET,
            state_label=capfirst(order.get_state_display()),
            method_label=capfirst(order.get_method_display()),
            is_transfer=is_transfer,
            poll_seconds=_POLL_TRANSFER if is_transfer else _POLL_PAGE,
            bank_details=settings.BANK_DETAILS,
            may_pay=order.is_open and self.member.may(Permission.MONEY_SPEND),
        )


class OrderPay(MemberView):
    permission = Permission.MONEY_SPEND

    def post(self, _request: HttpRequest, order_id: UUID) -> HttpResponseBase:
        return _lead_to_payment(self, _found(self, order_id))


class OrderCancel(AskingView):
    permission = Permission.MONEY_SPEND

    def get(self, _request: HttpRequest, order_id: UUID) -> HttpResponse:
        order = _found(self, order_id)
        return self.ask(
            Question(
                title=_("Cancel this order?"),
                text=_("Nothing is paid. Money that is on its way already is credited to you."),
                action=_("Cancel the order"),
                back=reverse("order-detail", args=[order.public_id]),
            )
        )

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponseBase:
        order = _found(self, order_id)
        try:
            ordering.cancel(order=order, by=self.member.user, now=clock.now())
        except DomainError as refusal:
            flashes.warning(request, refusal.sentence())
        else:
            flashes.success(request, _("The order is cancelled."))
        return redirect("order-detail", order.public_id)


def _found(view: Any, order_id: UUID) -> Order:
    mine = Order.objects.for_account(view.member.account)
    order: Order | None = mine.filter(public_id=order_id).first()
    if order is None:
        raise Http404
    return order


def _lead_to_payment(view: MemberView, order: Order) -> HttpResponseBase:
    """To the provider's page, where there is one; else to the order's own."""
    page = reverse("order-detail", args=[order.public_id])
    try:
        address = ordering.begin(
            order=order, back_url=f"{settings.BASE_URL}{page}?{_BACK}", now=clock.now()
        )
    except DomainError as refusal:
        flashes.warning(view.request, refusal.sentence())
        address = ""
    return HttpResponseRedirect(address or page)
