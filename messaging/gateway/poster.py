"""Customers' webhooks: claimed in groups, posted at once, recorded in groups."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from accounts.services import webhooks
from accounts.services.webhooks import Post, Result
from messaging.gateway.desk import forget_connection
from smsplatform.core import clock
from smsplatform.core.http import NotSent, Outgoing, Unanswered

log = logging.getLogger(__name__)

# Posts under way at one endpoint, and of all; what is claimed beyond the first waits here.
AT_ONCE = 32
AT_ONCE_FAILING = 2
CLAIMED_AHEAD = 200
MOST_HELD = 1000
IDLE_SECONDS = 1.0
TIMEOUT_SECONDS = 10.0


def step(results: list[Result], *, room: int) -> list[Post]:
    """Record what came of posts, then claim more. Synchronous: one thread's turn."""
    now = clock.now()
    if results:
        webhooks.record(results, now=now)
        results.clear()
    return webhooks.claim(most_each=min(CLAIMED_AHEAD, room), now=now) if room > 0 else []


class Poster:
    """Runs until `stop`. `due` is set when something may be waiting to be told."""

    def __init__(self) -> None:
        self.due = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="webhooks")
        self._results: list[Result] = []
        self._held: Counter[int] = Counter()
        self._gates: dict[tuple[int, bool], asyncio.Semaphore] = {}
        self._posts: set[asyncio.Task[None]] = set()
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True
        self.due.set()

    async def run(self) -> None:
        async with Outgoing(allowed=settings.OUTGOING_EXCEPTIONS) as outgoing:
            while not self._stopping:
                self.due.clear()
                posts = await self._turn(room=MOST_HELD - len(self._posts))
                for post in posts:
                    task = asyncio.create_task(self._post(outgoing, post))
                    self._posts.add(task)
                    task.add_done_callback(self._posts.discard)
                if not posts and not self._results:
                    await self._wait()
            await self._finish()
        self._thread.shutdown(wait=False)

    async def _turn(self, *, room: int) -> Sequence[Post]:
        results, self._results = self._results, []
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, lambda: step(results, room=room))
        except (DatabaseError, InterfaceError):
            log.warning("webhooks: the database failed", exc_info=True)
            await loop.run_in_executor(self._thread, forget_connection)
            self._results = results + self._results
            await asyncio.sleep(IDLE_SECONDS)
            return []

    async def _post(self, outgoing: Outgoing, post: Post) -> None:
        async with self._gate(post):
            headers = webhooks.headers(post, now=clock.reading())
            body = post.payload.encode()
            try:
                answer = await outgoing.post(
                    post.url, body=body, headers=headers, timeout_seconds=TIMEOUT_SECONDS
                )
            except (NotSent, Unanswered) as error:
                result = Result(post, None, error.reason)
            else:
                result = Result(post, answer.status, retry_after_seconds=answer.retry_after or 0)
        self._results.append(result)
        self.due.set()

    def _gate(self, post: Post) -> asyncio.Semaphore:
        key = (post.endpoint_id, post.is_failing)
        if key not in self._gates:
            self._gates[key] = asyncio.Semaphore(AT_ONCE_FAILING if post.is_failing else AT_ONCE)
        return self._gates[key]

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self.due.wait()
        except TimeoutError:
            pass

    async def _finish(self) -> None:
        """What is under way is recorded; the rest is claimed again when its lease ends."""
        if self._posts:
            await asyncio.wait(self._posts, timeout=5)
        await self._turn(room=0)
