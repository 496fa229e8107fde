"""UUIDv7: ids that sort by time, so a range of ids is a range of time and tables prune by them."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LOW_BITS = (1 << 62) - 1
# Steps between ids of one series: wide enough that one id tells nothing of its neighbours.
_START_BYTES, _STEP_BYTES = 9, 7


def series(now: datetime, count: int) -> list[UUID]:
    """`count` ids of the instant `now`, ascending in their order."""
    milliseconds = (now - _EPOCH) // _MILLISECOND
    # One question to the kernel for them all: a question for each costs more than the rest.
    noise = secrets.token_bytes(_START_BYTES + _STEP_BYTES * count)
    # 72 random bits leave room for the steps below the 74 that UUIDv7 has.
    low = int.from_bytes(noise[:_START_BYTES])
    found = []
    for place in range(_START_BYTES, len(noise), _STEP_BYTES):
        low += int.from_bytes(noise[place : place + _STEP_BYTES]) + 1
        found.append(_build(milliseconds, low))
    return found


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
