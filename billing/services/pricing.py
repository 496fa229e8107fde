"""What one part costs whom. A quote is an estimate until acceptance charges it under the lock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from billing.models import Price
from smsplatform.core.remember import each_for_a_second


@dataclass(frozen=True, slots=True)
class Quote:
    price_micros: int
    basis: str


@dataclass(frozen=True, slots=True)
class _Period:
    """A price and when it holds; `until` is None where no end is known."""

    start: datetime
    until: datetime | None
    quote: Quote

    def holds(self, now: datetime) -> bool:
        return self.start <= now and (self.until is None or now < self.until)


# Country, class and currency to their periods, the latest first.
_Prices = Mapping[tuple[str, str, str], Sequence[_Period]]
_LIST = 0


class PriceBook:
    """The prices that a group of requests may need, as they are at one instant."""

    def __init__(self, prices: Mapping[int, _Prices], now: datetime) -> None:
        self._prices = prices
        self._now = now
        self._quotes: dict[tuple[int, str, str, str], Quote | None] = {}

    def quote(
        self, *, account_id: int, country: str, message_class: str, currency: str
    ) -> Quote | None:
        """The account's own price before the list's; None where there is neither: no sending."""
        key = (account_id, country, message_class, currency)
        if key not in self._quotes:
            self._quotes[key] = self._find(account_id, key[1:]) or self._find(_LIST, key[1:])
        return self._quotes[key]

    def _find(self, owner: int, scope: tuple[str, str, str]) -> Quote | None:
        periods = self._prices[owner].get(scope, ())
        return next((period.quote for period in periods if period.holds(self._now)), None)


def load(*, account_ids: Collection[int], now: datetime) -> PriceBook:
    """At most one query; price lists that were read within the last second are remembered."""
    return PriceBook(_prices([_LIST, *account_ids]), now)


@each_for_a_second
def _prices(owners: Collection[int]) -> Mapping[int, _Prices]:
    rows = (
        Price.objects.filter(Q(account__isnull=True) | Q(account__in=owners))
        .order_by("-valid_from", "-id")
        .values_list(
            "account_id", "country", "message_class", "currency",
            "valid_from", "valid_until", "price_micros", "basis",
        )
    )  # fmt: skip
    found: dict[int, dict[tuple[str, str, str], list[_Period]]] = {owner: {} for owner in owners}
    for row in rows:
        prices = found.get(row[0] or _LIST)
        if prices is not None:
            period = _Period(row[4], row[5], Quote(row[6], row[7]))
            prices.setdefault(row[1:4], []).append(period)
    return found
