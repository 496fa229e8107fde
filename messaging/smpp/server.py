"""The server's sockets: what one read brought is one list, the answers to it are one write."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any, cast

from messaging.smpp.events import Answered, BindRequested, Closed, Event, Submitted, Unanswered
from messaging.smpp.link import Link, nothing
from messaging.smpp.pdu import Bind, DeliverSm, Mode
from messaging.smpp.roles import ServerSession
from messaging.smpp.session import Limits
from messaging.smpp.status import OK, SYSTEM_ERROR


class Connection:
    """One peer. Its answers and deliveries of one turn of the loop share a write."""

    def __init__(self, server: "SmppServer") -> None:
        loop = asyncio.get_running_loop()
        self.session = ServerSession(now=loop.time(), limits=server.limits)
        self.link = _ServerLink(self, server)
        self.bind: Bind | None = None
        self.data: Any = None  # whatever the server's owner wants to keep with the peer
        self._server = server
        self._task: asyncio.Task[None] | None = None

    @property
    def system_id(self) -> str:
        return self.bind.system_id if self.bind else ""

    @property
    def mode(self) -> Mode:
        return self.session.mode

    @property
    def window_free(self) -> int:
        """How many may be delivered now."""
        is_deaf = self.mode is Mode.TRANSMITTER or self.link.is_paused or self.is_mute
        return 0 if is_deaf else self.session.window_free

    def outstanding(self) -> list[Any]:
        return self.session.outstanding()

    def answer(self, sequence: int, status: int = OK, message_id: str = "") -> None:
        self.session.answer(sequence, status, message_id)
        self.link.flush_soon()

    def deliver_many(self, batch: Iterable[tuple[DeliverSm, Any]]) -> None:
        """The tokens come back through `on_delivery`, or stay `outstanding` at the end."""
        self.session.deliver_many(batch, self.link.now())
        self.link.flush_soon()

    async def unbind(self) -> None:
        self.session.unbind(self.link.now())
        self.link.pump()
        await self.link.closed.wait()

    def abort(self) -> None:
        self.link.abort()

    @property
    def is_mute(self) -> bool:
        return self.link.is_mute

    def mute(self, yes: bool) -> None:
        """Neither hear nor speak, with the connection open: as a peer that hangs."""
        self.link.mute(yes)

    def on_events(self, events: list[Event]) -> None:
        submitted = [event for event in events if isinstance(event, Submitted)]
        if submitted:
            self._server.on_submit(self, submitted)
        if len(submitted) == len(events):
            return
        settled = [event for event in events if isinstance(event, Answered | Unanswered)]
        if settled:
            self._server.on_delivery(self, settled)
        for event in events:
            self._on_turn(event)

    def _on_turn(self, event: Event) -> None:
        match event:
            case BindRequested(bind):
                self._task = asyncio.get_running_loop().create_task(self._authenticate(bind))
            case Closed(reason):
                if self._task:
                    self._task.cancel()
                self._server.forget(self, reason)

    async def _authenticate(self, bind: Bind) -> None:
        status = SYSTEM_ERROR
        try:
            status = await self._server.authenticate(bind, self.link.peer_host)
        finally:
            self._task = None
            if status == OK:
                self.bind = bind
            self.session.answer_bind(status, self._server.system_id, self.link.now())
            if self.session.is_bound:
                self._server.bound.append(self)
            self.link.pump()


class _ServerLink(Link):
    """Who does not read our answers is not read either."""

    def __init__(self, connection: Connection, server: "SmppServer") -> None:
        super().__init__(connection.session, connection.on_events, server.before_write)
        self.is_mute = False
        self._connection = connection
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Never called where TLS failed: such a peer must not be waited for when the server stops.
        self._server.remember(self._connection)
        self._reading = cast(asyncio.Transport, transport)
        super().connection_made(transport)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.is_mute:
            self._reading.resume_reading()

    def mute(self, yes: bool) -> None:
        self.is_mute = yes
        if yes:
            self._reading.pause_reading()
        elif not self.is_paused:
            self._reading.resume_reading()
        self.flush()

    def flush(self) -> None:
        if not self.is_mute:
            super().flush()


Settled = Answered | Unanswered


def _ignore(_connection: Connection, _told: Any) -> None:
    pass


@dataclass(eq=False)
class SmppServer:
    """`authenticate(bind, host)` returns a status; the callbacks must not block."""

    host: str
    port: int
    _: KW_ONLY
    authenticate: Callable[[Bind, str], Awaitable[int]]
    on_submit: Callable[[Connection, list[Submitted]], None]
    on_delivery: Callable[[Connection, list[Settled]], None] = _ignore
    on_close: Callable[[Connection, str], None] = _ignore
    limits: Limits = Limits()
    system_id: str = "SMSC"
    tls: ssl.SSLContext | None = None
    before_write: Callable[[], None] = nothing

    def __post_init__(self) -> None:
        self.bound: list[Connection] = []
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listening when this returns; port 0 becomes the port that the system chose."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._open, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def is_listening(self) -> bool:
        return self._server is not None and self._server.is_serving()

    def stop_listening(self) -> None:
        """Who connects is refused, until the next `start`."""
        if self._server is not None:
            self._server.close()

    def cut_all(self) -> None:
        """Reset every connection, without a word."""
        for connection in list(self._connections):
            connection.abort()

    async def stop(self) -> None:
        """Unbind everyone and wait for the end, at most the bind timeout."""
        if self._server is None:
            return
        self._server.close()
        await asyncio.gather(*[connection.unbind() for connection in self._connections])
        await self._server.wait_closed()

    def bound_as(self, system_id: str) -> list[Connection]:
        return [connection for connection in self.bound if connection.system_id == system_id]

    def _open(self) -> Link:
        return Connection(self).link

    def remember(self, connection: Connection) -> None:
        self._connections.add(connection)

    def forget(self, connection: Connection, reason: str) -> None:
        self._connections.discard(connection)
        if connection in self.bound:
            self.bound.remove(connection)
        self.on_close(connection, reason)
