"""A session on a transport: what client and server do alike. Nothing is decided here."""

import asyncio
from collections.abc import Callable
from typing import cast

from messaging.smpp.events import Event
from messaging.smpp.session import Session

# A peer that reads nothing must not keep a closed session's socket.
LINGER_SECONDS = 5


def nothing() -> None:
    pass


class Link(asyncio.Protocol):
    def __init__(
        self,
        session: Session,
        on_events: Callable[[list[Event]], None],
        before_write: Callable[[], None] = nothing,
    ) -> None:
        self.session = session
        self.is_paused = False
        self.closed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._on_events = on_events
        self._before_write = before_write
        self._timer: asyncio.TimerHandle | None = None
        self._flush_handle: asyncio.Handle | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def peer_host(self) -> str:
        name = self._transport.get_extra_info("peername") if self._transport else None
        return str(name[0]) if name else ""

    # -- called by asyncio -----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio sets TCP_NODELAY on every TCP socket.
        self._transport = cast(asyncio.Transport, transport)
        self.flush()

    def data_received(self, data: bytes) -> None:
        self.session.receive(data, self.now())
        self.pump()

    def connection_lost(self, exc: Exception | None) -> None:
        self.session.close(str(exc) if exc else "the peer closed the connection")
        self._transport = None
        self.pump()
        for handle in (self._timer, self._flush_handle):
            if handle:
                handle.cancel()
        self.closed.set()

    def pause_writing(self) -> None:
        self.is_paused = True

    def resume_writing(self) -> None:
        self.is_paused = False

    # -- called by client and server -------------------------------------------------------

    def now(self) -> float:
        return self._loop.time()

    def pump(self) -> None:
        """Tell what happened, then write what was answered to it, in one piece."""
        while events := self.session.events():
            self._on_events(events)
        self.flush()

    def flush(self) -> None:
        if self._transport is None:
            return
        data = self.session.data_to_send()
        if data and not self._transport.is_closing():
            self._before_write()
            self._transport.write(data)
        if self.session.is_closed:
            self._finish(self._transport)
        else:
            self._arm()

    def flush_soon(self) -> None:
        """One write for everything said until the loop turns."""
        if self._flush_handle is None:
            self._flush_handle = self._loop.call_soon(self._flush_now)

    def abort(self) -> None:
        self.session.close("aborted")
        if self._transport:
            self._transport.abort()
        self.pump()

    # -- timers ----------------------------------------------------------------------------

    def _flush_now(self) -> None:
        self._flush_handle = None
        self.pump()

    def _arm(self) -> None:
        """Deadlines mostly move away: a timer that is early asks again, a late one is replaced."""
        deadline = self.session.next_deadline()
        if deadline is None or (self._timer and self._timer.when() <= deadline):
            return
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.session.tick(self.now())
        self.pump()

    def _finish(self, transport: asyncio.Transport) -> None:
        if transport.is_closing():
            return
        transport.close()
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_later(LINGER_SECONDS, transport.abort)
