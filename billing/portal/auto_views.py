"""A saved card, and the balance that it tops up."""

from django.conf import settings
from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.services.permissions import Permission
from billing import payments
from billing.models import AutoTopup, Order
from billing.portal.order_forms import AutoTopupForm
from billing.services import autotopup, cards
from smsplatform.components import Question
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.portal import AskingView, MemberView, blame


class AutoTopupPage(MemberView):
    permission = Permission.MONEY_SPEND
    page = "billing/auto/page.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        plan = _plan(self)
        is_back = "back" in request.GET and not (plan and plan.method_key)
        return self._page(AutoTopupForm(plan=plan), plan, is_back=is_back)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        plan = _plan(self)
        form = AutoTopupForm(request.POST, plan=plan)
        if not form.is_valid():
            return self._page(form, plan)
        account, by = self.member.account, self.member.user
        try:
            autotopup.agree(account=account, wanted=form.wanted(), by=by, now=clock.now())
        except DomainError as refusal:
            blame(form, refusal)
            return self._page(form, plan)
        flashes.success(request, _("Your balance is topped up by itself from now on."))
        return redirect("auto-topup")

    def _page(
        self, form: AutoTopupForm, plan: AutoTopup | None, *, is_back: bool = False
    ) -> HttpResponse:
        account = self.member.account
        return self.show(
            form=form,
            plan=plan,
            is_back=is_back,
            offer=autotopup.bounds(account=account),
            is_offered=Order.Method.STRIPE in payments.offered(),
        )


class AutoTopupOff(AskingView):
    permission = Permission.MONEY_SPEND

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.ask(
            Question(
                title=_("Turn automatic top-ups off?"),
                text=_("The card stays saved, and is not charged."),
                action=_("Turn them off"),
                back=reverse("auto-topup"),
            )
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        autotopup.turn_off(account=self.member.account, by=self.member.user, now=clock.now())
        flashes.success(request, _("Automatic top-ups are off."))
        return redirect("auto-topup")


class CardSave(MemberView):
    """To the provider's page on which a card is given."""

    permission = Permission.MONEY_SPEND

    def post(self, request: HttpRequest) -> HttpResponseBase:
        page = reverse("auto-topup")
        try:
            address = cards.save(
                account=self.member.account, back_url=f"{settings.BASE_URL}{page}?back=1"
            )
        except DomainError as refusal:
            flashes.warning(request, refusal.sentence())
            address = page
        return HttpResponseRedirect(address)


class CardPage(MemberView):
    """To the provider's page on which cards and receipts are looked after."""

    permission = Permission.MONEY_SPEND

    def post(self, request: HttpRequest) -> HttpResponseBase:
        page = reverse("auto-topup")
        try:
            address = cards.page(account=self.member.account, back_url=settings.BASE_URL + page)
        except DomainError as refusal:
            flashes.warning(request, refusal.sentence())
            address = page
        return HttpResponseRedirect(address)


def _plan(view: MemberView) -> AutoTopup | None:
    plan: AutoTopup | None = AutoTopup.objects.for_account(view.member.account).first()
    return plan
