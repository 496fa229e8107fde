"""A thread with a database connection of its own: all waiting for the database happens there."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, connection

T = TypeVar("T")

DATABASE_ERRORS = (DatabaseError, InterfaceError)


class DatabaseThread:
    """One piece of work at a time. After an error the next piece gets a new connection: no request
    signal ever comes here to close a dead one."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, _guarded, work)

    def close(self) -> None:
        """After what runs now, nothing more."""
        self._executor.submit(forget_connection)
        self._executor.shutdown(wait=False)


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except DATABASE_ERRORS:
        forget_connection()
        raise


def forget_connection() -> None:
    try:
        connection.close()
    except DATABASE_ERRORS:
        connection.connection = None
