"""One carrier's receipts take effect, beside its bind: neither waits for the other.

What came over the wire is committed before it is acknowledged; what found no message waits in the
database, and is looked at again and again.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from django.db import DataError, IntegrityError

from accounts.services.announcing import Taker, handing_to
from messaging.gateway.threads import DATABASE_ERRORS, DatabaseThread
from messaging.services import orphans, receipts
from messaging.services.receipts import MOST_APPLIED, Report
from smsplatform.core import clock

log = logging.getLogger(__name__)

# Groups follow each other so soon: receipts that come one by one share a commit.
PULSE_SECONDS = 0.05
LOOK_AGAIN_SECONDS = 1.0
ADOPT_SECONDS = 5.0
RETRY_SECONDS = 1.0

_Arrived = tuple[Report, Callable[[], None]]


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

    def add(self, report: Report, acknowledge: Callable[[], None]) -> None:
        """`acknowledge` is called once the receipt is safe."""
        self._arrived.append((report, acknowledge))
        self._wake.set()

    def forget(self) -> None:
        """The connection is gone: nobody would hear an acknowledgement, the carrier sends again."""
        self._arrived = []

    @property
    def is_idle(self) -> bool:
        return not (self._arrived or self._is_taking)

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """What was stored before the stop is applied; what comes later, by the next life."""
        try:
            while not self._stopping:
                self._wake.clear()
                began = time.monotonic()
                if not (await self._turn() or self._arrived):
                    await self._wait()
                await asyncio.sleep(began + PULSE_SECONDS - time.monotonic())
            self._looked_at = float("-inf")
            await self._turn()
        finally:
            self._thread.close()

    async def _turn(self) -> bool:
        """Whether there may be more to apply at once."""
        arrived = self._arrived
        group = arrived[:MOST_APPLIED]
        del arrived[:MOST_APPLIED]
        self._is_taking = True
        try:
            more = await self._thread.run(lambda: self._step([report for report, _ in group]))
        except DATABASE_ERRORS:
            log.warning("carrier %d: receipts wait", self.carrier_id, exc_info=True)
            arrived[:0] = group
            await asyncio.sleep(RETRY_SECONDS)
            return False
        finally:
            self._is_taking = False
        if arrived is self._arrived:
            for _report, acknowledge in group:
                acknowledge()
        return more

    def _step(self, reports: list[Report]) -> bool:
        if reports:
            self._take(reports)
        if time.monotonic() - self._looked_at < LOOK_AGAIN_SECONDS:
            return False
        return self._look_again()

    def _take(self, reports: list[Report]) -> None:
        """Receipts that nobody can apply must not be sent for ever: they are kept as they came."""
        try:
            with handing_to(self._poster):
                receipts.take(carrier_id=self.carrier_id, reports=reports, now=clock.now())
        except (DataError, IntegrityError, ArithmeticError, LookupError, TypeError, ValueError):
            log.exception("carrier %d: %d receipts kept", self.carrier_id, len(reports))
            receipts.store(carrier_id=self.carrier_id, reports=reports, now=clock.now())

    def _look_again(self) -> bool:
        """At one group of those whose message was not known yet."""
        if receipts.waiting(self.carrier_id):
            if receipts.apply(carrier_id=self.carrier_id, now=clock.now()) >= MOST_APPLIED:
                return True
            self._adopt()
        self._looked_at = time.monotonic()
        return False

    def _adopt(self) -> None:
        if time.monotonic() - self._adopted_at > ADOPT_SECONDS:
            self._adopted_at = time.monotonic()
            orphans.adopt(carrier_id=self.carrier_id, now=clock.now())

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await self._wake.wait()
