"""How many submissions may wait for their answers at once: as many as the carrier keeps up with."""

import time
from collections.abc import Callable

FIRST = 10
# Answers that come so soon let the window grow; so late, it is halved. Far below the time after
# which an outcome counts as unknown: a carrier that is slow is no carrier that is silent.
QUICK_SECONDS = 1.0
SLOW_SECONDS = 5.0


class Window:
    """Begins small, grows by one with each quick answer up to what was agreed (`most`), and is
    halved by a slow one, once for all that were written before. `clock`: monotonic seconds."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._shrunk_at = float("-inf")
        self.size = min(FIRST, most)

    def answered(self, written_at: float) -> None:
        now = self._clock()
        if now - written_at < QUICK_SECONDS:
            self.size = min(self._most, self.size + 1)
        elif now - written_at > SLOW_SECONDS and written_at > self._shrunk_at:
            self.size = max(1, self.size // 2)
            self._shrunk_at = now
