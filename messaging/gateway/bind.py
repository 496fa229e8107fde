"""One carrier's bind: bytes to and from the desk, reconnecting for ever."""

import asyncio
import contextlib
import functools
import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from accounts.services.announcing import Taker
from messaging.carriers import smpp
from messaging.carriers.base import PartAnswer
from messaging.gateway.applier import ReceiptApplier
from messaging.gateway.desk import NO_ROOM, CarrierDesk, Outbox, Room
from messaging.gateway.pace import Pace
from messaging.gateway.threads import DATABASE_ERRORS, DatabaseThread
from messaging.gateway.wire import Wire, answer
from messaging.models import Carrier
from messaging.services.dispatch import Answer, Outcome
from messaging.services.leases import LeaseLostError
from messaging.smpp.client import SmppClient
from messaging.smpp.events import Answered, Closed, Delivered, Event, Unanswered
from messaging.smpp.session import DEAD, SmppError
from smsplatform.core import clock

log = logging.getLogger(__name__)

T = TypeVar("T")

IDLE_SECONDS = 0.5
# Steps follow each other so soon: each would else claim a message or two, at the cost of a hundred.
# A step after a rest begins at once; where many go at once, the wire must not rest.
PULSE_SECONDS = 0.05
QUICK_PULSE_SECONDS = 0.02
MANY = 250
BEAT_SECONDS = 2.0
RETRY_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 60.0
THROTTLED_SECONDS = 1.0
LAST_ANSWERS_SECONDS = 10.0
LAST_RECEIPTS_SECONDS = 1.0
GOODBYE_SECONDS = 2.0


class CutError(Exception):
    """The connection ended."""


