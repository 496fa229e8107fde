"""How the review desk is doing: what waits, how long, and who decides how fast."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q

from smsplatform.core import days
from smsplatform.core.errors import Sentence
from smsplatform.core.review import Decision, Item, kinds

DAYS = 28
MOST_PEOPLE = 50
MOST_REASONS = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind in the queue. `oldest_at` is None where nothing waits."""

    kind: str
    label: Sentence
    count: int
    overdue: int
    nudged: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Speed:
    """What was decided in the last `DAYS` days, by a kind or by a person. Hours by the plain clock,
    from submission to decision."""

    name: Sentence
    decided: int
    approved: int
    late: int
    median_hours: float
    slow_hours: float

    @property
    def approved_percent(self) -> int:
        return round(100 * self.approved / self.decided)


@dataclass(frozen=True, slots=True)
class Overview:
    waiting: list[Waiting]
    by_day: dict[date, dict[str, int]]
    by_kind: list[Speed]
    by_person: list[Speed]
    reasons: list[tuple[str, str, int]]


def overview(*, now: datetime) -> Overview:
    """Five queries, whatever the number of reviews."""
    since = days.start(days.containing(now, _zone()) - timedelta(days=DAYS - 1), _zone())
    labels = {kind.name: kind.label for kind in kinds()}
    by_kind = [
        Speed(labels.get(str(speed.name), speed.name), *_rest(speed))
        for speed in _speeds("kind", since)
    ]
    return Overview(
        waiting=waiting(now=now),
        by_day=_by_day(since, now),
        by_kind=by_kind,
        by_person=_speeds("decided_by_name", since)[:MOST_PEOPLE],
        reasons=_reasons(since),
    )


def _zone() -> str:
    return str(settings.STAFF_TIME_ZONE)


def waiting(*, now: datetime) -> list[Waiting]:
    """Each kind, whether or not any of it waits; one query."""
    rows = Item.objects.live().order_by().values_list("kind")
    counted = rows.annotate(
        count=Count("id"),
        overdue=Count("id", filter=Q(due_at__lt=now)),
        nudged=Count("id", filter=Q(nudged_at__isnull=False)),
        oldest_at=Min("opened_at"),
    )
    found = {kind: facts for kind, *facts in counted}
    return [
        Waiting(kind.name, kind.label, *found.get(kind.name, (0, 0, 0, None))) for kind in kinds()
    ]


def _by_day(since: datetime, now: datetime) -> dict[date, dict[str, int]]:
    """Every day from then to today, also those on which nothing was decided."""
    first, last = days.containing(since, _zone()), days.containing(now, _zone())
    found: dict[date, dict[str, int]] = {
        first + timedelta(days=offset): dict.fromkeys(Decision.values, 0)
        for offset in range((last - first).days + 1)
    }
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, [_zone(), since])
        for day, decision, count in cursor.fetchall():
            found[day][decision] = count
    return found


_BY_DAY = """
    SELECT (decided_at AT TIME ZONE %s)::date, decision, count(*) FROM core_item
    WHERE state = 'decided' AND decided_at >= %s GROUP BY 1, 2
"""


def _speeds(column: str, since: datetime) -> list[Speed]:
    with connection.cursor() as cursor:
        cursor.execute(_SPEEDS[column], [since])
        return [Speed(*row) for row in cursor.fetchall()]


_FIGURES = """
    SELECT COLUMN, count(*), count(*) FILTER (WHERE decision = 'approved'),
           count(*) FILTER (WHERE decided_at > due_at),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))
               / 3600,
           percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))
               / 3600
    FROM core_item WHERE state = 'decided' AND decided_at >= %s
    GROUP BY 1 ORDER BY 2 DESC, 1
"""
_SPEEDS = {column: _FIGURES.replace("COLUMN", column) for column in ("kind", "decided_by_name")}


def _reasons(since: datetime) -> list[tuple[str, str, int]]:
    """Kind, code and how often, of what was refused most often."""
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, [since, MOST_REASONS])
        return [(kind, code, times) for kind, code, times in cursor.fetchall()]


_REASONS = """
    SELECT i.kind, r->>'code', count(*) FROM core_item i, jsonb_array_elements(i.reasons) r
    WHERE i.state = 'decided' AND i.decided_at >= %s GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %s
"""


def _rest(speed: Speed) -> tuple[int, int, int, float, float]:
    return speed.decided, speed.approved, speed.late, speed.median_hours, speed.slow_hours
