"""Offers to look at: what a catalogue is like. A live platform shows and sells none of them."""

from django.db import transaction

from billing.models import Offer, Package
from smsplatform.core import money

# Name, parts, price: of packages for mainland China.
_PACKAGES = (
    ("Sample: 1,000 parts", 1_000, "50"),
    ("Sample: 10,000 parts", 10_000, "450"),
    ("Sample: 100,000 parts", 100_000, "4000"),
)
_CURRENCY, _COUNTRY = "CNY", "CN"
_TOPUP = ("Sample: top-up", "10", "50000")


@transaction.atomic
def install() -> None:
    """On a platform that has no offer yet."""
    if Offer.objects.exists():
        return
    for position, (name, parts, price) in enumerate(_PACKAGES):
        micros = money.to_micros(price)
        package = Package.objects.create(
            name=name,
            parts=parts,
            price_micros=micros,
            currency=_CURRENCY,
            country=_COUNTRY,
            is_on_sale=False,
        )
        _offer(name, micros, micros, position, package)
    name, least, most = _TOPUP
    _offer(name, money.to_micros(least), money.to_micros(most), len(_PACKAGES))


def _offer(name: str, least: int, most: int, position: int, package: Package | None = None) -> None:
    Offer.objects.create(
        name=name,
        package=package,
        currency=_CURRENCY,
        least_micros=least,
        most_micros=most,
        position=position,
        is_sample=True,
    )
