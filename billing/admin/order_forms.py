"""What the staff say about money that came by bank."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Order
from billing.services.transfers import COLUMNS, Received
from smsplatform.core import money


class ReceivedForm(forms.Form):
    key = forms.CharField(
        label=_("The bank's reference"),
        max_length=80,
        help_text=_("As the statement names this payment: it can pay one order only."),
    )
    amount = forms.DecimalField(label=_("Amount"), decimal_places=2, max_digits=12)
    currency = forms.RegexField("^[A-Z]{3}$", label=_("Currency"))

    def received(self) -> Received:
        said = self.cleaned_data
        return Received(said["key"], money.to_micros(said["amount"]), said["currency"])


class StatementForm(forms.Form):
    file = forms.FileField(
        label=_("Statement, CSV or XLSX"),
        help_text=format_lazy(
            _("With the columns {columns}; dates as 2026-01-31."), columns=", ".join(COLUMNS)
        ),
    )


class LineForm(forms.Form):
    """Either whose it is, or what it is instead."""

    reference = forms.CharField(label=_("Reference of the order"), max_length=20, required=False)
    note = forms.CharField(label=_("It pays no order: what is it?"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        reference = said.get("reference", "").strip().upper()
        if bool(reference) == bool(said.get("note")):
            raise forms.ValidationError(_("Name an order, or say what it is instead."))
        orders = Order.objects.filter(method=Order.Method.TRANSFER, reference=reference)
        said["order"] = orders.first() if reference else None
        if reference and said["order"] is None:
            self.add_error("reference", _("No order by bank transfer has this reference."))
        return said
