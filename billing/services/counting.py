"""How many parts of a month an account has paid by prices with tiers: read under its ledger's lock,
judged in memory, written by one statement."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection

from billing.models import TierCount
from billing.services.pricing import Tiers
from smsplatform.core import days

_FIVE_DAYS = timedelta(days=5)


class Place(NamedTuple):
    """What is counted together."""

    account_id: int
    list_id: int
    scope: str
    month: date


class Counts:
    """Of the accounts whose ledgers are locked. Nothing is read before something is asked."""

    def __init__(self, zones: Mapping[int, str]) -> None:
        self._zones = zones
        self._months: set[date] = set()
        self._stored: dict[Place, int] = {}
        self._added: dict[Place, int] = {}

    def place(self, account_id: int, tiers: Tiers, now: datetime) -> Place:
        month = month_of(now, self._zones[account_id])
        return Place(account_id, tiers.list_id, tiers.scope, month)

    def of(self, place: Place) -> int:
        """Below zero where more was given back than charged."""
        if place.month not in self._months:
            self._read(place.month)
        return self._stored.get(place, 0) + self._added.get(place, 0)

    def add(self, place: Place, parts: int) -> None:
        self._added[place] = self._added.get(place, 0) + parts

    def write(self) -> None:
        if not self._added:
            return
        places = sorted(self._added)
        columns = [list(column) for column in zip(*places, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [*columns, [self._added[place] for place in places]])
        self._added.clear()

    def _read(self, month: date) -> None:
        """For all accounts at once."""
        rows = TierCount.objects.filter(account__in=self._zones, month=month)
        for *place, parts in rows.values_list("account_id", "list_id", "scope", "month", "parts"):
            self._stored[Place._make(place)] = parts
        self._months.add(month)


_ADD = """
    INSERT INTO billing_tiercount (account_id, list_id, scope, month, parts)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::bigint[])
    ON CONFLICT (account_id, list_id, scope, month)
    DO UPDATE SET parts = billing_tiercount.parts + excluded.parts
"""


def month_of(instant: datetime, zone: str) -> date:
    return days.containing(instant, zone).replace(day=1)


def month_after(month: date) -> date:
    return (month.replace(day=28) + _FIVE_DAYS).replace(day=1)


def price_of_part(tiers: Tiers, base_micros: int, before: int) -> tuple[int, int | None]:
    """Of the part that comes after so many, and how many of them cost the same; None: all."""
    price, left = base_micros, None
    for above, step_micros in tiers.steps:
        if before < above:
            left = above - before
            break
        price = step_micros
    return price, left


def price_reached(tiers: Tiers, base_micros: int, parts: int) -> int:
    """What each of so many parts of a month costs where the tier reached prices all of them."""
    return price_of_part(tiers, base_micros, parts - 1)[0]
