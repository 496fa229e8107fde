"""The gateway towards carriers and customers' webhooks."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand

from messaging.gateway.runtime import Gateway
from smsplatform.core import interpreter


class Command(BaseCommand):
    help = "Hold the SMPP binds, send, take receipts, post webhooks. Any number may run."

    def handle(self, *args: Any, **options: Any) -> None:
        interpreter.settle()
        asyncio.run(_run())


async def _run() -> None:
    await Gateway().run(with_signals=True)
