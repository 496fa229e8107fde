"""The close of a month: who pays all parts at the price of the tier reached gets the difference.

During the month each part costs what the first ones cost. One entry for each count settles it, from
the ledger alone; what is refunded later belongs to the month of its refund.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, Sum, When

from billing.models import Entry, LedgerHead, Rate, TierCount, Wallet
from billing.services import counting, ledger
from billing.services.counting import month_after, month_of
from billing.services.ledger import Books, Movement
from billing.services.pricing import tiers_in
from smsplatform.core import days

# Whoever took the time before the month ended has booked by then.
SETTLED_AFTER = timedelta(hours=1)
# Nowhere does a month end earlier.
_EAST_OF_UTC = timedelta(hours=14)


def close_ended(*, now: datetime) -> int:
    """Every count of a month that has ended; returns how many. Twice changes nothing."""
    current = month_of(now - SETTLED_AFTER + _EAST_OF_UTC, "UTC")
    waiting = TierCount.objects.filter(closed_at=None, month__lt=current)
    accounts = waiting.order_by("account_id").values_list("account_id", flat=True).distinct()
    return sum(_close(account_id, now) for account_id in accounts)


def _close(account_id: int, now: datetime) -> int:
    with transaction.atomic():
        books = ledger.open_books([account_id])
        head = LedgerHead.objects.get(account=account_id)
        current = month_of(now - SETTLED_AFTER, head.timezone)
        counts = list(
            TierCount.objects.filter(account=account_id, closed_at=None, month__lt=current)
            .select_related("list")
            .order_by("month", "id")
        )
        for count in counts:
            _settle(count, head.timezone, books, now)
        books.close()
        TierCount.objects.filter(pk__in=[count.pk for count in counts]).update(closed_at=now)
    return len(counts)


def _settle(count: TierCount, zone: str, books: Books, now: datetime) -> None:
    amount = sum(_differences(count, zone))
    if not amount:
        return
    wallet = next(
        one
        for one in books.wallets_of(count.account_id)
        if one.unit == Wallet.Unit.MICROS and one.currency == count.list.currency
    )
    movement = Movement(
        kind=Entry.Kind.TIER_ADJUSTMENT.value,
        wallet_id=wallet.id,
        amount=amount,
        reference=f"tiers:{count.pk}",
        parts=count.parts,
        actor=f"{count.scope} {count.month:%Y-%m}",
    )
    books.append(movement, now=now)


def _differences(count: TierCount, zone: str) -> Iterable[int]:
    """Of each price row what its parts cost more than at the tier that the month has reached."""
    rates = Rate.objects.filter(
        version__list=count.list_id, tier_scope=count.scope, tier_mode=Rate.TierMode.ALL_UNITS
    )
    for rate, parts in _parts(count, zone, {rate.pk: rate for rate in rates}):
        tiers = tiers_in(rate, count.list_id)
        if tiers is not None:
            reached = counting.price_reached(tiers, rate.price_micros, count.parts)
            yield parts * (rate.price_micros - reached)


def _parts(count: TierCount, zone: str, rates: dict[int, Rate]) -> Iterable[tuple[Rate, int]]:
    """Charged less refunded, in the month, by price row."""
    net = Case(When(Q(kind=Entry.Kind.CHARGE), then=F("parts")), default=-F("parts"))
    found = (
        Entry.objects.filter(
            account=count.account_id,
            kind__in=(Entry.Kind.CHARGE, Entry.Kind.REFUND),
            rate_id__in=rates,
            booked_at__gte=days.start(count.month, zone),
            booked_at__lt=days.start(month_after(count.month), zone),
        )
        .values_list("rate_id")
        .annotate(net=Sum(net))
    )
    return [(rates[rate_id], parts) for rate_id, parts in found]
