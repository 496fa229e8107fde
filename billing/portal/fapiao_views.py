"""Whom invoices are made out to, and the fapiao for one: asked for, taken back, taken along."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services.permissions import Permission
from billing.models import BillingDetails, Fapiao, Invoice
from billing.services import fapiao
from smsplatform.core import clock
from smsplatform.core.downloads import file_response
from smsplatform.core.errors import DomainError
from smsplatform.portal import MemberView


class DetailsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = BillingDetails
        fields = ("title", "tax_number", "address", "phone", "bank", "bank_account", "email")


class KindForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Fapiao.Kind.choices)


class Details(MemberView):
    permission = Permission.MONEY_SPEND
    page = "billing/invoices/details_form.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.show(form=DetailsForm(instance=self._found(), label_suffix=""))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = DetailsForm(request.POST, instance=self._found(), label_suffix="")
        if not form.is_valid():
            return self.show(form=form)
        form.save()
        flashes.success(request, _("The next invoices say so."))
        return redirect("invoice-list")

    def _found(self) -> BillingDetails:
        account = self.member.account
        found = BillingDetails.objects.for_account(account).first()
        return found or BillingDetails(account=account)


class FapiaoRequest(MemberView):
    permission = Permission.MONEY_SPEND
    page = "billing/invoices/fapiao_form.html"

    def get(self, _request: HttpRequest, number: int) -> HttpResponse:
        return self.show(invoice=self._invoice(number), form=KindForm(label_suffix=""))

    def post(self, request: HttpRequest, number: int) -> HttpResponseBase:
        invoice = self._invoice(number)
        form = KindForm(request.POST, label_suffix="")
        if form.is_valid() and self._ask(invoice, form):
            flashes.success(request, _("It is asked for. You get it by mail, and here."))
            return redirect("invoice-detail", number)
        return self.show(invoice=invoice, form=form)

    def _ask(self, invoice: Invoice, form: KindForm) -> bool:
        try:
            fapiao.request_for_invoice(
                invoice=invoice,
                kind=form.cleaned_data["kind"],
                by=self.member.user.email,
                now=clock.now(),
            )
        except DomainError as refusal:
            form.add_error(None, refusal.sentence())
        return not form.errors

    def _invoice(self, number: int) -> Invoice:
        found = Invoice.objects.for_account(self.member.account)
        invoice: Invoice = get_object_or_404(found, number=number)
        return invoice


class _OneFapiao(MemberView):
    permission = Permission.MONEY_SPEND

    def found(self, public_id: UUID) -> Any:
        found = Fapiao.objects.for_account(self.member.account)
        return get_object_or_404(found, public_id=public_id)


class FapiaoCancel(_OneFapiao):
    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponseBase:
        found = self.found(public_id)
        try:
            fapiao.cancel(fapiao=found, by=self.member.user.email, now=clock.now())
        except DomainError as refusal:
            flashes.warning(request, refusal.sentence())
        else:
            flashes.success(request, _("The request is taken back."))
        if found.invoice is None:
            return redirect("invoice-list")
        return redirect("invoice-detail", found.invoice.number)


class FapiaoFile(_OneFapiao):
    permission = Permission.MONEY_SEE

    def get(self, _request: HttpRequest, public_id: UUID) -> HttpResponse:
        found = self.found(public_id)
        if not found.file:
            raise Http404
        return file_response(
            bytes(found.file), content_type="application/octet-stream", name=found.file_name
        )
