"""One HTTP/1.1 connection: one request goes out in one write, one answer comes back, and so on."""

import asyncio
import math
from collections.abc import Callable

from smsplatform.core.http.answers import Answer, Reader
from smsplatform.core.http.errors import NotSent, Unanswered

# Shorter than the five seconds after which common servers hang up, because a POST written into a
# connection the other side is just closing is neither sent nor not sent.
KEEP_ALIVE_SECONDS = 4.0

Outcome = Answer | NotSent | Unanswered
Done = Callable[[Outcome], object]


class Exchange:
    """A request and who wants its outcome. `done` is called once, unless abandoned before.

    All times are the loop's. After `write_before` it is not written any more.
    """

    __slots__ = ("_done", "connection", "deadline", "request", "started", "write_before")

    def __init__(
        self,
        request: bytes,
        done: Done,
        started: float,
        deadline: float,
        write_before: float = math.inf,
    ) -> None:
        self.request = request
        self.started = started
        self.deadline = deadline
        self.write_before = write_before
        self.connection: Connection | None = None
        self._done: Done | None = done

    @property
    def is_over(self) -> bool:
        return self._done is None

    def end(self, outcome: Outcome) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(outcome)

    def abandon(self) -> None:
        """Nobody waits any more. What has not been written will not be."""
        if not self.is_over:
            self._done = None
            if self.connection is not None:
                self.connection.drop()


class Connection(asyncio.Protocol):
    """`on_idle` and `on_lost` keep the pool's books. Nothing in here is awaited."""

    def __init__(
        self,
        *,
        time: Callable[[], float],
        on_idle: "Callable[[Connection], None]",
        on_lost: "Callable[[Connection], None]",
    ) -> None:
        self._time = time
        self._on_idle = on_idle
        self._on_lost = on_lost
        self._reader = Reader()
        self._exchange: Exchange | None = None
        self._transport: asyncio.Transport
        # In the loop's time: when the answer must be whole, or else when idling is over.
        self.deadline = float("inf")

    @property
    def is_usable(self) -> bool:
        return self._exchange is None and not self._transport.is_closing()

    def send(self, exchange: Exchange) -> bool:
        """Only while usable. From here on the request counts as written; False where it has become
        too late for that, as in a process that stood still meanwhile."""
        if self._time() > exchange.write_before:
            return False
        self._exchange = exchange
        exchange.connection = self
        self.deadline = exchange.deadline
        self._transport.write(exchange.request)
        return True

    def rest(self, now: float) -> None:
        self.deadline = now + KEEP_ALIVE_SECONDS
        self._on_idle(self)

    def expire(self) -> None:
        """The deadline has passed."""
        if self._exchange is None:
            self._transport.close()
        else:
            self._fail("timeout")

    def drop(self) -> None:
        """At once; what is under way stays unanswered."""
        self._fail("disconnected")

    # -- what the transport calls ------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if self._exchange is None:
            self._transport.abort()  # it talks without being asked
        elif not reader.feed(data):
            self._fail("malformed_answer")
        elif reader.is_whole:
            self._answer(reader.is_kept)
        elif reader.is_cut:
            self._answer(False)

    def eof_received(self) -> None:
        if self._exchange is not None and self._reader.ends_with_connection:
            self._answer(False)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail("disconnected")
        self._on_lost(self)

    # -- how an exchange ends ----------------------------------------------------------------

    def _answer(self, is_kept: bool) -> None:
        exchange, self._exchange = self._exchange, None
        assert exchange is not None  # noqa: S101 - for the type checker
        transport, reader = self._transport, self._reader
        now = self._time()
        answer = reader.answer(now - exchange.started)
        # An answer may come before the whole request has left; the rest of it would be read as
        # the beginning of the next one.
        if is_kept and not transport.get_write_buffer_size() and not transport.is_closing():
            reader.begin()
            self.rest(now)
        else:
            transport.abort()
        exchange.end(answer)

    def _fail(self, reason: str) -> None:
        exchange, self._exchange = self._exchange, None
        self._transport.abort()
        if exchange is not None:
            exchange.end(Unanswered(reason))
