"""One carrier's bind: bytes to and from the desk, reconnecting for ever."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError

from messaging.carriers import smpp
from messaging.carriers.base import PartAnswer, combine
from messaging.gateway.desk import CarrierDesk, Inbox, Outbox, forget_connection
from messaging.gateway.pace import Pace
from messaging.models import Carrier
from messaging.services.dispatch import Answer, Claim, Outcome
from messaging.services.leases import LeaseLostError
from messaging.smpp.client import SmppClient
from messaging.smpp.events import Answered, Closed, Delivered, Event, Unanswered
from messaging.smpp.session import SmppError

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
LEASE_RETRY_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 60.0
LAST_ANSWERS_SECONDS = 10.0

T = TypeVar("T")


class CutError(Exception):
    """The connection ended."""


class _Pending:
    """A message on the wire: the answers of its parts, until all are there."""

    __slots__ = ("claim", "parts")

    def __init__(self, claim: Claim, parts: int) -> None:
        self.claim = claim
        self.parts: list[PartAnswer | None] = [None] * parts


Token = tuple[_Pending, int]


class BindRunner:
    """Runs until `stop` is called. `due` is set when messages may be waiting."""

    def __init__(self, carrier_id: int, *, owner: str) -> None:
        self.carrier_id = carrier_id
        self.due = asyncio.Event()
        self._desk = CarrierDesk(carrier_id, owner=owner)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"carrier-{carrier_id}")
        self._inbox = Inbox()
        self._stopping = False
        self._failures = 0

    def stop(self) -> None:
        self._stopping = True
        self._desk.stop_claiming()
        self.due.set()

    async def run(self) -> None:
        while not self._stopping:
            try:
                await self._life()
            except (OSError, TimeoutError, SmppError, CutError) as error:
                log.warning("carrier %d: %s", self.carrier_id, error or type(error).__name__)
                await self._back_off()
            except LeaseLostError:
                log.warning("carrier %d: another gateway holds the lease", self.carrier_id)
                await self._pause(LEASE_RETRY_SECONDS)
            except (DatabaseError, InterfaceError):
                log.warning("carrier %d: the database failed", self.carrier_id, exc_info=True)
                await self._pause(LEASE_RETRY_SECONDS)
        self._thread.shutdown(wait=False)

    async def _life(self) -> None:
        """From taking the lease to losing the connection."""
        carrier = await self._in_thread(self._desk.open)
        if carrier is None:
            await self._pause(LEASE_RETRY_SECONDS)
            return
        client = smpp.client(carrier)
        await client.connect()
        log.info("carrier %d: bound to %s:%d", self.carrier_id, carrier.host, carrier.port)
        self._failures = 0
        reader = asyncio.create_task(self._read(client))
        try:
            await self._work(client, carrier, reader)
            await self._finish(client)
        finally:
            reader.cancel()
            client.abort()
            self._give_up(client)
            with contextlib.suppress(asyncio.CancelledError, CutError):
                await reader

    async def _work(
        self, client: SmppClient, carrier: Carrier, reader: "asyncio.Task[None]"
    ) -> None:
        pace = Pace(carrier.rate_per_second)
        while not self._stopping:
            if reader.done():
                await reader
            self.due.clear()
            out = await self._step(client, room=client.window_free, rate=pace.allowed())
            pace.use(len(out.claims))
            is_busy = bool(out.claims or out.has_more or self._inbox)
            if not is_busy or not client.window_free:
                await self._wait_for_something(IDLE_SECONDS)
            elif not out.claims and not out.has_more:
                # What arrives in the next moment shares the next commit.
                await asyncio.sleep(0)

    async def _finish(self, client: SmppClient) -> None:
        """Stopping: wait for the last answers, record them, hand back what was never written."""
        deadline = time.monotonic() + LAST_ANSWERS_SECONDS
        while client.outstanding() and time.monotonic() < deadline:
            await self._wait_for_something(0.1)
            await self._step(client, room=0, rate=0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await client.unbind()
        self._give_up(client)
        await self._step(client, room=0, rate=0)
        await self._in_thread(self._desk.close)

    async def _step(self, client: SmppClient, *, room: int, rate: int) -> Outbox:
        inbox, self._inbox = self._inbox, Inbox()
        try:
            out = await self._in_thread(lambda: self._desk.step(inbox, room=room, rate=rate))
        except BaseException:
            inbox.extend(self._inbox)
            self._inbox = inbox
            raise
        for sequence in out.acknowledged:
            client.acknowledge(sequence)
        self._write(client, out)
        return out

    def _write(self, client: SmppClient, out: Outbox) -> None:
        """All in one write; what may no longer be written was certainly not sent."""
        if not out.claims:
            return
        batch: list[tuple[Any, Token]] = []
        for claim in out.claims:
            submissions = smpp.submissions(claim)
            pending = _Pending(claim, len(submissions))
            batch += [(pdu, (pending, place)) for place, pdu in enumerate(submissions)]
        if out.is_stale or not client.is_bound or len(batch) > client.window_free:
            self._inbox.answers += [_answer(claim, Outcome.NOT_SENT) for claim in out.claims]
            return
        client.submit_many(batch)

    async def _read(self, client: SmppClient) -> None:
        while True:
            events = await client.events()
            if not events:
                raise CutError("the connection is closed")
            for event in events:
                self._take(event)
            self.due.set()

    def _take(self, event: Event) -> None:
        if isinstance(event, Answered):
            self._answered(event.token, smpp.meaning(event))
        elif isinstance(event, Unanswered):
            self._answered(event.token, PartAnswer(Outcome.UNKNOWN))
        elif isinstance(event, Delivered):
            self._inbox.reports.append((smpp.report(event.deliver), event.sequence))
        elif isinstance(event, Closed):
            raise CutError(event.reason)

    def _answered(self, token: Token, answer: PartAnswer) -> None:
        pending, place = token
        pending.parts[place] = answer
        parts = [part for part in pending.parts if part is not None]
        if len(parts) == len(pending.parts):
            self._inbox.answers.append(combine(pending.claim, parts))

    def _give_up(self, client: SmppClient) -> None:
        """Written and not answered: nobody knows."""
        for pending in dict.fromkeys(pending for pending, _place in client.outstanding()):
            if any(part is None for part in pending.parts):
                self._inbox.answers.append(_answer(pending.claim, Outcome.UNKNOWN))
        # Their acknowledgement would reach nobody; the carrier sends them again.
        self._inbox.reports.clear()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _guarded, work)

    async def _wait_for_something(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.due.wait()

    async def _back_off(self) -> None:
        """1 s, 2 s, 4 s … a minute, each a little different, so that gateways do not march."""
        self._failures += 1
        await self._record_last_answers()
        seconds = min(LONGEST_BACKOFF_SECONDS, 2.0 ** (self._failures - 1))
        await self._pause(seconds * random.uniform(0.5, 1.0))  # noqa: S311

    async def _record_last_answers(self) -> None:
        """The wire is gone, the lease is not: what is known is recorded before the pause."""
        inbox, self._inbox = self._inbox, Inbox()
        try:
            await self._in_thread(lambda: self._desk.step(inbox, room=0, rate=0))
        except (DatabaseError, InterfaceError, LeaseLostError):
            inbox.extend(self._inbox)
            self._inbox = inbox

    async def _pause(self, seconds: float) -> None:
        if self._stopping:
            return
        deadline = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < deadline:
            await asyncio.sleep(min(0.2, seconds))


def _answer(claim: Claim, outcome: Outcome) -> Answer:
    return Answer(claim.message_id, claim.no, outcome)


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except (DatabaseError, InterfaceError):
        forget_connection()
        raise
