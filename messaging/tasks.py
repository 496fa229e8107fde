"""The task queue's entries. Each may run twice, ends early, and calls one service."""

import asyncio
import os
import time
from datetime import timedelta
from uuid import UUID

from messaging.carriers import http
from messaging.models import Carrier, IdempotencyKey
from messaging.services import (
    dispatch,
    filings,
    health,
    house,
    importing,
    leases,
    sampling,
    withdrawal,
)
from messaging.services.leases import LeaseLostError
from smsplatform.core import clock, partitions, queue
from smsplatform.core.http import Outgoing
from smsplatform.core.queue import Every

# Well below the task library's own timeout: what a killed task leaves behind is only recovered
# when its lease runs out.
DRAIN_SECONDS = 20.0
# Less than the timeout of a post below the lease's end.
BEAT_SECONDS = 3.0
CANCEL_SECONDS = 20.0
IDEMPOTENCY_KEPT = timedelta(hours=24)
APPLY_SECONDS = 20.0

# What this process has seen of its carriers outlives the tasks.
_watches: dict[int, health.Watch] = {}

SCHEDULES = (
    Every("messaging.tasks.forget_imports", minutes=24 * 60),
    Every("messaging.tasks.prune_idempotency_keys", minutes=60),
    Every("messaging.tasks.forget_number_days", minutes=60),
    Every("messaging.tasks.sample_content", minutes=60),
    Every("messaging.tasks.note_signature_use", minutes=60),
    Every("messaging.tasks.note_scheduled_signature_use", minutes=24 * 60),
)


def drain_carrier(*, carrier_id: int, **_: object) -> None:
    """Send what is due through an HTTP carrier, until nothing is or the time is up."""
    name = leases.of_carrier(carrier_id)
    epoch = leases.take(name, owner=f"task {os.getpid()}.{time.monotonic_ns()}")
    if epoch is None:
        return
    try:
        _Drain(Carrier.objects.get(pk=carrier_id), epoch).run()
    except LeaseLostError:
        return
    leases.release(name, epoch=epoch)


def send_phone_code(*, code_id: int, **_: object) -> None:
    house.send_code(code_id=code_id, now=clock.now())


def cancel_waiting(*, account_id: int, after: str = "", **_: object) -> None:
    """What an account has waiting and may never go; the next task goes on where this one ends."""
    deadline = time.monotonic() + CANCEL_SECONDS
    place: UUID | None = UUID(after) if after else withdrawal.BEGINNING
    while place is not None and time.monotonic() < deadline:
        place = withdrawal.cancel(account_id=account_id, after=place, now=clock.now())
    if place is not None:
        queue.enqueue("messaging.tasks.cancel_waiting", account_id=account_id, after=str(place))


def sample_content(**_: object) -> None:
    now = clock.now()
    sampling.take(now=now)
    while sampling.ask(now=now) == sampling.MOST_ASKED:
        pass


class _Drain:
    """One loop and one set of connections for the whole task; the database waits between turns."""

    def __init__(self, carrier: Carrier, epoch: int) -> None:
        self._carrier = carrier
        self._sender = {"carrier_id": carrier.id, "epoch": epoch}
        self._watch = _watches.setdefault(carrier.id, health.Watch(carrier.id))
        self._beaten_at = time.monotonic()

    def run(self) -> None:
        dispatch.recover(**self._sender, now=clock.now())
        deadline = time.monotonic() + DRAIN_SECONDS
        with asyncio.Runner() as runner:
            out = http.outgoing(self._carrier)
            runner.run(out.__aenter__())
            try:
                while time.monotonic() < deadline and self._turn(runner, out):
                    pass
            finally:
                runner.run(out.__aexit__(None, None, None))

    def _turn(self, runner: asyncio.Runner, out: Outgoing) -> bool:
        """As many as the carrier takes at once; False when nothing is due."""
        started = time.monotonic()
        self._beat()
        self._watch.step(clock.now())
        most = self._watch.allowed(min(self._carrier.window, self._carrier.rate_per_second))
        claims = dispatch.claim(**self._sender, most=most, now=clock.now())
        if not claims:
            return False
        permitted_at = time.monotonic()
        going = dispatch.about_to_submit(claims=claims, **self._sender, now=clock.now())
        answers = runner.run(http.submit(out, self._carrier, going, permitted_at=permitted_at))
        dispatch.record(answers=answers, **self._sender, now=clock.now())
        self._watch.given(len(going))
        self._watch.answered(answers, clock.now())
        # The pace: a second's worth takes a second.
        pause = len(going) / self._carrier.rate_per_second - (time.monotonic() - started)
        time.sleep(max(0.0, pause))
        return True

    def _beat(self) -> None:
        if time.monotonic() - self._beaten_at > BEAT_SECONDS:
            leases.beat(leases.of_carrier(self._carrier.id), epoch=self._sender["epoch"])
            self._beaten_at = time.monotonic()


def forget_number_days(**_: object) -> None:
    """A frequency cap looks back 24 hours at most."""
    partitions.drop_days_before(table="messaging_numberday", before=clock.now() - timedelta(days=1))


def note_signature_use(**_: object) -> None:
    filings.note_recent(now=clock.now())


def note_scheduled_signature_use(**_: object) -> None:
    filings.note_scheduled(now=clock.now())


def prune_idempotency_keys(**_: object) -> None:
    IdempotencyKey.objects.filter(created_at__lt=clock.now() - IDEMPOTENCY_KEPT).delete()


def read_import(*, import_id: str, **_: object) -> None:
    importing.read(import_id=UUID(import_id), now=clock.now())


def apply_import(*, import_id: str, **_: object) -> None:
    """Group by group until the time is up; the next task goes on."""
    deadline = time.monotonic() + APPLY_SECONDS
    while importing.step(import_id=UUID(import_id), now=clock.now()):
        if time.monotonic() > deadline:
            queue.enqueue("messaging.tasks.apply_import", import_id=import_id)
            return


def forget_imports(**_: object) -> None:
    importing.forget(now=clock.now())
