"""Read-only questions of the pages that join apps."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import connection
from django.db.models import Q, Sum

from accounts.models import Account
from billing.models import Wallet
from messaging.states import State
from reports.models import DailyStat
from smsplatform.core import days, ids

CHART_DAYS = 14


class Outcome(StrEnum):
    """Thirteen states are too many for an eye."""

    DELIVERED = "delivered"
    UNDERWAY = "underway"
    UNKNOWN = "unknown"
    LOST = "lost"


# What is uncertain inside is still being sent for the customer.
_PUBLIC_STATES: Mapping[str, str] = {State.UNCERTAIN: State.SENDING}

_OUTCOMES: Mapping[str, Outcome] = {
    State.DELIVERED: Outcome.DELIVERED,
    State.NO_RECEIPT: Outcome.UNKNOWN,
    State.UNDELIVERED: Outcome.LOST,
    State.FAILED: Outcome.LOST,
    State.EXPIRED: Outcome.LOST,
    State.REJECTED: Outcome.LOST,
    State.CANCELLED: Outcome.LOST,
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """How the messages that were accepted in one hour, or on one day, have fared."""

    start: datetime | date
    outcomes: Mapping[Outcome, int] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class Today:
    """Messages accepted since midnight in the account's zone."""

    date: date
    states: Mapping[str, int]
    hours: list[Bucket]

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def outcomes(self) -> Counter[Outcome]:
        return _outcomes(self.states)

    @property
    def delivered_percent(self) -> float | None:
        """Of those whose end is known. Rounded down: 100 means all."""
        outcomes = self.outcomes
        ended = outcomes.total() - outcomes[Outcome.UNDERWAY]
        return outcomes[Outcome.DELIVERED] * 1000 // ended / 10 if ended else None


def wallets(*, account: Account, now: datetime) -> list[Wallet]:
    """Money first, then packages that can still pay, in the order in which they expire."""
    usable = Q(unit=Wallet.Unit.MICROS) | Q(balance__gt=0) & (
        Q(expires_at=None) | Q(expires_at__gt=now)
    )
    found = Wallet.objects.for_account(account).filter(usable).select_related("package")
    return list(found.order_by("unit", "expires_at", "id"))


def today(*, account: Account, now: datetime) -> Today:
    """One query. Hours are cut by id, so the database reads the day and nothing else."""
    date_today = days.containing(now, account.timezone)
    starts = _hours(date_today, account.timezone)
    by_hour = [Counter[str]() for _start in starts]
    end = days.end(date_today, account.timezone)
    for position, state, count in _count(account, starts, end):
        by_hour[position - 1][_PUBLIC_STATES.get(state, state)] += count
    hours = [
        Bucket(start, _outcomes(states)) for start, states in zip(starts, by_hour, strict=True)
    ]
    totals = sum(by_hour, Counter[str]())
    return Today(date_today, {state: totals[state] for state in State if totals[state]}, hours)


def recent_days(*, account: Account, until: Today) -> list[Bucket]:
    """The last days as they were rolled up, and today as it is. One query."""
    first = until.date - timedelta(days=CHART_DAYS - 1)
    found = DailyStat.objects.for_account(account).filter(date__gte=first, date__lt=until.date)
    rows = found.values_list("date", "state").annotate(Sum("messages"))
    by_date: dict[date, Counter[str]] = {
        first + timedelta(days=offset): Counter() for offset in range(CHART_DAYS - 1)
    }
    for day, state, count in rows:
        by_date[day][state] = count
    past = [Bucket(day, _outcomes(states)) for day, states in by_date.items()]
    return [*past, Bucket(until.date, until.outcomes)]


def _outcomes(states: Mapping[str, int]) -> Counter[Outcome]:
    outcomes: Counter[Outcome] = Counter()
    for state, count in states.items():
        outcomes[_OUTCOMES.get(state, Outcome.UNDERWAY)] += count
    return outcomes


def _hours(day: date, zone: str) -> list[datetime]:
    """23, 24 or 25 instants: summer time begins and ends."""
    start, end = days.start(day, zone).timestamp(), days.end(day, zone).timestamp()
    tz = days.start(day, zone).tzinfo
    return [datetime.fromtimestamp(second, tz) for second in range(int(start), int(end), 3600)]


def _count(account: Account, starts: list[datetime], end: datetime) -> list[tuple[int, str, int]]:
    bounds = [ids.first_at(start) for start in starts]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT width_bucket(id, %s::uuid[]), state, count(*) FROM messaging_message"
            " WHERE account_id = %s AND id >= %s AND id < %s GROUP BY 1, 2",
            [bounds, account.pk, bounds[0], ids.first_at(end)],
        )
        return list(cursor.fetchall())
