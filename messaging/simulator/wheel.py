"""One timer for all receipts: it wakes for the next one due and takes whatever else is due too."""

import asyncio
import time
from collections.abc import Callable

from messaging.simulator.centre import Centre
from messaging.simulator.recovery import Receipt

# Receipts that are due within this time share a wake-up.
GRAIN_SECONDS = 0.01


class Wheel:
    def __init__(self, centre: Centre, give: Callable[[list[Receipt]], None]) -> None:
        self._centre = centre
        self._give = give
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self._is_stopped = False

    def arm(self) -> None:
        due = self._centre.next_due_at()
        if due is None or self._is_stopped or (self._timer and self._armed_for <= due):
            return
        if self._timer:
            self._timer.cancel()
        self._armed_for = due
        delay = max(due - time.time(), GRAIN_SECONDS)
        self._timer = asyncio.get_running_loop().call_later(delay, self._turn)

    def stop(self) -> None:
        self._is_stopped = True
        if self._timer:
            self._timer.cancel()

    def _turn(self) -> None:
        self._timer = None
        due = self._centre.take_due(time.time())
        if due:
            self._give(due)
        self.arm()
