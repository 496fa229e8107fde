"""Customers' webhooks: claimed in groups, posted at once, recorded in groups."""

import asyncio
import functools
import logging
import resource
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.conf import settings

from accounts.services import webhooks
from accounts.services.webhooks import Delivery, Post, Result, Share
from messaging.gateway.lanes import FIRST, Lane, Lanes
from messaging.gateway.threads import DATABASE_ERRORS, DatabaseThread
from smsplatform.core import clock
from smsplatform.core.http import Answer, NotSent, Outcome, Outgoing

log = logging.getLogger(__name__)

# What comes in this time shares a commit.
GATHER_SECONDS = 0.05
MOST_RECORDED = 500
LOOK_AGAIN_SECONDS = 1.0
RETRY_SECONDS = 1.0
TIMEOUT_SECONDS = 10.0
LAST_POSTS_SECONDS = 5.0
# Each of sixteen busy endpoints with all its connections would be more than most systems' 1,024.
MOST_FILES = 65_536


@dataclass(slots=True)
class Outcomes:
    """What the posts brought since the last step."""

    results: list[Result] = field(default_factory=list)
    returned: list[Delivery] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.results or self.returned)


def step(outcomes: Outcomes, *, rooms: Mapping[int, int] | None) -> list[Share]:
    """Record what came of posts, then claim more where `rooms` are. What is committed leaves
    `outcomes`: after an error it comes again with the rest."""
    now = clock.now()
    while outcomes.results:
        group = _of_one_commit(outcomes.results)
        webhooks.record(group, now=now)
        del outcomes.results[: len(group)]
    if outcomes.returned:
        webhooks.give_back(outcomes.returned, now=now)
        outcomes.returned.clear()
    if rooms is None:
        return []
    return webhooks.claim(most_each=FIRST, rooms=rooms, now=now)


def _of_one_commit(results: list[Result]) -> list[Result]:
    """The first of them, until they bring as many deliveries to their end as a commit should."""
    deliveries = 0
    for place, result in enumerate(results, 1):
        deliveries += len(result.post.deliveries)
        if deliveries >= MOST_RECORDED:
            return results[:place]
    return results[:]


class Poster:
    """Runs until `stop`. `ring` says that something may be waiting to be told; what this process
    announces itself comes by `take`, as an `announcing.Taker` gets it.

    A post is no task: it is written from here and its outcome calls `_told`, which sends the next.
    """

    def __init__(self) -> None:
        self._thread = DatabaseThread("webhooks")
        self._outcomes = Outcomes()
        self._lanes = Lanes()
        self._under_way = 0
        self._wake = asyncio.Event()
        self._look_at = 0.0
        self._is_stopping = False

    def ring(self) -> None:
        self._look_at = 0.0
        self._wake.set()

    def stop(self) -> None:
        self._is_stopping = True
        self._wake.set()

    def free(self, endpoint_id: int) -> int:
        return 0 if self._is_stopping else self._lanes.free(endpoint_id)

    def take(self, shares: Sequence[Share], asked_at: float) -> None:
        """From the thread that has just committed them."""
        begin = functools.partial(self._begin, shares, asked_at=asked_at, is_claimed=False)
        with suppress(RuntimeError):  # the loop has ended: their lease will, too
            self._loop.call_soon_threadsafe(begin)

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        _raise_limit_of_files()
        try:
            await self._run()
        finally:
            self._thread.close()

    async def _run(self) -> None:
        async with Outgoing(allowed=settings.OUTGOING_EXCEPTIONS) as self._outgoing:
            try:
                while not self._is_stopping:
                    self._wake.clear()
                    asked_at = time.monotonic()
                    if shares := await self._turn():
                        self._begin(shares, asked_at=asked_at, is_claimed=True)
                    await self._gather()
                await self._finish()
            finally:
                self._is_stopping = True  # what closing brings to its end sends nothing more

    def _begin(self, shares: Sequence[Share], *, asked_at: float, is_claimed: bool) -> None:
        self._read_clock()
        for lane in self._lanes.add(shares, asked_at=asked_at, is_claimed=is_claimed):
            self._fill(lane)
        self._wake.set()

    async def _turn(self) -> list[Share]:
        """Look for more after a ring, after a find, and each second."""
        is_time = time.monotonic() >= self._look_at or self._lanes.want_more
        if not is_time and not self._outcomes:
            return []
        if is_time:
            self._look_at = time.monotonic() + LOOK_AGAIN_SECONDS
        shares = await self._step(self._lanes.rooms() if is_time else None)
        if shares:
            self._look_at = 0.0
        elif is_time and not self._under_way:
            self._lanes.forget_idle()
        return shares

    async def _step(self, rooms: Mapping[int, int] | None) -> list[Share]:
        outcomes, self._outcomes = self._outcomes, Outcomes()
        try:
            return await self._thread.run(lambda: step(outcomes, rooms=rooms))
        except DATABASE_ERRORS:
            log.warning("webhooks: the database failed", exc_info=True)
            self._outcomes.results += outcomes.results
            self._outcomes.returned += outcomes.returned
            await asyncio.sleep(RETRY_SECONDS)
            return []

    async def _gather(self) -> None:
        if self._under_way or self._outcomes:
            await asyncio.sleep(GATHER_SECONDS)
            return
        try:
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _read_clock(self) -> None:
        """From here to the database's time is one addition for each post."""
        self._epoch = clock.reading().timestamp() - time.monotonic()

    def _fill(self, lane: Lane) -> None:
        while not self._is_stopping and (post := lane.next()):
            self._under_way += 1
            self._start(lane, post)
        self._outcomes.returned += lane.stale()

    def _start(self, lane: Lane, post: Post) -> None:
        now = time.monotonic()
        done = functools.partial(self._told, lane, post, now)
        endpoint = post.endpoint
        if not endpoint.key:
            asyncio.get_running_loop().call_soon(done, NotSent("secret_unreadable"))
            return
        body = webhooks.body(post)
        self._outgoing.start(
            endpoint.url,
            body=body,
            headers=webhooks.headers(post, body, at=int(now + self._epoch)),
            timeout_seconds=TIMEOUT_SECONDS,
            done=done,
        )

    def _told(self, lane: Lane, post: Post, started: float, outcome: Outcome) -> None:
        self._under_way -= 1
        if isinstance(outcome, Answer):
            result = Result(post, outcome.status, "", outcome.retry_after or 0)
        else:
            result = Result(post, None, outcome.reason)
        self._outcomes.results.append(result)
        self._outcomes.returned += lane.done(
            post, is_delivered=result.is_delivered, seconds=time.monotonic() - started
        )
        self._fill(lane)

    async def _finish(self) -> None:
        """What is under way is awaited and recorded, the rest given back."""
        self._outcomes.returned += self._lanes.empty()
        last = time.monotonic() + LAST_POSTS_SECONDS
        while self._under_way and time.monotonic() < last:
            await asyncio.sleep(GATHER_SECONDS)
        if self._outcomes:
            await self._step(None)


def _raise_limit_of_files() -> None:
    """As far as a process may by itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # some systems hold less than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
