"""Tables cut by time. The key is a UUIDv7, so a range of ids is a range of time.

A missing partition fails every insert, so they are made far ahead; there is no default partition,
because it would block detaching an old one while the platform runs.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.db import connection, migrations, transaction

from smsplatform.core import ids

Unit = Literal["day", "month"]

MONTHS_AHEAD = 3
DAYS_AHEAD = 35


def convert(
    *, table: str, key: str, primary_key: Sequence[str], unit: Unit
) -> migrations.RunPython:
    """A migration step: the table Django just made, still empty, becomes a partitioned one.

    Its indexes and constraints beyond NOT NULL are left behind; the migration names what it wants.
    """

    def forwards(apps: object, schema_editor: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_plain")
            cursor.execute(f"CREATE TABLE {table} (LIKE {table}_plain) PARTITION BY RANGE ({key})")
            cursor.execute(f"DROP TABLE {table}_plain")
            cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({', '.join(primary_key)})")
            cursor.execute("SELECT clock_timestamp()")
            make_ahead(table=table, unit=unit, now=cursor.fetchone()[0])

    return migrations.RunPython(forwards, migrations.RunPython.noop)


def make_all_ahead(*, now: datetime) -> int:
    """As `make_ahead`, for every partitioned table; the partitions' names tell the unit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.relname, bool_or(c.relname ~ '_[0-9]{8}$') FROM pg_inherits i"
            " JOIN pg_class p ON p.oid = i.inhparent AND p.relkind = 'p'"
            " JOIN pg_class c ON c.oid = i.inhrelid GROUP BY p.relname"
        )
        tables = cursor.fetchall()
    return sum(
        make_ahead(table=table, unit="day" if is_daily else "month", now=now)
        for table, is_daily in tables
    )


def make_ahead(*, table: str, unit: Unit, now: datetime) -> int:
    """Make what is missing from a period ago to far ahead; returns how many were made."""
    made = 0
    with connection.cursor() as cursor:
        cursor.execute(_YOUNGEST, [table])
        stored = f" WITH ({', '.join(row[0])})" if (row := cursor.fetchone()) and row[0] else ""
        for name, start, end in _wanted(table, unit, now):
            cursor.execute("SELECT to_regclass(%s)", [name])
            if cursor.fetchone()[0] is None:
                cursor.execute(
                    f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES"
                    f" FROM ('{ids.first_at(start)}') TO ('{ids.first_at(end)}'){stored}"
                )
                made += 1
    return made


def drop_days_before(*, table: str, before: datetime) -> int:
    """Drop the days that had ended by then; returns how many. Whoever reads is not waited for
    longer than a moment: what is left goes next time."""
    dropped = 0
    for name, ended_at in _days(table):
        if ended_at <= before:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
                cursor.execute(f"DROP TABLE {name}")
            dropped += 1
    return dropped


def _days(table: str) -> Iterator[tuple[str, datetime]]:
    """Each day's partition and when the day ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(%s)"
            " ORDER BY 1",
            [table],
        )
        names = [row[0] for row in cursor.fetchall()]
    for name in names:
        start = datetime.strptime(name.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC)
        yield name, start + timedelta(days=1)


# A new partition is stored as its youngest sibling is: a partitioned table has no such settings.
_YOUNGEST = """
    SELECT c.reloptions FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname DESC LIMIT 1
"""


def leave_room(*, table: str, percent: int) -> migrations.RunPython:
    """A migration step: pages are filled to so many percent, so that a change of state finds room
    on its row's own page and touches no index."""

    def forwards(apps: object, schema_editor: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits"
                " WHERE inhparent = to_regclass(%s)",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {name} SET (fillfactor = {percent})")

    return migrations.RunPython(forwards, migrations.RunPython.noop)


def _wanted(table: str, unit: Unit, now: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "day":
        for offset in range(-1, DAYS_AHEAD + 1):
            start = today + timedelta(days=offset)
            yield f"{table}_{start:%Y%m%d}", start, start + timedelta(days=1)
        return
    start = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    for _count in range(MONTHS_AHEAD + 2):
        yield f"{table}_{start:%Y%m}", start, _next(start)
        start = _next(start)


def _next(day: datetime) -> datetime:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
