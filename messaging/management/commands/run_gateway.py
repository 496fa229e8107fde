"""The gateway towards carriers and customers' webhooks."""

import asyncio
import sys
from typing import Any

from django.core.management.base import BaseCommand

from messaging.gateway.runtime import Gateway

# A thread that the database has answered gets the interpreter sooner than Python's 5 ms: the busy
# event loop would otherwise keep it waiting after every statement.
SWITCH_SECONDS = 0.0005


class Command(BaseCommand):
    help = "Hold the SMPP binds, send, take receipts, post webhooks. Any number may run."

    def handle(self, *args: Any, **options: Any) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        asyncio.run(_run())


async def _run() -> None:
    await Gateway().run(with_signals=True)
