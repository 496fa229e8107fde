"""What a text costs while it is written: a piece of other apps' pages."""

from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse

from accounts.services.permissions import Permission
from billing.services import pricing
from smsplatform.core import clock
from smsplatform.portal import MemberView

MOST_PARTS = 255


class TextForm(forms.Form):
    """A message of `parts`, and of `most_parts` with the longest values. `country` empty: to any
    of those that are priced, but `but`."""

    message_class = forms.ChoiceField(choices=[(name, name) for name in pricing.CLASSES])
    parts = forms.IntegerField(min_value=1, max_value=MOST_PARTS)
    most_parts = forms.IntegerField(min_value=1, max_value=MOST_PARTS)
    country = forms.CharField(max_length=2, required=False)
    but = forms.CharField(max_length=2, required=False)


@dataclass(frozen=True, slots=True)
class Range:
    """Of one message, in micros; alike where every destination costs the same."""

    low: int
    high: int

    def __mul__(self, parts: int) -> "Range":
        return Range(self.low * parts, self.high * parts)


class PriceOfText(MemberView):
    """By shared routes and the prices of a month's first parts. An estimate knows more: it knows
    the recipient."""

    permission = Permission.CONTENT_READ
    page = "billing/price_of_text.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = TextForm(request.GET)
        if not form.is_valid():
            return HttpResponse(status=400)
        asked = form.cleaned_data
        price = self._price(asked["message_class"], asked["country"], asked["but"])
        return self.show(
            usual=price and price * asked["parts"],
            most=price and price * asked["most_parts"],
            is_longer=asked["most_parts"] > asked["parts"],
            currency=self.member.account.currency,
        )

    def _price(self, message_class: str, country: str, but: str) -> Range | None:
        account = self.member.account
        offered = pricing.offered(
            book=pricing.load(account_ids=[account.pk], now=clock.now()),
            account_id=account.pk,
            currency=account.currency,
            country=country or None,
        )
        prices = [
            one.quote.price_micros
            for one in offered
            if one.message_class == message_class and not (but and one.country == but)
        ]
        return Range(min(prices), max(prices)) if prices else None
