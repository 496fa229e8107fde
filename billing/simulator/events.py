"""Signed events to one address, and what a script does to them."""

import asyncio
import hashlib
import hmac
import json
import random
import secrets
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from billing.simulator.shop import Thing

API_VERSION = "2026-10-28.endive"
TRIES = 5
_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(slots=True)
class Script:
    """`times` each event is posted; `is_shuffled`: in any order; `is_silent`: never; `is_forged`:
    signed by somebody else. `declined`: the code with which saved cards are."""

    times: int = 1
    is_shuffled: bool = False
    is_silent: bool = False
    is_forged: bool = False
    declined: str = ""


def event(kind: str, thing: Thing) -> Thing:
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()),
        "type": kind,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "data": {"object": thing},
    }


def sign(body: bytes, secret: str, at: int) -> str:
    """The header Stripe-Signature, of Unix time `at`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Postman:
    def __init__(self, address: str, secret: str) -> None:
        self.script = Script()
        self._address = address
        self._secret = secret
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, events: list[Thing]) -> None:
        """All of one deed, as the script says; returns at once."""
        if self.script.is_silent:
            return
        queue = events * self.script.times
        if self.script.is_shuffled:
            random.shuffle(queue)
        secret = "whsec_of_somebody_else" if self.script.is_forged else self._secret
        task = asyncio.create_task(self._post_all(queue, secret))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _post_all(self, queue: list[Thing], secret: str) -> None:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as client:
            for one in queue:
                await self._post_one(client, json.dumps(one).encode(), secret)

    async def _post_one(self, client: aiohttp.ClientSession, body: bytes, secret: str) -> None:
        for nth in range(TRIES):
            headers: dict[str, Any] = {"Content-Type": "application/json"}
            headers["Stripe-Signature"] = sign(body, secret, int(time.time()))
            try:
                async with client.post(self._address, data=body, headers=headers) as answer:
                    if answer.status < 500:
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(2**nth)
