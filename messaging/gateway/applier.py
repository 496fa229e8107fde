"""One carrier's receipts, and messages from phones, take effect beside its bind: neither waits for
the other.

What came over the wire is committed before it is acknowledged; what found no message waits in the
database, and is looked at again and again.
"""

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Callable

from accounts.services.announcing import Taker, handing_to
from messaging.gateway.threads import DatabaseThread
from messaging.services import inbound, orphans, receipts
from messaging.services.inbound import Arrival
from messaging.services.receipts import MOST_APPLIED, Report
from smsplatform.core import clock

log = logging.getLogger(__name__)

# Groups follow each other so soon: receipts that come one by one share a commit. Sooner where few
# come, for a carrier may wait for each acknowledgement before it sends the next.
PULSE_SECONDS = 0.05
QUICK_PULSE_SECONDS = 0.01
FEW = 10
LOOK_AGAIN_SECONDS = 1.0
ADOPT_SECONDS = 5.0
RETRY_SECONDS = 1.0

Told = Report | Arrival
_Arrived = tuple[Told, Callable[[], None]]


class ReceiptApplier:
    """Runs until `stop`."""

    def __init__(self, carrier_id: int, poster: Taker) -> None:
        self.carrier_id = carrier_id
        self._poster = poster
        self._arrived: list[_Arrived] = []
        self._is_taking = False
        self._wake = asyncio.Event()
        self._thread = DatabaseThread(f"receipts-{carrier_id}")
        self._looked_at = self._adopted_at = float("-inf")
        self._stopping = False

    def add(self, told: Told, acknowledge: Callable[[], None]) -> None:
        """`acknowledge` is called once it is safe."""
        self._arrived.append((told, acknowledge))
        self._wake.set()

    def forget(self) -> None:
        """The connection is gone: nobody would hear an acknowledgement, the carrier sends again."""
        self._arrived = []

    async def rest(self, seconds: float) -> None:
        """Until what came is acknowledged, at most so long: a carrier may never stop telling."""
        last = time.monotonic() + seconds
        while (self._arrived or self._is_taking) and time.monotonic() < last:
            await asyncio.sleep(QUICK_PULSE_SECONDS)

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """What was stored before the stop is applied; what comes later, by the next life."""
        try:
            while not self._stopping:
                await self._live()
            await self._take()
        finally:
            self._thread.close()

    async def _live(self) -> None:
        self._wake.clear()
        began = time.monotonic()
        try:
            taken = await self._take()
            if not (await self._look_again() or self._arrived):
                await self._wait()
        except Exception:  # a fault of ours must not end it for good
            log.exception("carrier %d: receipts wait", self.carrier_id)
            await asyncio.sleep(RETRY_SECONDS)
            return
        pulse = PULSE_SECONDS if taken > FEW else QUICK_PULSE_SECONDS
        await asyncio.sleep(began + pulse - time.monotonic())

    async def _take(self) -> int:
        """One group of a kind is committed, then acknowledged; returns how many."""
        arrived = self._arrived
        group = _first_of_a_kind(arrived)
        if not group:
            return 0
        del arrived[: len(group)]
        self._is_taking = True
        try:
            await self._thread.run(lambda: self._commit([told for told, _ in group]))
        except BaseException:
            arrived[:0] = group
            raise
        finally:
            self._is_taking = False
        if arrived is self._arrived:
            for _told, acknowledge in group:
                acknowledge()
        return len(group)

    def _commit(self, group: list[Told]) -> None:
        reports = [told for told in group if isinstance(told, Report)]
        arrivals = [told for told in group if isinstance(told, Arrival)]
        with handing_to(self._poster):
            now = clock.now()
            if reports:
                receipts.take(carrier_id=self.carrier_id, reports=reports, now=now)
            else:
                inbound.store(carrier_id=self.carrier_id, arrivals=arrivals, now=now)

    async def _look_again(self) -> bool:
        """At one group of those whose message was not known yet; whether there may be more."""
        if time.monotonic() - self._looked_at < LOOK_AGAIN_SECONDS:
            return False
        self._looked_at = time.monotonic()
        if not await self._thread.run(self._apply):
            return False
        self._looked_at = float("-inf")
        return True

    def _apply(self) -> bool:
        if not receipts.waiting(self.carrier_id):
            return False
        if receipts.apply(carrier_id=self.carrier_id, now=clock.now()) >= MOST_APPLIED:
            return True
        self._adopt()
        return False

    def _adopt(self) -> None:
        if time.monotonic() - self._adopted_at > ADOPT_SECONDS:
            self._adopted_at = time.monotonic()
            orphans.adopt(carrier_id=self.carrier_id, now=clock.now())

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await self._wake.wait()


def _first_of_a_kind(arrived: list[_Arrived]) -> list[_Arrived]:
    """Receipts and messages from phones have a commit each: one kind's fault is not the other's."""
    kinds = [type(told) for told, _acknowledge in arrived[:MOST_APPLIED]]
    same = itertools.takewhile(lambda kind: kind is kinds[0], kinds)
    return arrived[: sum(1 for _kind in same)]
