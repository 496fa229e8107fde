"""The gateway's process: a runner for each SMPP carrier, the poster, the sweeper, and the bell."""

import asyncio
import contextlib
import logging
import os
import signal
import socket

from messaging.gateway import bell
from messaging.gateway.bind import BindRunner
from messaging.gateway.poster import Poster
from messaging.gateway.sweeper import Sweeper
from messaging.gateway.threads import DATABASE_ERRORS, DatabaseThread
from messaging.models import Carrier
from messaging.services import routing

log = logging.getLogger(__name__)

LOOK_FOR_CARRIERS_SECONDS = 2.0
CARRIERS_END_SECONDS = 13.0
REST_ENDS_SECONDS = 6.0


class Gateway:
    def __init__(self, *, owner: str = "") -> None:
        # Told apart from others in leases, and in the database's list of sessions.
        self.owner = owner or f"gateway {socket.gethostname()[:20]}.{os.getpid()}"
        self._runners: dict[int, BindRunner] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._poster = Poster()
        self._sweeper = Sweeper(owner=self.owner)
        self._thread = DatabaseThread("gateway")
        self._stopping = asyncio.Event()

    async def run(self, *, with_signals: bool = False) -> None:
        """Until `stop`. Raises what ended a part that must never end."""
        if with_signals:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._on_signal)
        ringing = asyncio.create_task(
            bell.listen(on_due=self._ring_carriers, on_webhook=self._poster.ring)
        )
        parts = [asyncio.create_task(self._poster.run()), asyncio.create_task(self._sweeper.run())]
        try:
            await self._watch([*parts, ringing])
            await self._end(parts)
        finally:
            await _cancel([*self._tasks, *parts, ringing])
            self._thread.close()
        log.info("gateway: stopped")

    def stop(self) -> None:
        log.info("gateway: stopping")
        self._stopping.set()
        for runner in self._runners.values():
            runner.stop()
        self._sweeper.stop()

    def _on_signal(self) -> None:
        """Once is polite; a second time means now."""
        if self._stopping.is_set():
            os._exit(1)
        self.stop()

    async def _watch(self, parts: "list[asyncio.Task[None]]") -> None:
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            while not self._stopping.is_set():
                await self._follow_carriers()
                await asyncio.wait(
                    [stopping, *parts],
                    timeout=LOOK_FOR_CARRIERS_SECONDS,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for part in parts:
                    if part.done():
                        part.result()
        finally:
            stopping.cancel()

    async def _follow_carriers(self) -> None:
        """Carriers come and go while we run."""
        try:
            active = await self._thread.run(lambda: routing.active_carriers(Carrier.Kind.SMPP))
        except DATABASE_ERRORS as error:
            log.warning("gateway: the database failed: %s", error)
            return
        if self._stopping.is_set():
            return
        for carrier_id in set(active) - self._runners.keys():
            runner = BindRunner(carrier_id, owner=self.owner, poster=self._poster)
            self._runners[carrier_id] = runner
            task = asyncio.create_task(runner.run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for carrier_id in self._runners.keys() - set(active):
            self._runners.pop(carrier_id).stop()

    def _ring_carriers(self) -> None:
        for runner in self._runners.values():
            runner.due.set()

    async def _end(self, parts: "list[asyncio.Task[None]]") -> None:
        """Carriers first: their last answers still plan webhooks."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CARRIERS_END_SECONDS)
        self._poster.stop()
        await asyncio.wait(parts, timeout=REST_ENDS_SECONDS)


async def _cancel(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
