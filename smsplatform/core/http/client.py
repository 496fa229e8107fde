"""One pool of kept-alive connections for everything that leaves.

An HTTP client of our own, because webhooks are half of the pipeline: one leaves for every message.
Measured on one core, a post through aiohttp's client, in a task of its own, costs 120 to 160 µs,
more than all else that the gateway does for a message. Here it costs 20, half of it the kernel's:
the head is made once for each URL, what changes is one write, the answer is read by a parser in C
(httptools), and a post needs no task, no future and no timer.
"""

import asyncio
import functools
import math
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit
from weakref import WeakValueDictionary

from smsplatform.core.http import dialler, guard
from smsplatform.core.http.answers import Answer
from smsplatform.core.http.connection import Connection, Done, Exchange, Outcome
from smsplatform.core.http.errors import NotSent, UrlRefused
from smsplatform.core.http.resolver import AddressDenied, VettingResolver

USER_AGENT = "smsplatform/1"
# How late a limit of time may be noticed: one look at all connections instead of a timer for each.
SWEEP_SECONDS = 0.25

# What keeps a connection from being made, more special kinds first.
REASONS = (
    (AddressDenied, "address_denied"),
    (dialler.NameUnknown, "dns_failed"),
    (ssl.SSLCertVerificationError, "certificate"),
    (ssl.SSLError, "tls_failed"),
    (TimeoutError, "connect_timeout"),
)

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# What a path and a query may hold unescaped; what is escaped already stays as it is written.
UNESCAPED = "/?:@!$&'()*+,;=%[]"


@dataclass(eq=False, slots=True, weakref_slot=True)
class Origin:
    """Whom a connection may be shared with: the same scheme, host and port."""

    is_tls: bool
    host: str
    port: int
    # Used last is last: it is used next, so that what is not needed ages and goes.
    idle: list[Connection] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Way:
    """What a URL comes to: made once, used for every request."""

    origin: Origin
    head: bytes  # from the path to the last header that is always the same


