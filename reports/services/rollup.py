"""Counts the messages of a day into DailyStat, and of today into HourlyStat, too: from nothing, as
often as one likes.

A day is a day of the account's zone, so accounts are counted by zone. Messages are asked for by a
range of ids, which is a range of time: only the months that the day touches are read.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from messaging import states
from reports.services import retention
from smsplatform.core import days, ids
from smsplatform.core.errors import DomainError

# Any constant: two rebuilds of one day wait for each other, of two days do not.
_LOCK = 7_301_002
_ONE_DAY = timedelta(days=1)

_DELETE = """
    DELETE FROM reports_dailystat WHERE date = %(date)s
    AND account_id IN (SELECT id FROM accounts_account WHERE timezone = %(zone)s)
"""
_DELETE_HOURS = """
    DELETE FROM reports_hourlystat
    WHERE account_id IN (SELECT id FROM accounts_account WHERE timezone = %(zone)s)
"""
# A refund of a message that was delivered after all stays: its entry says so, its state does not.
# Counted by the hour even where only the day is wanted: the messages are read once.
_COUNT = """
    WITH counted AS MATERIALIZED (
    SELECT m.account_id, m.project_id, m.country, m.message_class, m.state, m.currency,
           (%(hours)s::timestamptz[])[width_bucket(m.id, %(bounds)s::uuid[])] AS hour_at,
           count(*) AS messages, sum(m.parts) AS parts,
           sum(CASE WHEN m.state = ANY(%(never_accepted)s)
                      OR (m.basis = 'delivered' AND m.state = ANY(%(not_delivered)s))
                      OR r.reference IS NOT NULL
                    THEN 0 ELSE m.price_micros END) AS price_micros
    FROM messaging_message m
    JOIN accounts_account a ON a.id = m.account_id AND a.timezone = %(zone)s
    LEFT JOIN (
        SELECT reference FROM billing_entry
        WHERE kind = 'refund' AND line = 0
          AND reference >= 'message:' || %(first)s::text
          AND reference < 'message:' || %(end)s::text
    ) r ON m.basis = 'delivered' AND r.reference = 'message:' || m.id::text
    WHERE m.id >= %(first)s::uuid AND m.id < %(end)s::uuid
    GROUP BY m.account_id, m.project_id, m.country, m.message_class, m.state, m.currency, hour_at
    ), by_hour AS (
    INSERT INTO reports_hourlystat (account_id, hour_at, state, messages, counted_at)
    SELECT account_id, hour_at, state, sum(messages), %(now)s
    FROM counted WHERE %(now)s::timestamptz IS NOT NULL
    GROUP BY account_id, hour_at, state
    )
    INSERT INTO reports_dailystat (account_id, date, project_id, country, message_class, state,
                                   currency, messages, parts, price_micros)
    SELECT account_id, %(date)s, project_id, country, message_class, state, currency,
           sum(messages), sum(parts), sum(price_micros)
    FROM counted
    GROUP BY account_id, project_id, country, message_class, state, currency
"""


class NotRetained(DomainError):
    code = "day_not_retained"
    status = 409
    message = _("The messages of {date} are no longer all kept; its statistics stay as they are.")


def rebuild_day(*, day: date) -> int:
    """Count one day of every zone anew; returns the rows written. Refuses a day already dropped."""
    return sum(_rebuild(day, zone) for zone in zones())


def rebuild_recent(*, now: datetime, days_back: int) -> int:
    """Today and the days before it, in each zone's own calendar; what is not kept is left alone."""
    written = 0
    for zone in zones():
        today = days.containing(now, zone)
        for day in range_of_days(today - timedelta(days=days_back), today + _ONE_DAY):
            if _is_retained(day, zone):
                written += _rebuild(day, zone, now if day == today else None)
    return written


def zones() -> list[str]:
    return list(Account.objects.order_by("timezone").values_list("timezone", flat=True).distinct())


def range_of_days(first: date, until: date) -> Iterator[date]:
    while first < until:
        yield first
        first += _ONE_DAY


def _rebuild(day: date, zone: str, now: datetime | None = None) -> int:
    """`now` while the day is in progress: then its hours are kept, too."""
    if not _is_retained(day, zone):
        raise NotRetained(date=day)
    hours = days.hours(day, zone) if now else [days.start(day, zone)]
    values: dict[str, Any] = {
        "date": day,
        "zone": zone,
        "now": now,
        "hours": hours,
        "bounds": [_bound(hour) for hour in hours],
        "first": _bound(days.start(day, zone)),
        "end": _bound(days.end(day, zone)),
        "never_accepted": sorted(states.NEVER_ACCEPTED),
        "not_delivered": sorted(states.NOT_DELIVERED),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, day.toordinal()])
        cursor.execute(_DELETE, values)
        if now:
            cursor.execute(_DELETE_HOURS, values)
        cursor.execute(_COUNT, values)
        return int(cursor.rowcount)


def _bound(instant: datetime) -> UUID:
    return ids.first_at(instant)


def _is_retained(day: date, zone: str) -> bool:
    oldest = retention.kept_since()
    return oldest is not None and days.start(day, zone) >= oldest
