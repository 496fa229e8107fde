"""What a buyer says: how much, and how it is paid."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from billing import payments
from billing.models import AutoTopup, Offer, Order
from billing.services import autotopup
from billing.services.ordering import Wanted
from smsplatform.core import money

_LARGEST = money.to_decimal(money.LARGEST_MICROS)


class AutoTopupForm(forms.Form):
    """When the saved card is charged, and for how much."""

    below = forms.DecimalField(
        label=_("When the balance is below"),
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=_LARGEST,
    )
    amount = forms.DecimalField(
        label=_("Top it up by"),
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=_LARGEST,
    )
    month_most = forms.DecimalField(
        label=_("At most in 30 days"),
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=_LARGEST,
        help_text=_(
            "Whatever is sent, the card is not charged more than that, nor more than three times a"
            " day."
        ),
    )

    def __init__(self, *args: Any, plan: AutoTopup | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if micros := getattr(plan, f"{name}_micros", 0):
                field.initial = money.text(micros)

    def wanted(self) -> autotopup.Wanted:
        said = self.cleaned_data
        return autotopup.Wanted(**{f"{name}_micros": money.to_micros(said[name]) for name in said})


class BuyForm(forms.Form):
    """`form_key` is made with the page: a form that is sent twice is one order."""

    amount = forms.DecimalField(label=_("Amount"), decimal_places=2, min_value=Decimal("0.01"))
    coupon = forms.CharField(label=_("Coupon"), max_length=40, required=False)
    method = forms.ChoiceField(label=_("How do you pay?"), widget=forms.RadioSelect)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer = offer
        labels = dict(Order.Method.choices)
        methods = [(name, capfirst(str(labels[name]))) for name in payments.offered()]
        method = self.fields["method"]
        method.choices = methods  # type: ignore[attr-defined]
        method.initial, self.fields["form_key"].initial = methods[0][0], uuid4
        if offer.package_id is None:
            del self.fields["coupon"]
        if offer.is_fixed:
            del self.fields["amount"]
            return
        self.fields["amount"].help_text = _("From %(least)s to %(most)s %(currency)s.") % {
            "least": money.text(offer.least_micros),
            "most": money.text(offer.most_micros),
            "currency": offer.currency,
        }

    def wanted(self) -> Wanted:
        said = self.cleaned_data
        amount = said.get("amount")
        return Wanted(
            offer=self._offer,
            method=said["method"],
            form_key=said["form_key"],
            amount_micros=None if amount is None else money.to_micros(amount),
            coupon=said.get("coupon", ""),
        )

    def clean_amount(self) -> Decimal:
        """Too large to be an amount at all; the offer's own bounds are the service's."""
        amount: Decimal = self.cleaned_data["amount"]
        if amount > _LARGEST:
            raise forms.ValidationError(_("That is too much."))
        return amount