class Outgoing:
    """`async with Outgoing(allowed=...) as outgoing:` and post from as many tasks as you like.

    Connections are unlimited here: whoever schedules the work limits it per endpoint, so that one
    slow endpoint never holds a place another one needs.
    """

    def __init__(
        self,
        *,
        allowed: frozenset[tuple[str, int]],
        own_names: frozenset[str] = frozenset(),
        resolver: VettingResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._resolver = resolver or VettingResolver(allowed=allowed)
        self._ssl_context = ssl_context
        self._check = functools.partial(guard.check_url, allowed=allowed, own_names=own_names)
        # A URL is text and its verdict never changes; a busy endpoint is checked once, not always.
        self._way = functools.lru_cache(4096)(self._find_way)
        self._origins: WeakValueDictionary[tuple[bool, str, int], Origin] = WeakValueDictionary()
        self._connections: set[Connection] = set()
        self._opening: dict[asyncio.Task[None], Exchange] = {}

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sweeping.cancel()
        opening = dict(self._opening)
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        for exchange in opening.values():
            exchange.end(NotSent("connect_failed"))  # of a task that had not begun
        for connection in tuple(self._connections):
            connection.drop()
        self._resolver.close()
        await asyncio.sleep(0)  # transports close in the next round

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float = 10.0,
        write_before: float = math.inf,
    ) -> Answer:
        """Raises NotSent or Unanswered. The time covers everything from DNS to the last byte read.

        Half of it is the limit for getting a connection, so running out of time there is NotSent,
        as is what could not be written before `write_before` (monotonic).
        """
        return await self._exchange(url, body, headers, timeout_seconds, write_before)

    async def get(
        self, url: str, *, headers: Mapping[str, str], timeout_seconds: float = 10.0
    ) -> Answer:
        """Like `post`. Written once only: for some carriers a GET sends a message."""
        return await self._exchange(url, None, headers, timeout_seconds, math.inf)

    def start(
        self,
        url: str,
        *,
        body: bytes | None,  # None: a GET
        headers: Mapping[str, str] | bytes,
        done: Done,
        timeout_seconds: float = 10.0,
        write_before: float = math.inf,
    ) -> Exchange:
        """What `post` does, for who has thousands: `done` is called with what post would return or
        raise, never before this returns. Written at once where a connection is idle.

        `headers` as bytes are lines that each end with CRLF, from values that were made here: they
        are not looked at.
        """
        now = self._loop.time()
        try:
            way = self._way(url)
            lines = headers if isinstance(headers, bytes) else _lines(headers)
        except (UrlRefused, NotSent) as error:
            refused = NotSent(error.code) if isinstance(error, UrlRefused) else error
            exchange = Exchange(b"", done, now, now)
            self._loop.call_soon(exchange.end, refused)
            return exchange
        request = _request(way, lines, body)
        exchange = Exchange(request, done, now, now + timeout_seconds, write_before)
        connection = self._idle(way.origin, now)
        if connection is not None:
            if not connection.send(exchange):
                connection.rest(now)
                self._loop.call_soon(exchange.end, NotSent("too_late"))
        else:
            opening = self._loop.create_task(
                self._open(way.origin, exchange, now + timeout_seconds / 2)
            )
            self._opening[opening] = exchange
            opening.add_done_callback(self._opening.pop)
        return exchange

    async def _exchange(
        self,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout_seconds: float,
        write_before: float,
    ) -> Answer:
        # Two rounds of the loop: one to see and one to hear who has hung up while it stood still,
        # as it does between two turns of a task.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        future: asyncio.Future[Outcome] = self._loop.create_future()
        exchange = self.start(
            url,
            body=body,
            headers=headers,
            timeout_seconds=timeout_seconds,
            write_before=write_before,
            done=future.set_result,
        )
        try:
            outcome = await future
        finally:
            exchange.abandon()
        if isinstance(outcome, Answer):
            return outcome
        raise outcome

    # -- the pool ------------------------------------------------------------------------------

    def _find_way(self, url: str) -> Way:
        target = self._check(url)
        parts = urlsplit(target.url)
        is_tls = parts.scheme == "https"
        origin = self._origins.setdefault(
            (is_tls, target.host, target.port), Origin(is_tls, target.host, target.port)
        )
        bracketed = f"[{target.host}]" if ":" in target.host else target.host
        is_usual = target.port == (443 if is_tls else 80)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        head = (
            f" {quote(path, safe=UNESCAPED)} HTTP/1.1\r\n"
            f"Host: {bracketed if is_usual else f'{bracketed}:{target.port}'}\r\n"
            f"User-Agent: {USER_AGENT}\r\n"
            "Accept: */*\r\n"
            "Accept-Encoding: identity\r\n"
        )
        return Way(origin, head.encode("ascii"))

    def _idle(self, origin: Origin, now: float) -> Connection | None:
        while origin.idle:
            connection = origin.idle.pop()
            if connection.is_usable and connection.deadline > now:
                return connection
        return None

    async def _open(self, origin: Origin, exchange: Exchange, before: float) -> None:
        """For one exchange; afterwards the connection serves whoever comes."""
        reason = "connect_failed"
        try:
            async with asyncio.timeout_at(before):
                connection = await self._connect(origin)
            if exchange.is_over:
                connection.rest(self._loop.time())
            elif connection.is_usable and not connection.send(exchange):
                reason = "too_late"
                connection.rest(self._loop.time())
        except OSError as error:
            reason = next((code for kind, code in REASONS if isinstance(error, kind)), reason)
        finally:
            if exchange.connection is None:
                exchange.end(NotSent(reason))

    async def _connect(self, origin: Origin) -> Connection:
        addresses = await dialler.addresses(self._resolver, origin.host, origin.port)
        sock = await dialler.connect(addresses, origin.port)
        _, connection = await self._loop.create_connection(
            functools.partial(
                Connection,
                time=self._loop.time,
                on_idle=origin.idle.append,
                on_lost=functools.partial(self._forget, origin),
            ),
            sock=sock,
            ssl=self._trust() if origin.is_tls else None,
            server_hostname=origin.host if origin.is_tls else None,
            ssl_shutdown_timeout=1.0 if origin.is_tls else None,
        )
        self._connections.add(connection)
        return connection

    def _trust(self) -> ssl.SSLContext:
        if self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
            self._ssl_context.set_alpn_protocols(["http/1.1"])
        return self._ssl_context

    def _forget(self, origin: Origin, connection: Connection) -> None:
        self._connections.discard(connection)
        if connection in origin.idle:
            origin.idle.remove(connection)

    def _sweep(self) -> None:
        now = self._loop.time()
        for connection in [one for one in self._connections if one.deadline < now]:
            connection.expire()
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)


def _lines(headers: Mapping[str, str]) -> bytes:
    for name, value in headers.items():
        is_clean = value.isascii() and value.isprintable()
        if not is_clean or not HEADER_NAME.fullmatch(name):
            raise NotSent("header_characters")
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")


def _request(way: Way, lines: bytes, body: bytes | None) -> bytes:
    if body is None:
        return b"GET%b%b\r\n" % (way.head, lines)
    return b"POST%b%bContent-Length: %d\r\n\r\n%b" % (way.head, lines, len(body), body)
