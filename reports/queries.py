"""Read-only questions of the pages that join apps."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import connection
from django.db.models import Q, Sum

from accounts.models import Account
from billing.models import Wallet
from messaging.states import State
from reports.models import DailyStat, HourlyStat
from smsplatform.core import days, ids

CHART_DAYS = 14
# Of an account that has more today, the page shows what the rollup counted last.
MOST_COUNTED = 10_000


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
    """Messages accepted since midnight in the account's zone; as of `counted_at`, if it is set."""

    date: date
    states: Mapping[str, int]
    hours: list[Bucket]
    counted_at: datetime | None = None

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
    """As it is, or as it was counted last where there is too much to count: one query, or two."""
    date_today = days.containing(now, account.timezone)
    starts = days.hours(date_today, account.timezone)
    end = days.end(date_today, account.timezone)
    counted = _count(account, starts, end, most=MOST_COUNTED + 1)
    if sum(count for _hour, _state, count in counted) <= MOST_COUNTED:
        return _today(date_today, starts, counted)
    rolled = HourlyStat.objects.for_account(account).filter(hour_at__gte=starts[0], hour_at__lt=end)
    rows = list(rolled.values_list("hour_at", "state", "messages", "counted_at"))
    if not rows:  # the day is young
        return _today(date_today, starts, _count(account, starts, end, most=None))
    # By the second: of an hour that comes twice, equal instants of two zones are not equal.
    places = {start.timestamp(): place for place, start in enumerate(starts, start=1)}
    known = [
        (places[at.timestamp()], state, messages)
        for at, state, messages, _counted in rows
        if at.timestamp() in places  # not where the account has moved by half an hour since
    ]
    return _today(date_today, starts, known, counted_at=rows[0][3])


def _today(
    day: date,
    starts: list[datetime],
    counted: Iterable[tuple[int, str, int]],
    counted_at: datetime | None = None,
) -> Today:
    by_hour = [Counter[str]() for _start in starts]
    for place, state, count in counted:
        by_hour[place - 1][_PUBLIC_STATES.get(state, state)] += count
    hours = [
        Bucket(start, _outcomes(states)) for start, states in zip(starts, by_hour, strict=True)
    ]
    totals = sum(by_hour, Counter[str]())
    return Today(day, {state: totals[state] for state in State if totals[state]}, hours, counted_at)


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


def _count(
    account: Account, starts: list[datetime], end: datetime, *, most: int | None
) -> list[tuple[int, str, int]]:
    """Places of hours from 1. Hours are cut by id, so the database reads the day and nothing else,
    and of the day's messages no more than `most`."""
    bounds = [ids.first_at(start) for start in starts]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT width_bucket(id, %s::uuid[]), state, count(*) FROM ("
            " SELECT id, state FROM messaging_message"
            " WHERE account_id = %s AND id >= %s AND id < %s ORDER BY id LIMIT %s"
            ") found GROUP BY 1, 2",
            [bounds, account.pk, bounds[0], ids.first_at(end), most],
        )
        return list(cursor.fetchall())
