"""Group commit: whatever arrived while the last commit was under way is accepted together.

A lone request is accepted at once. After a crowd was, the next group waits a moment for as many to
come again: half as many commits, each of twice as many, cost a fifth less.
"""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import connections

from messaging.services.acceptance import NotAccepted, Outcome
from messaging.services.validation import SendRequest
from smsplatform.core.errors import DomainError, Internal

log = logging.getLogger(__name__)

# A group's bounds: large enough to share a commit, small enough to answer within a second.
MOST_REQUESTS = 256
MOST_MESSAGES = 10_000
# What may wait here; beyond it we say so at once instead of answering too late.
MOST_WAITING_MESSAGES = 200_000

# So many together are a crowd, and it has so long to come again.
CROWD = 4
GATHER_SECONDS = 0.02

Accept = Callable[[Sequence[SendRequest]], list[Outcome]]


class Flusher:
    """One a process. `accept` runs in one thread, which owns its database connection."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="flusher")
        self._waiting: deque[tuple[SendRequest, asyncio.Future[Outcome]]] = deque()
        self._messages = 0
        self._task: asyncio.Task[None] | None = None
        self._enough = 0
        self._is_enough = asyncio.Event()

    async def accept(self, request: SendRequest) -> Outcome:
        if self._messages > MOST_WAITING_MESSAGES:
            return NotAccepted()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((request, future))
        self._messages += len(request.rows)
        if len(self._waiting) == self._enough:
            self._is_enough.set()
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        return await future

    def close(self) -> None:
        """Waits for the group under way, then gives the thread's database connection back."""
        self._thread.submit(connections.close_all).result()
        self._thread.shutdown()

    async def _run(self) -> None:
        while self._waiting:
            group = self._take()
            requests = [request for request, _future in group]
            outcomes = await self._flush(requests)
            for (_request, future), outcome in zip(group, outcomes, strict=True):
                # The client may have gone; what was accepted stays accepted.
                if not future.done():
                    future.set_result(outcome)
            if len(group) >= CROWD:
                await self._gather(len(group))

    async def _gather(self, answered: int) -> None:
        """Whoever was answered comes again with the next, while others wait already."""
        self._enough = min(len(self._waiting) + answered, MOST_REQUESTS)
        if len(self._waiting) < self._enough:
            self._is_enough.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHER_SECONDS):
                    await self._is_enough.wait()
        self._enough = 0

    async def _flush(self, requests: list[SendRequest]) -> Sequence[Outcome]:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._accept, requests)
        except Exception as error:
            log.exception("a group of %d requests failed", len(requests))
            return [_broken(error) for _request in requests]

    def _take(self) -> list[tuple[SendRequest, asyncio.Future[Outcome]]]:
        group: list[tuple[SendRequest, asyncio.Future[Outcome]]] = []
        messages = 0
        for _count in itertools.repeat(None, MOST_REQUESTS):
            if not self._waiting or (group and messages >= MOST_MESSAGES):
                break
            entry = self._waiting.popleft()
            messages += len(entry[0].rows)
            group.append(entry)
        self._messages -= messages
        return group


def _broken(error: Exception) -> DomainError:
    internal = Internal()
    internal.__cause__ = error
    return internal
