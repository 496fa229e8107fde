"""One carrier's work with the database, a step at a time, in one thread. No socket, no asyncio.

A step keeps the lease and says what may be written. What `record` was given leaves the list only
once it is committed: after an error the same answers come again.
"""

import logging
import time
from collections import deque
from dataclasses import dataclass, field

from messaging.models import Carrier
from messaging.services import dispatch, health, leases
from messaging.services.dispatch import MOST_CLAIMED, Answer, Claim, Outcome
from messaging.services.leases import LeaseLostError
from smsplatform.core import clock

log = logging.getLogger(__name__)

BEAT_SECONDS = 3.0
# Older than this, a permission to write is not used: a successor may have given up on it.
WRITE_WITHIN_SECONDS = 2.0
# A heartbeat and the longest turn of the loop apart; half of the time that a lease lasts.
SURE_SECONDS = leases.SECONDS / 2


@dataclass(frozen=True, slots=True)
class Room:
    """Parts that the wire takes now: free places of the window, the pace, and the whole window."""

    places: int = 0
    pace: int = 0
    window: int = 0

    @property
    def is_open(self) -> bool:
        return self.places > 0 and self.pace > 0

    def takes(self, claim: Claim, used: int) -> bool:
        """A message with more parts than the window has places goes alone, part by part."""
        if used and used + claim.parts > self.pace:
            return False
        return used + claim.parts <= self.places or (not used and self.places == self.window)


NO_ROOM = Room()


@dataclass(slots=True)
class Outbox:
    """What may be written now. `permitted_at` is monotonic; see WRITE_WITHIN_SECONDS.

    It is the instant at which permission was asked for: a process that is frozen while it waits for
    the commit wakes to a permission that a successor may have revoked meanwhile.
    """

    claims: list[Claim] = field(default_factory=list)
    permitted_at: float = 0.0

    @property
    def is_stale(self) -> bool:
        return time.monotonic() - self.permitted_at > WRITE_WITHIN_SECONDS


class CarrierDesk:
    def __init__(self, carrier_id: int, *, owner: str) -> None:
        self.carrier_id = carrier_id
        self.owner = owner
        self.epoch = 0
        self._claimed: deque[Claim] = deque()
        # Permitted in a step that did not come to its end: never written.
        self._unwritten: list[Claim] = []
        self._beaten_at = float("-inf")
        self._is_claiming = True
        self.watch = health.Watch(carrier_id)

    def open(self) -> Carrier | None:
        """Take the lease and recover what earlier lives left; None while another holds it."""
        asked_at = time.monotonic()
        epoch = leases.take(leases.of_carrier(self.carrier_id), owner=self.owner)
        if epoch is None:
            return None
        self.epoch = epoch
        self._claimed.clear()
        self._beaten_at = asked_at
        self.record(_not_sent(self._unwritten))
        self._unwritten.clear()
        left = dispatch.recover(carrier_id=self.carrier_id, epoch=epoch, now=clock.now())
        log.info("carrier %d: lease taken, epoch %d, %d recovered", self.carrier_id, epoch, left)
        return Carrier.objects.get(pk=self.carrier_id)

    def reopen(self) -> None:
        """After the database failed under a step: nobody knows what of it was committed. A new
        epoch settles that; answers to what is on the wire still count."""
        if self.open() is None:
            raise LeaseLostError(leases.of_carrier(self.carrier_id))

    def step(self, room: Room = NO_ROOM) -> Outbox:
        self._beat()
        out = Outbox()
        self.watch.step(clock.now())
        if room.is_open and self._is_claiming:
            self._permit(out, room)
        return out

    @property
    def is_sure(self) -> bool:
        """The lease was ours so lately that nobody can have taken it since.

        What was permitted longer ago than WRITE_WITHIN_SECONDS, and has begun to be written, may go
        on only now: a successor would have called it unknown, and decide without us.
        """
        return time.monotonic() - self._beaten_at < SURE_SECONDS

    def stop_claiming(self) -> None:
        self._is_claiming = False

    def close(self) -> None:
        """What was never written goes back at once, and the next may take over."""
        claims = list(self._claimed)
        if claims:
            dispatch.release(
                carrier_id=self.carrier_id, epoch=self.epoch, claims=claims, now=clock.now()
            )
        self._claimed.clear()
        leases.release(leases.of_carrier(self.carrier_id), epoch=self.epoch)

    def _beat(self) -> None:
        asked_at = time.monotonic()
        if asked_at - self._beaten_at > BEAT_SECONDS:
            leases.beat(leases.of_carrier(self.carrier_id), epoch=self.epoch)
            self._beaten_at = asked_at

    def record(self, answers: list[Answer]) -> None:
        while answers:
            group = answers[:MOST_CLAIMED]
            dispatch.record(
                carrier_id=self.carrier_id, epoch=self.epoch, answers=group, now=clock.now()
            )
            self.watch.answered(group, clock.now())
            del answers[:MOST_CLAIMED]

    def _permit(self, out: Outbox, room: Room) -> None:
        """Messages whose attempts are `submitting` now: they may be written, and must be soon."""
        if not self._claimed:
            claims = dispatch.claim(
                carrier_id=self.carrier_id,
                epoch=self.epoch,
                # No more than goes now: what is claimed stands before whatever is more urgent.
                most=self.watch.allowed(min(MOST_CLAIMED, room.pace, room.places)),
                now=clock.now(),
            )
            self._claimed.extend(claims)
        batch: list[Claim] = []
        used = 0
        while self._claimed and room.takes(self._claimed[0], used):
            used += self._claimed[0].parts
            batch.append(self._claimed.popleft())
        if not batch:
            return
        self._unwritten = batch
        out.permitted_at = time.monotonic()
        out.claims = dispatch.about_to_submit(
            carrier_id=self.carrier_id, epoch=self.epoch, claims=batch, now=clock.now()
        )
        self._unwritten = []
        self.watch.given(len(out.claims))


def _not_sent(claims: list[Claim]) -> list[Answer]:
    return [Answer(claim.message_id, claim.no, Outcome.NOT_SENT) for claim in claims]
