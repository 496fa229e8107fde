"""The client's socket: what arrives is handed over in lists, a batch leaves in one write."""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from messaging.smpp.events import BindRefused, Bound, Closed, Event
from messaging.smpp.link import Link, nothing
from messaging.smpp.pdu import Bind, Mode, SubmitSm
from messaging.smpp.roles import ClientSession
from messaging.smpp.session import Limits, NotAllowedError, SmppError
from messaging.smpp.status import OK


class BindFailedError(SmppError):
    """`status` is the carrier's word; None where the connection ended without one."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(eq=False)
class SmppClient:
    """One bind, once: after its end make a new client."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    _: KW_ONLY
    mode: Mode = Mode.TRANSCEIVER
    system_type: str = ""
    limits: Limits = Limits()
    tls: ssl.SSLContext | None = None
    before_write: Callable[[], None] = nothing

    def __post_init__(self) -> None:
        self._link: Link | None = None
        self._arrived: list[Event] = []
        self._wake = asyncio.Event()

    async def connect(self) -> None:
        """Bound when this returns. After OSError or BindFailedError nothing stays open."""
        loop = asyncio.get_running_loop()
        self._bound: asyncio.Future[None] = loop.create_future()
        async with asyncio.timeout(self.limits.bind_timeout_seconds):
            _, link = await loop.create_connection(self._open, self.host, self.port, ssl=self.tls)
        self._link = link
        try:
            await self._bound
        except BaseException:
            link.abort()
            await link.closed.wait()
            raise

    @property
    def is_bound(self) -> bool:
        return self._link is not None and self._link.session.is_bound

    @property
    def window_free(self) -> int:
        """How many may be submitted now; 0 too while the peer does not read what we write."""
        if self._link is None or self._link.is_paused:
            return 0
        return self._link.session.window_free

    def outstanding(self) -> list[Any]:
        return self._link.session.outstanding() if self._link else []

    def submit_many(self, batch: Iterable[tuple[SubmitSm, Any]]) -> None:
        """One write for the batch. `PduError` and `SmppError` mean that none of it was sent."""
        link = self._linked()
        self._session.submit_many(batch, link.now())
        link.flush()

    def acknowledge(self, sequence: int, status: int = OK) -> None:
        """Acknowledgements of one turn of the loop share a write."""
        if self._link:
            self._session.acknowledge(sequence, status)
            self._link.flush_soon()

    async def events(self) -> list[Event]:
        """Whatever arrived since the last call, at least one event; empty once all is over."""
        while not self._arrived and not self._is_over():
            self._wake.clear()
            await self._wake.wait()
        arrived, self._arrived = self._arrived, []
        return arrived

    async def unbind(self) -> None:
        """Say goodbye and wait for the end, at most the bind timeout."""
        if self._link:
            self._session.unbind(self._link.now())
            self._link.pump()
            await self._link.closed.wait()

    def abort(self) -> None:
        """Cut the connection. What is outstanding stays readable."""
        if self._link:
            self._link.abort()

    def _open(self) -> Link:
        now = asyncio.get_running_loop().time()
        self._session = ClientSession(now=now, limits=self.limits)
        bind = Bind(self.system_id, self.password, self.mode, self.system_type)
        self._session.bind(bind, now)
        return Link(self._session, self._on_events, self.before_write)

    def _linked(self) -> Link:
        if self._link is None:
            raise NotAllowedError("the client is not connected")
        return self._link

    def _is_over(self) -> bool:
        return self._link is None or self._link.session.is_closed

    def _on_events(self, events: list[Event]) -> None:
        if not self._bound.done():
            self._judge_bind(events)
            events = events[1:]
        self._arrived += events
        self._wake.set()

    def _judge_bind(self, events: list[Event]) -> None:
        first = events[0]
        if isinstance(first, Bound):
            self._bound.set_result(None)
            return
        status = first.status if isinstance(first, BindRefused) else None
        [reason] = [event.reason for event in events if isinstance(event, Closed)]
        self._bound.set_exception(BindFailedError(reason, status))
