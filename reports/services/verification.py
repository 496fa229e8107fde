"""Asks the database every question of `invariants`; each row it finds is something broken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from messaging import states
from messaging.models import Message
from reports.services import retention
from reports.services.invariants import Invariant, edges, money, payments, pipeline, prices
from smsplatform.core import ids

INVARIANTS: tuple[Invariant, ...] = tuple(
    sorted(
        (*money.ALL, *pipeline.ALL, *edges.ALL, *prices.ALL, *payments.ALL),
        key=lambda invariant: invariant.id,
    )
)
# Enough to know that something is badly wrong; the rows themselves are in the database.
MOST_ROWS = 1000
_LOOSE = timedelta(minutes=5)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Finding:
    """`rows` is empty when all is well, and holds at most MOST_ROWS."""

    invariant: Invariant
    rows: list[dict[str, Any]]

    @property
    def is_well(self) -> bool:
        return not self.rows


def check(
    *,
    since: datetime | None,
    now: datetime,
    until: datetime | None = None,
    invariants: Sequence[Invariant] = INVARIANTS,
) -> Iterator[Finding]:
    """One finding each, as they come. `since` None looks at everything that is kept, `until` None
    at everything up to the last row; what was accepted at `until` is left out.
    """
    parameters = _parameters(since, until, now)
    for invariant in invariants:
        yield Finding(invariant, _broken(invariant, parameters))


def _parameters(since: datetime | None, until: datetime | None, now: datetime) -> dict[str, Any]:
    loose = max(_BEGINNING, since - _LOOSE) if since else _BEGINNING
    since_id = ids.first_at(since or _BEGINNING)
    until_id = ids.first_at(until) if until else _LAST
    return {
        "since_id": since_id,
        "until_id": until_id,
        "loose_id": ids.first_at(loose),
        "loose": loose,
        "loose_until": until + _LOOSE if until else now,
        "settled_id": _settled(since_id, until_id) if until else _LAST,
        "is_partial": since is not None,
        "is_past": until is not None,
        "kept_id": ids.first_at(retention.kept_since() or now),
        "now": now,
        "never_accepted": sorted(states.NEVER_ACCEPTED),
        "not_delivered": sorted(states.NOT_DELIVERED),
    }


def _settled(since_id: UUID, until_id: UUID) -> UUID:
    """A receipt is stored before the message that it ends has ended."""
    last = Message.objects.filter(id__gte=since_id, id__lt=until_id).aggregate(Max("finished_at"))
    instant = last["finished_at__max"]
    return ids.first_at(instant + _LOOSE) if instant else until_id


def _broken(invariant: Invariant, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        sql = f"SELECT * FROM ({invariant.query}) found LIMIT {MOST_ROWS}"  # noqa: S608 - all ours
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
