"""The posts of one endpoint: what waits here, how many are under way, how many more it takes.

Endpoints share nothing, so that a slow or dead one costs the others nothing.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from time import monotonic

from accounts.services.webhooks import (
    AT_ONCE,
    AT_ONCE_FAILING,
    Delivery,
    Endpoint,
    Post,
    Share,
)

# Held beyond those under way: what an endpoint that answers at once takes between two claims.
AHEAD_QUICK = 2000
AHEAD_SLOW = 32
# Of an endpoint that nothing is known about yet.
FIRST = 64
# However many events a post may carry.
MOST_HELD = 1000
QUICK_SECONDS = 0.1
# Well within the lease of a claim: what waited longer is given back.
STALE_SECONDS = 40.0


class Lane:
    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.is_failing = endpoint.is_failing
        self._waiting: deque[tuple[Delivery, float]] = deque()
        self._stale: list[Delivery] = []
        self._active = 0  # posts
        self._told = 0  # the deliveries that are in them
        self._failures = 0
        self._seconds = QUICK_SECONDS
        self._was_full = False

    @property
    def is_idle(self) -> bool:
        return not self._active and not self._waiting

    def room(self) -> int:
        """How many more deliveries may be claimed; 0 until it is worth a claim."""
        return self.free if 2 * self.free >= self._limit else 0

    @property
    def free(self) -> int:
        """How many more it can hold."""
        return self._limit - self._told - len(self._waiting)

    @property
    def handed(self) -> int:
        """How many more it takes without a claim: the other half is for what only a claim brings,
        as everything that is tried again."""
        return 0 if self.is_failing else self.free - self._limit // 2

    @property
    def _limit(self) -> int:
        if self.is_failing:
            return AT_ONCE_FAILING
        if self._seconds < QUICK_SECONDS:
            return AT_ONCE + AHEAD_QUICK
        return min((AT_ONCE + AHEAD_SLOW) * self.endpoint.most_per_post, MOST_HELD)

    @property
    def wants_more(self) -> bool:
        """The last claim left something behind, perhaps, and there is room again."""
        return self._was_full and self.room() > 0

    def add(self, share: Share, *, asked_at: float, is_claimed: bool) -> None:
        """`asked_at`: monotonic; its lease began no earlier."""
        self.endpoint = share.endpoint
        self.is_failing = share.endpoint.is_failing
        self._waiting.extend((delivery, asked_at) for delivery in share.deliveries)
        if is_claimed:
            self._was_full = self.room() == 0

    def next(self) -> Post | None:
        """The next post that may go now, of what is here; it is under way then."""
        if self._active >= (AT_ONCE_FAILING if self.is_failing else AT_ONCE):
            return None
        fresh_since = monotonic() - STALE_SECONDS
        group: list[Delivery] = []
        while self._waiting and len(group) < self.endpoint.most_per_post:
            delivery, held_since = self._waiting.popleft()
            (group if held_since > fresh_since else self._stale).append(delivery)
        if not group:
            return None
        self._active += 1
        self._told += len(group)
        return Post(self.endpoint, group)

    def done(self, post: Post, *, is_delivered: bool, seconds: float) -> list[Delivery]:
        """Returns what a failing endpoint should not keep waiting here."""
        self._active -= 1
        self._told -= len(post.deliveries)
        self._seconds += (seconds - self._seconds) / 8
        self._failures = 0 if is_delivered else self._failures + 1
        was_failing, self.is_failing = self.is_failing, self._failures > 1
        return self.empty() if self.is_failing and not was_failing else []

    def empty(self) -> list[Delivery]:
        left = [delivery for delivery, _held_since in self._waiting]
        self._waiting.clear()
        return left

    def stale(self) -> list[Delivery]:
        """What waited here too long to be tried under its lease."""
        left, self._stale = self._stale, []
        return left


class Lanes:
    def __init__(self) -> None:
        self._lanes: dict[int, Lane] = {}

    def add(self, shares: Iterable[Share], *, asked_at: float, is_claimed: bool) -> list[Lane]:
        """Those that got something."""
        touched = []
        for share in shares:
            lane = self._lanes.setdefault(share.endpoint.id, Lane(share.endpoint))
            lane.add(share, asked_at=asked_at, is_claimed=is_claimed)
            touched.append(lane)
        return touched

    def free(self, endpoint_id: int) -> int:
        """How many more an endpoint may be given without a claim. Other threads may ask."""
        lane = self._lanes.get(endpoint_id)
        return FIRST if lane is None else lane.handed

    def rooms(self) -> Mapping[int, int]:
        return {endpoint_id: lane.room() for endpoint_id, lane in self._lanes.items()}

    @property
    def want_more(self) -> bool:
        return any(lane.wants_more for lane in self._lanes.values())

    def empty(self) -> list[Delivery]:
        return [delivery for lane in self._lanes.values() for delivery in lane.empty()]

    def forget_idle(self) -> None:
        """So that endpoints which were told long ago take no memory; a healthy one starts small."""
        self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.is_idle}
