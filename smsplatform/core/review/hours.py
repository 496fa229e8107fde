"""When people work, and when a promise made in working hours falls due. No database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from smsplatform.core import days

# Whoever never works again has no due time; a promise looks no further ahead than this.
_DAYS_AHEAD = 366


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when, by the wall clock of one day."""

    opens_at: time
    closes_at: time


@dataclass(frozen=True, slots=True)
class Calendar:
    """`week` is by weekday, Monday is 0; `days` are exceptions: hours, or None for a day off."""

    zone: str
    week: Mapping[int, Span]
    days: Mapping[date, Span | None] = field(default_factory=dict)

    def on(self, day: date) -> tuple[datetime, datetime] | None:
        """The instants, in UTC, between which people work that day; None when they do not."""
        span = self.days[day] if day in self.days else self.week.get(day.weekday())
        if span is None:
            return None
        return self._instant(day, span.opens_at), self._instant(day, span.closes_at)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZoneInfo(self.zone)).astimezone(UTC)


def add_working(now: datetime, hours: float, calendar: Calendar) -> datetime:
    """When so many working hours have passed, in UTC.

    A calendar without any hours in a year promises by the plain clock instead.
    """
    left = timedelta(hours=hours)
    day = days.containing(now, calendar.zone)
    for _ahead in range(_DAYS_AHEAD):
        span = calendar.on(day)
        if span is not None:
            begins = max(now.astimezone(UTC), span[0])
            worked = max(span[1] - begins, timedelta())
            if worked and worked >= left:
                return begins + left
            left -= worked
        day += timedelta(days=1)
    return now.astimezone(UTC) + timedelta(hours=hours)


def add_working_days(now: datetime, days_: int, calendar: Calendar) -> datetime:
    """The end of so many working days after today's, in UTC.

    A calendar without any in the time it looks ahead promises by plain days instead.
    """
    today, left = days.containing(now, calendar.zone), days_
    for ahead in range(1, _DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        span = calendar.on(day)
        left -= span is not None
        if not left and span is not None:
            return span[1]
    return now.astimezone(UTC) + timedelta(days=days_)
