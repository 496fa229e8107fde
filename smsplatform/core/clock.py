"""The one place that asks a clock. `now` is the database's time, so that every process agrees.

Asking costs a round trip, so the difference to the monotonic clock is kept and measured again each
minute by whoever holds a connection. A step of the machine's wall clock changes nothing here.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection

_MEASURE_EVERY_SECONDS = 60.0

_offset: float | None = None
_measured_at = float("-inf")
_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """Aware, UTC. Asks the database when the last answer is a minute old."""
    if _source is not None:
        return _source()
    if _offset is None or time.monotonic() - _measured_at > _MEASURE_EVERY_SECONDS:
        measure()
    return _reading()


def reading() -> datetime:
    """As `now`, and never touches the database: for an event loop that must not wait."""
    if _source is not None:
        return _source()
    return now() if _offset is None else _reading()


def measure() -> None:
    """The database read its clock some time between our question and its answer. A difference that
    was known before stays, as far as that allows: one slow answer on a busy machine moves nothing.
    """
    global _offset, _measured_at
    with connection.cursor() as cursor:
        asked_at = time.monotonic()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        told = float(cursor.fetchone()[0])
    _measured_at = time.monotonic()
    least, most = told - _measured_at, told - asked_at
    _offset = (least + most) / 2 if _offset is None else min(max(_offset, least), most)


def use(source: Callable[[], datetime] | None) -> None:
    """Simulations and tests hand in their own time; None gives it back to the database."""
    global _source
    _source = source


def _reading() -> datetime:
    assert _offset is not None  # noqa: S101 - both callers have measured
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=time.monotonic() + _offset)
