"""Sees a worker that lives but does nothing, and has its whole process group started again.

A django-q2 cluster one of whose idle workers is killed goes on without an error and never runs
another task: only the queue shows it.
"""

from collections.abc import Callable

LIMIT_SECONDS = 120.0
ASK_EVERY_SECONDS = 5.0


def is_wedged(
    *,
    waiting_seconds: float | None,
    idle_seconds: float | None,
    uptime_seconds: float,
    limit_seconds: float = LIMIT_SECONDS,
) -> bool:
    """Work has waited, nothing was begun meanwhile, and the worker had the time to begin.

    `waiting_seconds` is the age of the oldest row that no worker holds, `None` without one;
    `idle_seconds` the time since any task was begun, `None` if none ever was. The uptime counts
    because rows that waited through an outage are no fault of the worker just started.
    """
    if waiting_seconds is None or waiting_seconds < limit_seconds:
        return False
    if uptime_seconds < limit_seconds:
        return False
    return idle_seconds is None or idle_seconds >= limit_seconds


class Watchdog:
    """Asks every few seconds, within the supervisor's rounds.

    The first two questions go to the database by way of whoever made this object. They need a
    timeout of their own; a database that does not answer is answered with `None` and 0.0.
    `started_at` is the supervisor's, of the worker watched, `None` while it is not running.
    """

    def __init__(
        self,
        *,
        oldest_waiting_seconds: Callable[[], float | None],
        seconds_since_last_start: Callable[[], float | None],
        started_at: Callable[[], float | None],
        restart: Callable[[], None],
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        self._oldest_waiting_seconds = oldest_waiting_seconds
        self._seconds_since_last_start = seconds_since_last_start
        self._restart = restart
        self._limit_seconds = limit_seconds
        self._started_at = started_at
        self._ask_at = float("-inf")

    def step(self, now: float) -> None:
        """`now` is the supervisor's clock."""
        if now < self._ask_at:
            return
        self._ask_at = now + ASK_EVERY_SECONDS
        started_at = self._started_at()
        if started_at is not None and self._is_wedged(now - started_at):
            self._restart()

    def _is_wedged(self, uptime_seconds: float) -> bool:
        if uptime_seconds < self._limit_seconds:
            return False  # whatever the answers, so the database is not asked
        return is_wedged(
            waiting_seconds=self._oldest_waiting_seconds(),
            idle_seconds=self._seconds_since_last_start(),
            uptime_seconds=uptime_seconds,
            limit_seconds=self._limit_seconds,
        )
