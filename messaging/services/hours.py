"""Sending hours: whether a class may be sent to a country now, and if not, from when on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from messaging.models import SendingHours
from smsplatform.core.remember import for_a_second

# Zones whose common hours are so few that none come within these days have none.
_DAYS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Hours:
    """`opens` included, `closes` not, on the clock of each zone."""

    opens: time
    closes: time
    zones: tuple[ZoneInfo, ...]

    def are_open(self, instant: datetime) -> bool:
        clocks = (instant.astimezone(zone).time() for zone in self.zones)
        return all(self.opens <= clock < self.closes for clock in clocks)

    def next_opening(self, instant: datetime) -> datetime | None:
        """The first instant from `instant` on at which they are open; None where none comes soon.

        They can only begin when one of the zones opens.
        """
        if self.are_open(instant):
            return instant
        openings = (
            datetime.combine(
                instant.astimezone(zone).date() + timedelta(days=days), self.opens, zone
            )
            for zone in self.zones
            for days in range(_DAYS_AHEAD)
        )
        coming = sorted(opening for opening in openings if opening > instant)
        return next((opening for opening in coming if self.are_open(opening)), None)


Table = Mapping[tuple[str, str], Hours]


@for_a_second
def table() -> Table:
    """By country and class. Where nothing is said every hour is right."""
    return {
        (row.country, row.message_class): Hours(
            row.opens_at, row.closes_at, tuple(ZoneInfo(name) for name in row.zones)
        )
        for row in SendingHours.objects.filter(is_active=True)
    }
