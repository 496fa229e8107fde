"""DNS for outgoing connections. They connect to what is returned here, and only there."""

import asyncio
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from smsplatform.core.http import networks

# asyncio's shared pool has six threads on two cores: six endpoints with a dead name server would
# hold up every other lookup for the half minute the C library takes to give up.
LOOKUP_THREADS = 32
# A hundred connections that open at once ask once.
KEPT_SECONDS = 10.0
MOST_KEPT = 10_000

Lookup = Callable[..., list[tuple[Any, ...]]]


class AddressDenied(OSError):
    """An OSError, as every lookup that fails is one."""


class Address(NamedTuple):
    host: str  # an IP address
    family: int


class VettingResolver:
    """Asks once and vets every address; one denied address condemns the whole answer.

    A second lookup never happens between vetting and connecting, so a name that changes its mind
    (DNS rebinding) gains nothing. `lookup` has the shape of `socket.getaddrinfo`. IP literals in a
    URL never come here: `guard.check_url` judges those.
    """

    def __init__(
        self, *, allowed: frozenset[tuple[str, int]], lookup: Lookup = socket.getaddrinfo
    ) -> None:
        self._allowed = allowed
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="dns")
        self._asked: dict[tuple[str, int], tuple[float, asyncio.Task[list[Address]]]] = {}

    async def resolve(self, host: str, port: int) -> list[Address]:
        """In the order to try them. Raises AddressDenied, or OSError for what cannot be found."""
        asked_at, asking = self._asked.get((host, port), (float("-inf"), None))
        if asking is None or time.monotonic() - asked_at > KEPT_SECONDS:
            asking = self._start_asking(host, port)
        return await asyncio.shield(asking)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for _asked_at, asking in self._asked.values():
            asking.cancel()

    def _start_asking(self, host: str, port: int) -> "asyncio.Task[list[Address]]":
        if len(self._asked) >= MOST_KEPT:
            self._asked.clear()
        asking = asyncio.create_task(self._vetted(host, port))
        self._asked[host, port] = time.monotonic(), asking

        def forget_failure(ended: "asyncio.Task[list[Address]]") -> None:
            if ended.cancelled() or ended.exception():
                self._asked.pop((host, port), None)

        asking.add_done_callback(forget_failure)
        return asking

    async def _vetted(self, host: str, port: int) -> list[Address]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._ask, host, port
        )
        if (host, port) not in self._allowed:
            for address in found:
                if networks.is_denied(address.host):
                    raise AddressDenied(f"{host} resolves to {address.host}, which is denied")
        return found

    def _ask(self, host: str, port: int) -> list[Address]:
        found = self._lookup(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        if not found:
            raise OSError(f"{host} has no address")
        return [Address(str(address[0]), kind) for kind, _, _, _, address in found]
