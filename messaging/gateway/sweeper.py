"""What time decides, and nudges that were lost: done each second by the one who holds the lease."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, InterfaceError

from messaging.gateway.desk import forget_connection
from messaging.models import Carrier, Due
from messaging.services import leases, receipts, resolver, routing
from messaging.services.leases import LeaseLostError
from smsplatform.core import clock, queue

log = logging.getLogger(__name__)

LEASE = "sweeper"
TURN_SECONDS = 1.0
DRAIN = "messaging.tasks.drain_carrier"
APPLY = "messaging.tasks.apply_receipts"


def nudge_http_carriers(*, now: datetime) -> None:
    """At most one task of a kind waits for each HTTP carrier that has something to do."""
    for carrier_id in routing.active_carriers(Carrier.Kind.HTTP):
        routes = routing.led_by(carrier_id)
        has_due = Due.objects.filter(route_id__in=routes, lane__gte=0, due_at__lte=now).exists()
        if has_due and not queue.is_waiting(queue=queue.SEND, task=DRAIN, carrier_id=carrier_id):
            queue.enqueue(DRAIN, queue=queue.SEND, carrier_id=carrier_id)
        if receipts.waiting(carrier_id) and not queue.is_waiting(
            queue=queue.SEND, task=APPLY, carrier_id=carrier_id
        ):
            queue.enqueue(APPLY, queue=queue.SEND, carrier_id=carrier_id)


@dataclass(slots=True)
class _Duty:
    every_seconds: float
    work: Callable[..., object]
    done_at: float = float("-inf")


class Sweeper:
    def __init__(self, *, owner: str) -> None:
        self._owner = f"{owner} sweeper"
        self._epoch: int | None = None
        self._stopping = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sweeper")
        self._duties = [
            _Duty(1, resolver.release_scheduled),
            _Duty(1, resolver.resolve),
            _Duty(1, nudge_http_carriers),
            _Duty(10, resolver.expire),
            _Duty(60, receipts.no_receipt),
            _Duty(3600, receipts.forget_unknown),
        ]

    def stop(self) -> None:
        self._stopping = True

    def step(self) -> None:
        """One turn: hold the lease, do what is due. Without the lease nothing is done."""
        if self._epoch is None:
            self._epoch = leases.take(LEASE, owner=self._owner)
            if self._epoch is None:
                return
        try:
            leases.beat(LEASE, epoch=self._epoch)
        except LeaseLostError:
            self._epoch = None
            return
        for duty in self._duties:
            if time.monotonic() - duty.done_at >= duty.every_seconds:
                duty.work(now=clock.now())
                duty.done_at = time.monotonic()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping:
            try:
                await loop.run_in_executor(self._thread, self.step)
            except (DatabaseError, InterfaceError):
                log.warning("sweeper: the database failed", exc_info=True)
                await loop.run_in_executor(self._thread, forget_connection)
            await asyncio.sleep(TURN_SECONDS)
        if self._epoch is not None:
            await loop.run_in_executor(self._thread, self._let_go)

    def _let_go(self) -> None:
        if self._epoch is not None:
            leases.release(LEASE, epoch=self._epoch)
