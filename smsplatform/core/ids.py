"""UUIDv7: ids that sort by time, so a range of ids is a range of time and tables prune by them."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LOW_BITS = (1 << 62) - 1
# Steps between ids of one series: wide enough that one id tells nothing of its neighbours.
_STEP_BITS = 56


def series(now: datetime, count: int) -> list[UUID]:
    """`count` ids of the instant `now`, ascending in their order."""
    milliseconds = (now - _EPOCH) // _MILLISECOND
    # 73 random bits leave room for the steps below the 74 that UUIDv7 has.
    start = secrets.randbits(73)
    steps = [secrets.randbits(_STEP_BITS) + 1 for _ in range(count)]
    ids = []
    for step in steps:
        start += step
        ids.append(_build(milliseconds, start & ((1 << 74) - 1)))
    return ids


def one(now: datetime) -> UUID:
    return series(now, 1)[0]


def first_at(instant: datetime) -> UUID:
    """The smallest id of an instant: the bound of a range of time."""
    return _build(max(0, (instant - _EPOCH) // _MILLISECOND), 0)


def instant_of(identifier: UUID) -> datetime:
    return _EPOCH + (identifier.int >> 80) * _MILLISECOND


def _build(milliseconds: int, low: int) -> UUID:
    return UUID(
        int=milliseconds << 80 | 0x7 << 76 | (low >> 62) << 64 | 0b10 << 62 | low & _LOW_BITS
    )
