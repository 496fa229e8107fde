"""The gateway's process: a runner for each SMPP carrier, the poster, the sweeper, and the bell."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

from django.db import DatabaseError, InterfaceError

from messaging.gateway import bell, sweeper
from messaging.gateway.bind import BindRunner
from messaging.gateway.desk import forget_connection
from messaging.gateway.poster import Poster
from messaging.models import Carrier
from messaging.services import routing

log = logging.getLogger(__name__)

LOOK_FOR_CARRIERS_SECONDS = 2.0


class Gateway:
    def __init__(self) -> None:
        # Told apart from others in leases, and in the database's list of sessions.
        self.owner = f"gateway {socket.gethostname()[:20]}.{os.getpid()}"
        self._runners: dict[int, BindRunner] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._poster = Poster()
        self._sweeper = sweeper.Sweeper(owner=self.owner)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gateway")
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        ringing = bell.listen(on_due=self._ring_carriers, on_webhook=self._poster.due.set)
        background = [
            asyncio.create_task(work) for work in (self._poster.run(), self._sweeper.run(), ringing)
        ]
        try:
            while not self._stopping.is_set():
                await self._follow_carriers()
                await _until(self._stopping, LOOK_FOR_CARRIERS_SECONDS)
        finally:
            await self._end(background)
        log.info("gateway: stopped")

    def stop(self) -> None:
        """Once is polite; a second time means now."""
        if self._stopping.is_set():
            os._exit(1)
        log.info("gateway: stopping")
        self._stopping.set()
        for runner in self._runners.values():
            runner.stop()
        self._sweeper.stop()

    async def _follow_carriers(self) -> None:
        """Carriers come and go while we run."""
        loop = asyncio.get_running_loop()
        try:
            active = await loop.run_in_executor(
                self._thread, routing.active_carriers, Carrier.Kind.SMPP
            )
        except (DatabaseError, InterfaceError):
            await loop.run_in_executor(self._thread, forget_connection)
            return
        for carrier_id in active:
            if carrier_id not in self._runners:
                runner = BindRunner(carrier_id, owner=self.owner)
                self._runners[carrier_id] = runner
                self._tasks[carrier_id] = asyncio.create_task(runner.run())
        for carrier_id in self._runners.keys() - set(active):
            self._runners.pop(carrier_id).stop()
        self._tasks = {key: task for key, task in self._tasks.items() if not task.done()}

    def _ring_carriers(self) -> None:
        for runner in self._runners.values():
            runner.due.set()

    async def _end(self, background: list["asyncio.Task[None]"]) -> None:
        """Carriers first: their last answers still plan webhooks."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=15)
        self._poster.stop()
        await asyncio.wait(background[:2], timeout=6)
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        self._thread.shutdown(wait=False)


async def _until(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