class BindRunner:
    """Runs until `stop` is called. `due` is set when messages may be waiting."""

    def __init__(self, carrier_id: int, *, owner: str, poster: Taker) -> None:
        self.carrier_id = carrier_id
        self.due = asyncio.Event()
        self._desk = CarrierDesk(carrier_id, owner=owner)
        self._thread = DatabaseThread(f"carrier-{carrier_id}")
        self._applier = ReceiptApplier(carrier_id, poster)
        self._answers: list[Answer] = []
        self._stopped = asyncio.Event()
        self._failures = 0

    def stop(self) -> None:
        self._stopped.set()
        self._desk.stop_claiming()
        self.due.set()

    async def run(self) -> None:
        applying = asyncio.create_task(self._applier.run())
        try:
            while not self._stopped.is_set():
                await self._live()
        finally:
            self._thread.close()
            self._applier.stop()
            await applying

    async def _live(self) -> None:
        try:
            await self._life()
        except (OSError, SmppError, CutError) as error:
            log.warning("carrier %d: %s", self.carrier_id, error or type(error).__name__)
            await self._back_off()
        except LeaseLostError:
            log.warning("carrier %d: another gateway holds the lease", self.carrier_id)
            await self._pause(RETRY_SECONDS)
        except DATABASE_ERRORS:
            log.warning("carrier %d: the database failed", self.carrier_id, exc_info=True)
            await self._pause(RETRY_SECONDS)
        except Exception:  # a fault of ours in one carrier must not end it for good
            log.exception("carrier %d: starting over", self.carrier_id)
            await self._back_off()

    async def _life(self) -> None:
        """From taking the lease to losing the connection."""
        carrier = await self._thread.run(self._desk.open)
        if carrier is None:
            await self._pause(RETRY_SECONDS)
            return
        client = smpp.client(carrier)
        self._meanings = smpp.meanings(carrier)
        await self._connect(client)
        self._desk.watch.reached()
        log.info("carrier %d: bound to %s:%d", self.carrier_id, carrier.host, carrier.port)
        self._failures = 0
        wire, pace = Wire(client), Pace(carrier.rate_per_second)
        reader = asyncio.create_task(self._read(client, wire, pace))
        try:
            await self._work(client, wire, pace, carrier, reader)
            await self._finish(client, wire, pace)
        finally:
            reader.cancel()
            client.abort()
            with contextlib.suppress(asyncio.CancelledError, CutError):
                await reader
            self._give_up(wire)
            self._applier.forget()

    def _give_up(self, wire: Wire) -> None:
        """What was written and not answered when the connection ended."""
        unknown = wire.give_up()
        if unknown:
            self._desk.watch.lost(clock.reading(), in_doubt=True)
        self._answers += unknown

    async def _connect(self, client: SmppClient) -> None:
        """The lease is kept meanwhile."""
        connecting = asyncio.create_task(client.connect())
        try:
            while not (await asyncio.wait({connecting}, timeout=BEAT_SECONDS))[0]:
                await self._record()
                await self._step()
            await connecting
        except BaseException:
            connecting.cancel()
            client.abort()
            raise

    async def _work(
        self,
        client: SmppClient,
        wire: Wire,
        pace: Pace,
        carrier: Carrier,
        reader: "asyncio.Task[None]",
    ) -> None:
        began, pulse = float("-inf"), PULSE_SECONDS
        while not self._stopped.is_set():
            if reader.done():
                await reader
            await asyncio.sleep(began + pulse - time.monotonic())
            began = time.monotonic()
            self.due.clear()
            self._go_on(wire, pace)
            room = Room(wire.places, pace.allowed(), wire.window)
            out = await self._step(room)
            self._send(client, wire, pace, out)
            # After the write: while the next are on the wire, what the last were answered is kept.
            await self._record()
            if out.claims:
                pulse = QUICK_PULSE_SECONDS if len(out.claims) >= MANY else PULSE_SECONDS
            if not (self._answers or (out.claims and wire.places)):
                await self._wait_for_something(IDLE_SECONDS)

    def _send(self, client: SmppClient, wire: Wire, pace: Pace, out: Outbox) -> None:
        if out.is_stale or not client.is_bound:
            unsent = [answer(claim, Outcome.NOT_SENT) for claim in out.claims]
            self._answers += unsent
        elif out.claims:
            pace.use(sum(claim.parts for claim in out.claims))
            self._answers += wire.write(out.claims, self._desk.epoch)

    def _go_on(self, wire: Wire, pace: Pace) -> None:
        """With messages that are on the wire in part; see there what that asks for."""
        epoch = self._desk.epoch
        if self._desk.is_sure:
            self._answers += wire.write_rest(epoch)
            pace.use(wire.write_again(pace.allowed(), epoch))
        self._answers += wire.end_overdue(epoch)

    async def _finish(self, client: SmppClient, wire: Wire, pace: Pace) -> None:
        """Stopping: wait for the last answers, record them, hand back what was never written."""
        deadline = time.monotonic() + LAST_ANSWERS_SECONDS
        while not wire.is_empty and time.monotonic() < deadline and client.is_bound:
            await self._wait_for_something(0.1)
            self.due.clear()
            self._go_on(wire, pace)
            await self._record()
            await self._step()
        await self._applier.rest(LAST_RECEIPTS_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await client.unbind()
        self._answers += wire.give_up()
        self._applier.forget()
        await self._record()
        await self._step()
        await self._thread.run(self._desk.close)
        log.info("carrier %d: unbound", self.carrier_id)

    async def _step(self, room: Room = NO_ROOM) -> Outbox:
        return await self._guarded(lambda: self._desk.step(room)) or Outbox()

    async def _record(self) -> None:
        if not self._answers:
            return
        answers, self._answers = self._answers, []
        try:
            await self._guarded(lambda: self._desk.record(answers))
        finally:
            self._answers[:0] = answers

    async def _guarded(self, work: Callable[[], T]) -> T | None:
        """None after an error of the database: the bind stays while nobody takes the lease."""
        try:
            return await self._thread.run(work)
        except DATABASE_ERRORS:
            log.warning("carrier %d: the database failed", self.carrier_id, exc_info=True)
            await asyncio.sleep(RETRY_SECONDS)
            await self._reopen()
            return None

    async def _reopen(self) -> None:
        while True:
            try:
                await self._thread.run(self._desk.reopen)
            except DATABASE_ERRORS as error:
                if self._stopped.is_set():
                    raise
                log.warning("carrier %d: still no database: %s", self.carrier_id, error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _read(self, client: SmppClient, wire: Wire, pace: Pace) -> None:
        while True:
            events = await client.events()
            if not events:
                raise CutError("the connection is closed")
            for event in events:
                self._take(event, client, wire, pace)
            self.due.set()

    def _take(self, event: Event, client: SmppClient, wire: Wire, pace: Pace) -> None:
        match event:
            case Answered(token):
                meaning = smpp.meaning(event, self._meanings)
                if meaning.outcome == Outcome.THROTTLED:
                    pace.hold(THROTTLED_SECONDS)
                self._answered(wire, token, meaning)
            case Unanswered(token):
                self._answered(wire, token, PartAnswer(Outcome.UNKNOWN))
            case Delivered(deliver, sequence):
                told = smpp.report(deliver) or smpp.inbound(deliver)
                self._applier.add(told, functools.partial(client.acknowledge, sequence))
            case Closed(reason):
                self._desk.watch.lost(clock.reading(), was_silent=reason == DEAD)
                raise CutError(reason)

    def _answered(self, wire: Wire, token: object, part: PartAnswer) -> None:
        told = wire.answered(token, part)
        if told is not None:
            self._answers.append(told)

    async def _wait_for_something(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.due.wait()

    async def _back_off(self) -> None:
        """1 s, 2 s, 4 s … a minute, each a little different, so that gateways do not march.

        The lease is let go: another gateway may reach the carrier where this one cannot.
        """
        self._failures += 1
        self._desk.watch.lost(clock.reading())
        try:
            await self._record()
            await self._step()
            await self._thread.run(self._desk.close)
        except (*DATABASE_ERRORS, LeaseLostError) as error:
            log.warning("carrier %d: %s", self.carrier_id, error)
        seconds = min(LONGEST_BACKOFF_SECONDS, 2.0 ** (self._failures - 1))
        await self._pause(seconds * random.uniform(0.5, 1.0))  # noqa: S311

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
