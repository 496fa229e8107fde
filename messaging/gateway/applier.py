"""One carrier's stored receipts take effect, beside its bind: neither waits for the other."""

import asyncio
import contextlib
import logging
import time

from messaging.gateway.threads import DATABASE_ERRORS, DatabaseThread
from messaging.services import orphans, receipts
from messaging.services.receipts import MOST_APPLIED
from smsplatform.core import clock

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 1.0
ADOPT_SECONDS = 5.0


class ReceiptApplier:
    """Runs until `stop`. `due` is set when receipts were stored."""

    def __init__(self, carrier_id: int) -> None:
        self.carrier_id = carrier_id
        self.due = asyncio.Event()
        self._thread = DatabaseThread(f"receipts-{carrier_id}")
        self._adopted_at = float("-inf")
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True
        self.due.set()

    def step(self) -> bool:
        """Whether there may be more to apply at once."""
        if not receipts.waiting(self.carrier_id):
            return False
        applied = receipts.apply(carrier_id=self.carrier_id, now=clock.now())
        if time.monotonic() - self._adopted_at > ADOPT_SECONDS:
            self._adopted_at = time.monotonic()
            orphans.adopt(carrier_id=self.carrier_id, now=clock.now())
        return applied >= MOST_APPLIED

    async def run(self) -> None:
        """What was stored before the stop is applied; what comes later, by the next life."""
        try:
            while not self._stopping:
                self.due.clear()
                if not await self._turn():
                    await self._wait()
            await self._turn()
        finally:
            self._thread.close()

    async def _turn(self) -> bool:
        try:
            return await self._thread.run(self.step)
        except DATABASE_ERRORS:
            log.warning("carrier %d: receipts wait", self.carrier_id, exc_info=True)
            return False

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await self.due.wait()
