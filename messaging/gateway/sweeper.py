"""What time decides, and nudges that were lost: done each second by the one who holds the lease."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from messaging.gateway.threads import DATABASE_ERRORS, DatabaseThread
from messaging.models import Attempt, Carrier, Due
from messaging.services import (
    health,
    holding,
    inbound,
    judging,
    leases,
    orphans,
    receipts,
    resolver,
    routing,
)
from messaging.services.leases import LeaseLostError
from messaging.states import AttemptState
from smsplatform.core import clock, queue

log = logging.getLogger(__name__)

LEASE = "sweeper"
TURN_SECONDS = 1.0
BEAT_SECONDS = 2.0
DRAIN = "messaging.tasks.drain_carrier"
# No duty works longer without a heartbeat in between.
MOST_GROUPS = 20


def nudge_http_carriers(*, now: datetime) -> int:
    """At most one task waits for each HTTP carrier that has something to send, or to recover."""
    for carrier_id in routing.active_carriers(Carrier.Kind.HTTP):
        if leases.is_held(leases.of_carrier(carrier_id)):
            continue
        has_work = _has_due(carrier_id, now) or _was_left(carrier_id)
        if has_work and not queue.is_waiting(queue=queue.SEND, task=DRAIN, carrier_id=carrier_id):
            queue.enqueue(DRAIN, queue=queue.SEND, carrier_id=carrier_id)
    return 0


def _has_due(carrier_id: int, now: datetime) -> bool:
    routes = {route_id for route_id, _step in routing.now().served_by(carrier_id)}
    return Due.objects.filter(route_id__in=routes, lane__gte=0, due_at__lte=now).exists()


def _was_left(carrier_id: int) -> bool:
    """Claimed by a task that died: nothing else is due, and only the next task recovers it."""
    open_states = (AttemptState.CLAIMED, AttemptState.SUBMITTING)
    return Attempt.objects.filter(carrier_id=carrier_id).in_state(*open_states).exists()


def apply_http_receipts(*, now: datetime) -> int:
    """Nobody holds a connection to these carriers; their receipts came by callback."""
    applied = [receipts.apply(carrier_id=one, now=now) for one in _with_receipts(now)]
    return max(applied, default=0)


def adopt_http_orphans(*, now: datetime) -> int:
    for carrier_id in _with_receipts(now):
        orphans.adopt(carrier_id=carrier_id, now=now)
    return 0


def _with_receipts(now: datetime) -> list[int]:
    http = routing.active_carriers(Carrier.Kind.HTTP)
    return [carrier_id for carrier_id in http if receipts.waiting(carrier_id)]


def no_receipt_lately(*, now: datetime) -> int:
    """Those whose wait ended in the last hours; the others are found once a day."""
    return receipts.no_receipt(now=now, accepted_within=timedelta(hours=2))


@dataclass(slots=True)
class _Duty:
    """`full`: what the work returns when there is more to do at once."""

    every_seconds: float
    work: Callable[..., int]
    full: int = 1_000_000
    done_at: float = float("-inf")

    def is_due(self) -> bool:
        return time.monotonic() - self.done_at >= self.every_seconds

    def do(self) -> bool:
        """One group; whether all is done."""
        if self.work(now=clock.now()) >= self.full:
            return False
        self.done_at = time.monotonic()
        return True


def _duties() -> list[_Duty]:
    return [
        _Duty(1, resolver.release_scheduled, full=10 * resolver.MOST),
        _Duty(1, resolver.resolve, full=resolver.MOST),
        _Duty(1, nudge_http_carriers),
        _Duty(5, health.try_again),
        _Duty(60, health.count_resends),
        _Duty(1, apply_http_receipts, full=receipts.MOST_APPLIED),
        _Duty(5, adopt_http_orphans),
        _Duty(10, resolver.expire, full=resolver.MOST),
        _Duty(1, holding.ask, full=holding.MOST_HOLDS),
        _Duty(1, judging.carry_out, full=1),
        _Duty(10, holding.expire, full=1),
        _Duty(60, holding.close_empty),
        _Duty(60, no_receipt_lately, full=receipts.MOST_APPLIED),
        _Duty(86_400, receipts.no_receipt, full=receipts.MOST_APPLIED),
        _Duty(3600, receipts.forget_unknown),
        _Duty(60, inbound.join_waiting),
        _Duty(3600, inbound.forget_seen),
    ]


class Sweeper:
    def __init__(self, *, owner: str) -> None:
        self._owner = f"{owner} sweeper"
        self._epoch: int | None = None
        self._beaten_at = 0.0
        self._thread = DatabaseThread("sweeper")
        self._stopped = asyncio.Event()
        self._duties = _duties()

    def stop(self) -> None:
        self._stopped.set()

    def step(self) -> None:
        """One turn: hold the lease, do what is due. Without the lease nothing is done."""
        try:
            for duty in self._duties:
                groups = MOST_GROUPS if duty.is_due() else 0
                while groups and self._holds_lease() and not duty.do():
                    groups -= 1
        except LeaseLostError:
            self._epoch = None

    def let_go(self) -> None:
        if self._epoch is not None:
            leases.release(LEASE, epoch=self._epoch)
            self._epoch = None

    async def run(self) -> None:
        try:
            while not self._stopped.is_set():
                await self._turn()
            with contextlib.suppress(*DATABASE_ERRORS):
                await self._thread.run(self.let_go)
        finally:
            self._thread.close()

    async def _turn(self) -> None:
        try:
            await self._thread.run(self.step)
        except DATABASE_ERRORS:
            log.warning("sweeper: the database failed", exc_info=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TURN_SECONDS):
                await self._stopped.wait()

    def _holds_lease(self) -> bool:
        if self._epoch is not None:
            if time.monotonic() - self._beaten_at > BEAT_SECONDS:
                leases.beat(LEASE, epoch=self._epoch)
                self._beaten_at = time.monotonic()
            return True
        self._beaten_at = time.monotonic()
        self._epoch = leases.take(LEASE, owner=self._owner)
        if self._epoch is not None:
            log.info("sweeper: lease taken, epoch %d", self._epoch)
        return self._epoch is not None
