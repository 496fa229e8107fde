"""How many parts a carrier may be given now: a bucket that fills at the agreed rate."""

import time
from collections.abc import Callable


class Pace:
    """Never more than a second's worth at once. `clock` is monotonic seconds."""

    def __init__(self, per_second: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._tokens = float(per_second)
        self._filled_at = clock()

    def allowed(self) -> int:
        now = self._clock()
        if now > self._filled_at:
            filled = self._tokens + (now - self._filled_at) * self._per_second
            self._tokens = min(float(self._per_second), filled)
            self._filled_at = now
        return max(0, int(self._tokens))

    def use(self, count: int) -> None:
        """More than allowed is a debt that the next seconds pay."""
        self._tokens -= count

    def hold(self, seconds: float) -> None:
        """The carrier has asked for a pause."""
        self._tokens = min(self._tokens, 0.0)
        self._filled_at = max(self._filled_at, self._clock() + seconds)
