"""Every price of today goes on in a list: one of each customer's own, one of everybody's, for each
currency. Where some price of a list began or ended, a version of it begins; at each instant a list
says what its prices said.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import migrations


def timeline(prices: Iterable[Any]) -> Iterator[tuple[datetime, list[Any]]]:
    """Instants, ascending, and the prices that hold from each on: of a country and class the one
    that began last."""
    rows = sorted(prices, key=lambda price: (price.valid_from, price.pk))
    instants = {price.valid_from for price in rows} | {price.valid_until for price in rows}
    before: list[Any] | None = None
    for instant in sorted(instants - {None}):
        holding = {
            (price.country, price.message_class): price
            for price in rows
            if price.valid_from <= instant
            and (price.valid_until is None or instant < price.valid_until)
        }
        found = list(holding.values())
        if found != before:
            yield instant, found
        before = found


def fill(apps: Any, schema_editor: Any) -> None:
    owned = defaultdict(list)
    for price in apps.get_model("billing", "Price").objects.select_related("account"):
        owned[price.account, price.currency].append(price)
    for (account, currency), prices in owned.items():
        name = f"#{account.pk} {account.name}"[:70] if account else "Standard"
        made = apps.get_model("billing", "PriceList").objects.create(
            name=f"{name}, {currency}", currency=currency, account=account
        )
        for number, (instant, holding) in enumerate(timeline(prices), start=1):
            _version(apps, made, number, instant, holding)


def _version(apps: Any, of: Any, number: int, instant: datetime, prices: list[Any]) -> None:
    Rate = apps.get_model("billing", "Rate")
    version = apps.get_model("billing", "PriceVersion").objects.create(
        list=of, number=number, state="published", valid_from=instant, published_at=of.created_at
    )
    Rate.objects.bulk_create(
        Rate(
            version=version,
            country=price.country,
            message_class=price.message_class,
            price_micros=price.price_micros,
            basis=price.basis,
        )
        for price in prices
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_price_book")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
