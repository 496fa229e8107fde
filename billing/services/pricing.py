"""What one part costs whom. A quote is an estimate until acceptance charges it under the lock.

Lists are asked in order: the account's contract, its group's list, everybody's, the sample; the
first that prices the destination wins. Which versions hold is asked once a second; what a version
says never changes, and is read once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from billing.models import PriceVersion, Rate
from smsplatform.core.remember import each_for_a_second, each_for_good

# The classes of messages, by templates_app.models.MessageClass, which stands beside this app.
CLASSES = ("verification", "notice", "marketing")


class Asked(NamedTuple):
    """Who wants to send what by which kind of route (Rate.Route)."""

    account_id: int
    country: str
    message_class: str
    currency: str
    route: str


@dataclass(frozen=True, slots=True)
class Tiers:
    """Prices by the parts of a month: above so many, this price; ascending."""

    list_id: int
    scope: str
    mode: str
    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """`rate_id` is the row that says so. With tiers the price is that of a month's first parts."""

    price_micros: int
    basis: str
    rate_id: int
    is_sample: bool = False
    tiers: Tiers | None = None

    @property
    def is_chargeable(self) -> bool:
        """Nobody pays by a sample, except where all is a demonstration."""
        return not self.is_sample or settings.DEMO


class Stance(NamedTuple):
    """A version that holds from an instant on, and whose list it is of: the lowest rank first."""

    rank: int
    list_id: int
    currency: str
    is_sample: bool
    version_id: int
    valid_from: datetime


class Offer:
    """What one version says of a country, class and route, by the number's first digits."""

    def __init__(self, quotes: Mapping[str, Quote]) -> None:
        self._quotes = quotes
        self._lengths = sorted({len(prefix) for prefix in quotes}, reverse=True)

    @property
    def prefixes(self) -> Collection[str]:
        return self._quotes.keys()

    def find(self, digits: str) -> Quote | None:
        """The longest prefix wins."""
        for length in self._lengths:
            quote = self._quotes.get(digits[:length])
            if quote is not None:
                return quote
        return None


@dataclass(slots=True)
class Sheet:
    """All rates of one version."""

    list_id: int
    rates: Sequence[Rate]
    is_sample: bool
    _offers: dict[tuple[str, str, str], Offer] = field(default_factory=dict)

    def offer(self, country: str, message_class: str, route: str) -> Offer:
        key = (country, message_class, route)
        if key not in self._offers:
            self._offers[key] = Offer(self._quotes(*key))
        return self._offers[key]

    def _quotes(self, country: str, message_class: str, route: str) -> dict[str, Quote]:
        fitting = [
            rate
            for rate in self.rates
            if rate.country in ("", country)
            and rate.message_class in ("", message_class)
            and rate.route in ("", route)
        ]
        # What says more comes later, and stays.
        return {rate.prefix: self._quote(rate) for rate in sorted(fitting, key=_says)}

    def _quote(self, rate: Rate) -> Quote:
        tiers = tiers_in(rate, self.list_id)
        return Quote(rate.price_micros, rate.basis, rate.pk, self.is_sample, tiers)


def tiers_in(rate: Rate, list_id: int) -> Tiers | None:
    if not rate.tier_mode:
        return None
    return Tiers(list_id, rate.tier_scope, rate.tier_mode, rate.tiers)


def _says(rate: Rate) -> tuple[bool, bool, bool]:
    return bool(rate.country), bool(rate.message_class), bool(rate.route)


class PriceBook:
    """The prices that a group of requests may need, as they are at one instant."""

    def __init__(
        self, stances: Mapping[int, Sequence[Stance]], sheets: Mapping[int, Sheet]
    ) -> None:
        """By account, what holds for it, the first to be asked first."""
        self._stances = stances
        self._sheets = sheets
        self._offers: dict[Asked, list[Offer]] = {}

    def quote(self, asked: Asked, number: str) -> Quote | None:
        """None where no list prices it: no sending. `number` is E.164."""
        digits = number[1:]
        for offer in self.offers(asked):
            quote = offer.find(digits)
            if quote is not None:
                return quote
        return None

    def offers(self, asked: Asked) -> list[Offer]:
        """The first that finds a price wins."""
        if asked not in self._offers:
            self._offers[asked] = [
                self._sheets[stance.version_id].offer(
                    asked.country, asked.message_class, asked.route
                )
                for stance in self._stances[asked.account_id]
                if stance.currency == asked.currency
            ]
        return self._offers[asked]

    def countries(self, *, account_id: int, currency: str) -> set[str]:
        """Those that some list names; empty stands for any other."""
        return {
            rate.country
            for stance in self._stances[account_id]
            if stance.currency == currency
            for rate in self._sheets[stance.version_id].rates
        }


