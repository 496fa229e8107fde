"""The task queue's entries. Each may run twice, ends early, and calls one service."""

import asyncio
import os
import time
from datetime import timedelta

from messaging.carriers import http
from messaging.models import Carrier, IdempotencyKey
from messaging.services import dispatch, leases, receipts
from messaging.services.dispatch import MOST_CLAIMED
from messaging.services.leases import LeaseLostError
from smsplatform.core import clock
from smsplatform.core.queue import Every

# Well below the task library's own timeout: what a killed task leaves behind is only recovered
# when its lease runs out.
DRAIN_SECONDS = 15.0
IDEMPOTENCY_KEPT = timedelta(hours=24)

SCHEDULES = (Every("messaging.tasks.prune_idempotency_keys", minutes=60),)


def drain_carrier(*, carrier_id: int, **_: object) -> None:
    """Send what is due through an HTTP carrier, until nothing is or the time is up."""
    name = leases.of_carrier(carrier_id)
    epoch = leases.take(name, owner=f"task {os.getpid()}.{time.monotonic_ns()}")
    if epoch is None:
        return
    try:
        _drain(Carrier.objects.get(pk=carrier_id), epoch)
    except LeaseLostError:
        return
    finally:
        leases.release(name, epoch=epoch)


def _drain(carrier: Carrier, epoch: int) -> None:
    dispatch.recover(carrier_id=carrier.id, epoch=epoch, now=clock.now())
    deadline = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < deadline and _drain_some(carrier, epoch):
        receipts.apply(carrier_id=carrier.id, now=clock.now())


def _drain_some(carrier: Carrier, epoch: int) -> bool:
    """One group, at most what the carrier takes in a second."""
    started = time.monotonic()
    claims = dispatch.claim(
        carrier_id=carrier.id,
        epoch=epoch,
        most=min(MOST_CLAIMED, carrier.rate_per_second),
        now=clock.now(),
    )
    if not claims:
        return False
    leases.beat(leases.of_carrier(carrier.id), epoch=epoch)
    going = dispatch.about_to_submit(
        carrier_id=carrier.id, epoch=epoch, claims=claims, now=clock.now()
    )
    answers = asyncio.run(http.submit(carrier, going))
    dispatch.record(carrier_id=carrier.id, epoch=epoch, answers=answers, now=clock.now())
    # The pace: a full second's worth takes a second.
    pause = len(going) / carrier.rate_per_second - (time.monotonic() - started)
    time.sleep(max(0.0, pause))
    return True


def apply_receipts(*, carrier_id: int, **_: object) -> None:
    """Receipts that an HTTP carrier called back with; those without a message yet wait."""
    while receipts.apply(carrier_id=carrier_id, now=clock.now()) >= receipts.MOST_APPLIED:
        pass


def prune_idempotency_keys(**_: object) -> None:
    IdempotencyKey.objects.filter(created_at__lt=clock.now() - IDEMPOTENCY_KEPT).delete()
