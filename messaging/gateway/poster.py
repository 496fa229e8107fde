"""Customers' webhooks: claimed in groups, posted at once, recorded in groups."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from accounts.services import webhooks
from accounts.services.webhooks import Post, Result
from messaging.gateway.lanes import Lanes
from messaging.gateway.threads import DATABASE_ERRORS, DatabaseThread
from smsplatform.core import clock
from smsplatform.core.http import NotSent, Outgoing, Unanswered

log = logging.getLogger(__name__)

# What comes in this time shares a commit.
GATHER_SECONDS = 0.03
MOST_RECORDED = 500
LOOK_AGAIN_SECONDS = 1.0
RETRY_SECONDS = 1.0
TIMEOUT_SECONDS = 10.0
LAST_POSTS_SECONDS = 5.0
# Of an endpoint that nothing is known about yet.
FIRST_CLAIM = 64


@dataclass(slots=True)
class Outcomes:
    """What the posts brought since the last step."""

    results: list[Result] = field(default_factory=list)
    returned: list[Post] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.results or self.returned)


def step(outcomes: Outcomes, *, rooms: Mapping[int, int] | None) -> list[Post]:
    """Record what came of posts, then claim more where `rooms` are. What is committed leaves
    `outcomes`: after an error it comes again with the rest."""
    now = clock.now()
    while outcomes.results:
        webhooks.record(outcomes.results[:MOST_RECORDED], now=now)
        del outcomes.results[:MOST_RECORDED]
    if outcomes.returned:
        webhooks.give_back(outcomes.returned, now=now)
        outcomes.returned.clear()
    if rooms is None:
        return []
    return webhooks.claim(most_each=FIRST_CLAIM, rooms=rooms, now=now)


class Poster:
    """Runs until `stop`. `ring` says that something may be waiting to be told."""

    def __init__(self) -> None:
        self._thread = DatabaseThread("webhooks")
        self._outcomes = Outcomes()
        self._lanes = Lanes()
        self._posts: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._look_at = 0.0
        self._stopping = False

    def ring(self) -> None:
        self._look_at = 0.0
        self._wake.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        try:
            await self._run()
        finally:
            self._thread.close()

    async def _run(self) -> None:
        async with Outgoing(allowed=settings.OUTGOING_EXCEPTIONS) as outgoing:
            while not self._stopping:
                self._wake.clear()
                posts = await self._turn()
                for endpoint_id in self._lanes.add(posts):
                    self._fill(outgoing, endpoint_id)
                await self._gather()
            await self._finish()

    async def _turn(self) -> list[Post]:
        """Look for more after a ring, after a find, and each second."""
        is_time = time.monotonic() >= self._look_at or self._lanes.want_more
        if not is_time and not self._outcomes:
            return []
        if is_time:
            self._look_at = time.monotonic() + LOOK_AGAIN_SECONDS
        posts = await self._step(self._lanes.rooms() if is_time else None)
        if posts:
            self._look_at = 0.0
        elif is_time and not self._posts:
            self._lanes.forget_idle()
        return posts

    async def _step(self, rooms: Mapping[int, int] | None) -> list[Post]:
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
        if self._posts or self._outcomes:
            await asyncio.sleep(GATHER_SECONDS)
            return
        try:
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _fill(self, outgoing: Outgoing, endpoint_id: int) -> None:
        lane = self._lanes.of(endpoint_id)
        while not self._stopping and (post := lane.next()):
            task = asyncio.create_task(self._post(outgoing, post))
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)

    async def _post(self, outgoing: Outgoing, post: Post) -> None:
        started = time.monotonic()
        result = await _try(outgoing, post)
        lane = self._lanes.of(post.endpoint_id)
        self._outcomes.results.append(result)
        self._outcomes.returned += lane.done(result, time.monotonic() - started)
        self._fill(outgoing, post.endpoint_id)
        self._wake.set()

    async def _finish(self) -> None:
        """What is under way is awaited and recorded, the rest given back."""
        self._outcomes.returned += self._lanes.empty()
        if self._posts:
            await asyncio.wait(self._posts, timeout=LAST_POSTS_SECONDS)
        for post in self._posts:
            post.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)
        if self._outcomes:
            await self._step(None)


async def _try(outgoing: Outgoing, post: Post) -> Result:
    try:
        headers = webhooks.headers(post, now=clock.reading())
    except ValueError:
        return Result(post, None, "secret_unreadable")
    try:
        answer = await outgoing.post(
            post.url, body=post.payload.encode(), headers=headers, timeout_seconds=TIMEOUT_SECONDS
        )
    except (NotSent, Unanswered) as error:
        return Result(post, None, error.reason)
    return Result(post, answer.status, retry_after_seconds=answer.retry_after or 0)
