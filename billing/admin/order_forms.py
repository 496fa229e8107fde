"""What the staff say about money that came by bank."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Order
from billing.services.refunding import Wanted
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


class RefundForm(forms.Form):
    """`key` is made with the page: a form that is sent twice is one refund."""

    amount = forms.DecimalField(label=_("Amount"), decimal_places=2, max_digits=12)
    reason = forms.CharField(label=_("Reason"), max_length=200)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, order: Order, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount = self.fields["amount"]
        amount.initial = money.text(most)
        told = _("By its rule (%(rule)s) at most %(most)s %(currency)s can go back.") % {
            "rule": order.get_refund_rule_display(),
            "most": money.text(most),
            "currency": order.currency,
        }
        by_hand = _("Send it by bank, too: only the books are kept here.")
        is_transfer = order.method == Order.Method.TRANSFER
        amount.help_text = f"{told} {by_hand}" if is_transfer else told

    def wanted(self) -> Wanted:
        said = self.cleaned_data
        return Wanted(money.to_micros(said["amount"]), said["reason"], said["key"])


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
