"""Hears the database's NOTIFY on a connection of its own. A missed ring is harmless: all loops
look by themselves every second."""

import asyncio
import logging
from collections.abc import Callable

import psycopg
from django.db import connection

from accounts.services import announcing
from messaging.services import storing

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


async def listen(*, on_due: Callable[[], None], on_webhook: Callable[[], None]) -> None:
    """Runs until cancelled; reconnects for ever."""
    handlers = {storing.DUE_CHANNEL: on_due, announcing.NOTIFY_CHANNEL: on_webhook}
    while True:
        try:
            await _hear(handlers)
        except psycopg.Error as error:
            log.warning("bell: %s", error)
            await asyncio.sleep(RETRY_SECONDS)


async def _hear(handlers: dict[str, Callable[[], None]]) -> None:
    parameters = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(ours, None)
    async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as listener:
        for channel in handlers:
            await listener.execute(f"LISTEN {channel}")
        async for notice in listener.notifies():
            handlers[notice.channel]()