class Offered(NamedTuple):
    """A line of what an account is offered."""

    country: str
    message_class: str
    prefix: str
    quote: Quote


def offered(
    *, book: PriceBook, account_id: int, currency: str, country: str | None
) -> Iterator[Offered]:
    """By shared routes; of one country, which may be priced as any other, or of all."""
    named = book.countries(account_id=account_id, currency=currency)
    for one in sorted(named) if country is None else [country]:
        for message_class in CLASSES:
            asked = Asked(account_id, one, message_class, currency, Rate.Route.SHARED.value)
            seen: set[int] = set()
            prefixes = {prefix for offer in book.offers(asked) for prefix in offer.prefixes}
            for prefix in sorted({"", *prefixes}):
                quote = book.quote(asked, f"+{prefix}")
                if quote is not None and quote.rate_id not in seen:
                    seen.add(quote.rate_id)
                    yield Offered(one, message_class, prefix, quote)


def load(*, account_ids: Collection[int], now: datetime) -> PriceBook:
    """At most one query, but for versions that nobody asked for yet."""
    today = now.astimezone(UTC).date()
    found = _stances([(account_id, today) for account_id in account_ids])
    standing = {account_id: _standing(of, now) for (account_id, _today), of in found.items()}
    wanted = {stance.version_id for of in standing.values() for stance in of}
    return PriceBook(standing, sheets(wanted))


def _standing(stances: Iterable[Stance], now: datetime) -> list[Stance]:
    """Of each list the one that holds now; they come with the latest first."""
    found: dict[int, Stance] = {}
    for stance in stances:
        if stance.valid_from <= now:
            found.setdefault(stance.list_id, stance)
    return sorted(found.values())


@each_for_a_second
def _stances(wanted: Collection[tuple[int, date]]) -> dict[tuple[int, date], list[Stance]]:
    """What holds at some time from that day on; what had ended before it is left out."""
    found: dict[tuple[int, date], list[Stance]] = {key: [] for key in wanted}
    with connection.cursor() as cursor:
        for today in {day for _account, day in wanted}:
            owners = [account_id for account_id, day in wanted if day == today]
            since = datetime.combine(today, time.min, UTC)
            cursor.execute(_FIND, {"accounts": owners, "since": since})
            for owner, *facts in cursor.fetchall():
                stance = Stance._make(facts)
                for account_id in owners if owner is None else [owner]:
                    found[account_id, today].append(stance)
    return found


_FIND = """
    SELECT coalesce(l.account_id, m.account_id) AS owner,
           CASE WHEN l.account_id IS NOT NULL THEN 0 WHEN l.group_id IS NOT NULL THEN 1
                WHEN l.is_sample THEN 3 ELSE 2 END AS rank,
           l.id, l.currency, l.is_sample, v.id, v.valid_from
    FROM billing_priceversion v
    JOIN billing_pricelist l ON l.id = v.list_id
    LEFT JOIN billing_groupmember m
        ON m.group_id = l.group_id AND m.account_id = ANY(%(accounts)s)
    WHERE v.state = 'published'
      AND (l.account_id = ANY(%(accounts)s) OR m.account_id IS NOT NULL
           OR (l.account_id IS NULL AND l.group_id IS NULL))
      AND NOT EXISTS (
          SELECT FROM billing_priceversion n
          WHERE n.list_id = v.list_id AND n.state = 'published' AND n.valid_from <= %(since)s
            AND (n.valid_from, n.number) > (v.valid_from, v.number))
    ORDER BY v.valid_from DESC, v.number DESC
"""


@each_for_good
def sheets(version_ids: Collection[int]) -> dict[int, Sheet]:
    """Of versions that were published: those never change."""
    versions = PriceVersion.objects.filter(pk__in=version_ids).select_related("list")
    return {version.pk: sheet(version) for version in versions.prefetch_related("rates")}


def sheet(version: PriceVersion) -> Sheet:
    """Of a draft too."""
    return Sheet(version.list_id, list(version.rates.all()), version.list.is_sample)


@each_for_good
def tiers_of(rate_ids: Collection[int]) -> dict[int, Tiers | None]:
    """Of rows that something was charged by."""
    rates = Rate.objects.filter(pk__in=rate_ids).select_related("version")
    return {rate.pk: tiers_in(rate, rate.version.list_id) for rate in rates}
