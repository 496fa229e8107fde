"""The doors around one message centre, started and stopped together."""

import socket
import time
from contextlib import AsyncExitStack
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from messaging.simulator.behaviour import Behaviour
from messaging.simulator.centre import Centre
from messaging.simulator.control import Control
from messaging.simulator.credentials import Credentials
from messaging.simulator.faults import Script
from messaging.simulator.http_door import HttpDoor
from messaging.simulator.recovery import Receipt
from messaging.simulator.sinks import Sinks
from messaging.simulator.smpp_door import SmppDoor
from messaging.simulator.wheel import Wheel
from messaging.smpp.session import Limits

# For requests under way when it stops.
GRACE_SECONDS = 2.0


@dataclass(eq=False)
class Simulator:
    """`async with Simulator(directory, credentials) as simulator:`; port 0 becomes a free port.

    What was set through the control endpoint before wins over `behaviour`.
    """

    directory: Path
    credentials: Credentials
    _: KW_ONLY
    host: str = "127.0.0.1"
    smpp_port: int = 0
    http_port: int = 0
    behaviour: Behaviour = Behaviour()
    receipt_window: int = 1000

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.centre = Centre(self.directory, self.behaviour, time.time())
            stack.callback(self.centre.close)
            self.sinks = Sinks(self.directory)
            stack.callback(self.sinks.close)
            await self._start_doors(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _start_doors(self, stack: AsyncExitStack) -> None:
        self.script = Script()
        self._wheel = Wheel(self.centre, self._deliver)
        wake, credentials = self._wheel.arm, self.credentials
        self._smpp = SmppDoor(self.centre, self.script, credentials.accounts, wake)
        self._http = HttpDoor(self.centre, self.script, credentials.token, wake)
        self.control = Control(self.directory, self.centre, self.script, self.sinks, self._smpp)
        await self._http.start()
        stack.push_async_callback(self._http.stop)
        await self._listen_http(stack)
        limits = Limits(window=self.receipt_window)
        await self._smpp.start(self.host, self.smpp_port, limits)
        stack.push_async_callback(self._smpp.stop)
        self.smpp_port = self._smpp.server.port
        stack.callback(self._wheel.stop)
        self._wheel.arm()

    async def _listen_http(self, stack: AsyncExitStack) -> None:
        app = web.Application()
        for door in (self._http, self.sinks, self.control):
            app.add_routes(door.routes())
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=GRACE_SECONDS
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        listener = socket.create_server((self.host, self.http_port), backlog=1024)
        self.http_port = listener.getsockname()[1]
        await web.SockSite(runner, listener).start()

    def _deliver(self, due: list[Receipt]) -> None:
        self._smpp.deliver([it for it in due if it.submission.carrier == "smpp"])
        self._http.deliver([it for it in due if it.submission.carrier == "http"])
