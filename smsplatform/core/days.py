"""Days of a time zone: where one begins is an instant, and not every day has 24 hours."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start(day: date, zone: str) -> datetime:
    """The first instant of the day. Where the clock skips midnight, the instant of the skip."""
    return datetime.combine(day, time.min, ZoneInfo(zone))


def end(day: date, zone: str) -> datetime:
    """Exclusive: the first instant of the next day."""
    return start(day + timedelta(days=1), zone)


def containing(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def hours(day: date, zone: str) -> list[datetime]:
    """The instants at which its hours begin: 23, 24 or 25; summer time begins and ends."""
    first, until = start(day, zone), end(day, zone)
    seconds = range(int(first.timestamp()), int(until.timestamp()), 3600)
    return [datetime.fromtimestamp(second, first.tzinfo) for second in seconds]
