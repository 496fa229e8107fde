"""What happened becomes deliveries: one for each endpoint that wants to know, in its transaction.

A poster in the same process gets them with the commit, as if it had claimed them at once; what it
has no room for, and what other processes announce, waits to be claimed.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, transaction

from accounts.services import webhooks
from accounts.services.webhooks import LEASE, Delivery, Endpoint, Share
from accounts.states import DeliveryState
from smsplatform.core import bulk, ids
from smsplatform.core.remember import for_a_second

NOTIFY_CHANNEL = "accounts_webhook"

_COLUMNS = (
    "id",
    "subject_id",
    "account_id",
    "endpoint_id",
    "kind",
    "payload",
    "state",
    "tries",
    "leased_until",
    "due_at",
    "last_error",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something an account may want to know. `payload` is the body, as it will be posted: a JSON
    object, not empty and without an `id` of its own."""

    account_id: int
    subject_id: UUID
    kind: str
    payload: str


class Taker(Protocol):
    """A poster in this process. Both are called from other threads than its own."""

    def free(self, endpoint_id: int) -> int:
        """How many more deliveries it takes for that endpoint."""

    def take(self, shares: Sequence[Share], asked_at: float) -> None:
        """They are committed, and leased to it. `asked_at`: monotonic, before the lease began."""


_taker: ContextVar[tuple[Taker, float] | None] = ContextVar("taker", default=None)


@contextmanager
def handing_to(taker: Taker) -> Iterator[None]:
    """Enter it before asking for `now`."""
    token = _taker.set((taker, time.monotonic()))
    try:
        yield
    finally:
        _taker.reset(token)


def announce(events: Sequence[Event], *, now: datetime) -> None:
    """In the transaction of the events."""
    planned = [
        (event, endpoint)
        for event in events
        for endpoint in _listeners(event.account_id)
        if endpoint.wants(event.kind)
    ]
    _plan(planned, now)


def announce_to(*, endpoint_id: int, event: Event, now: datetime) -> None:
    """To one endpoint, whatever it wants to know; in the transaction of the event."""
    found = webhooks.endpoints(id=endpoint_id, disabled_at__isnull=True)
    _plan([(event, endpoint) for endpoint in found], now)


def ring() -> None:
    """At the commit posters look for what is due."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {NOTIFY_CHANNEL}")


def _plan(planned: Sequence[tuple[Event, Endpoint]], now: datetime) -> None:
    if not planned:
        return
    handover = _Handover(_taker.get())
    bulk.copy(
        "accounts_webhookdelivery",
        _COLUMNS,
        [
            _row(
                delivery_id,
                event,
                endpoint,
                now,
                is_handed=handover.hand(delivery_id, event, endpoint),
            )
            for delivery_id, (event, endpoint) in zip(
                ids.series(now, len(planned)), planned, strict=True
            )
        ],
    )
    handover.close()


class _Handover:
    """To the poster, of as many as it has room for."""

    def __init__(self, taken: tuple[Taker, float] | None) -> None:
        self._taker = taken[0] if taken else None
        self._asked_at = taken[1] if taken else 0.0
        self._free: dict[int, int] = {}
        self._shares: dict[int, Share] = {}
        self._is_all = True

    def hand(self, delivery_id: UUID, event: Event, endpoint: Endpoint) -> bool:
        if not self._has_room(endpoint):
            self._is_all = False
            return False
        delivery = Delivery(str(delivery_id), str(event.subject_id), event.payload, tries=1)
        self._shares.setdefault(endpoint.id, Share(endpoint, [])).deliveries.append(delivery)
        self._free[endpoint.id] -= 1
        return True

    def _has_room(self, endpoint: Endpoint) -> bool:
        if self._taker is None or endpoint.is_failing:
            return False
        if endpoint.id not in self._free:
            self._free[endpoint.id] = self._taker.free(endpoint.id)
        return self._free[endpoint.id] > 0

    def close(self) -> None:
        """Whoever gets nothing here is rung; all of it at the commit."""
        if self._taker is not None and self._shares:
            shares = list(self._shares.values())
            transaction.on_commit(partial(self._taker.take, shares, self._asked_at))
        if not self._is_all:
            ring()


def _row(
    delivery_id: UUID, event: Event, endpoint: Endpoint, now: datetime, *, is_handed: bool
) -> tuple[Any, ...]:
    return (
        delivery_id,
        event.subject_id,
        event.account_id,
        endpoint.id,
        event.kind,
        event.payload,
        DeliveryState.PENDING.value,
        1 if is_handed else 0,
        now + LEASE if is_handed else None,
        now,
        "",
        now,
    )


@for_a_second
def _listeners(account_id: int) -> list[Endpoint]:
    return webhooks.endpoints(account=account_id, disabled_at__isnull=True)
