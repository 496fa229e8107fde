"""Prices to look at: what a list looks like, for mainland China and some countries.

They charge no live account, but where all is a demonstration (DEMO=1).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import PriceList, PriceVersion, Rate
from billing.services import pricebook
from billing.states import VersionState
from smsplatform.core import money

NAMES = {"CNY": "Sample, CNY", "GBP": "Sample, GBP"}
NOTE = _("Sample prices: look, do not sell by them.")
_MARKETING = "marketing"

# Currency, country, price of a code or notice, price of marketing, charged when.
PRICES = (
    ("CNY", "CN", "0.045", "0.055", Rate.Basis.DELIVERED),
    ("CNY", "HK", "0.36", "0.36", Rate.Basis.ACCEPTED),
    ("CNY", "TW", "0.33", "0.33", Rate.Basis.ACCEPTED),
    ("CNY", "SG", "0.31", "0.31", Rate.Basis.ACCEPTED),
    ("CNY", "JP", "0.52", "0.52", Rate.Basis.ACCEPTED),
    ("CNY", "US", "0.11", "0.11", Rate.Basis.ACCEPTED),
    ("CNY", "GB", "0.34", "0.34", Rate.Basis.ACCEPTED),
    ("CNY", "DE", "0.68", "0.68", Rate.Basis.ACCEPTED),
    ("GBP", "GB", "0.037", "0.041", Rate.Basis.ACCEPTED),
    ("GBP", "IE", "0.058", "0.058", Rate.Basis.ACCEPTED),
    ("GBP", "US", "0.012", "0.012", Rate.Basis.ACCEPTED),
)


@transaction.atomic
def install(*, now: datetime) -> None:
    """On a platform that has no price list yet."""
    if PriceList.objects.exists():
        return
    for currency, name in NAMES.items():
        of = PriceList.objects.create(name=name, currency=currency, is_sample=True)
        rates = [rate for row in PRICES if row[0] == currency for rate in _rates(*row[1:])]
        version = pricebook.draft(of=of, valid_from=now, rates=rates, by=None, note=str(NOTE))
        PriceVersion.objects.filter(pk=version.pk).advance(VersionState.PUBLISHED, published_at=now)


def _rates(country: str, price: str, marketing: str, basis: str) -> list[Rate]:
    asked = {"": price} if price == marketing else {"": price, _MARKETING: marketing}
    return [
        Rate(
            country=country,
            message_class=message_class,
            price_micros=money.to_micros(amount),
            basis=basis,
        )
        for message_class, amount in asked.items()
    ]
