"""What one part costs whom. A quote is an estimate until acceptance charges it under the lock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from billing.models import Price


@dataclass(frozen=True, slots=True)
class Quote:
    price_micros: int
    basis: str


class PriceBook:
    """The prices that a group of requests may need, loaded with one query."""

    def __init__(self, quotes: dict[tuple[int | None, str, str, str], Quote]) -> None:
        self._quotes = quotes

    def quote(
        self, *, account_id: int, country: str, message_class: str, currency: str
    ) -> Quote | None:
        """The account's own price before the list's; None where there is neither: no sending."""
        scope = (country, message_class, currency)
        return self._quotes.get((account_id, *scope)) or self._quotes.get((None, *scope))


def load(*, account_ids: Collection[int], countries: Collection[str], now: datetime) -> PriceBook:
    rows = (
        Price.objects.filter(
            Q(account__isnull=True) | Q(account__in=account_ids),
            Q(valid_until__isnull=True) | Q(valid_until__gt=now),
            country__in=countries,
            valid_from__lte=now,
        )
        .order_by("valid_from", "id")
        .values_list("account_id", "country", "message_class", "currency", "price_micros", "basis")
    )
    # Later periods overwrite earlier ones.
    return PriceBook({row[:4]: Quote(row[4], row[5]) for row in rows})
