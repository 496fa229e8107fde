"""DNS for outgoing connections. The connector connects to what is returned here, and only there."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from smsplatform.core.http import networks

# asyncio's shared pool has six threads on two cores: six endpoints with a dead name server would
# hold up every other lookup for the half minute the C library takes to give up.
LOOKUP_THREADS = 32

Lookup = Callable[..., list[tuple[Any, ...]]]


class AddressDenied(OSError):
    """An OSError, so that aiohttp takes it for a lookup that failed."""


class VettingResolver(AbstractResolver):
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

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._ask, host, port, family
        )
        addresses = [(str(address[0]), kind) for kind, _, _, _, address in found]
        if (host, port) not in self._allowed:
            for address, _ in addresses:
                if networks.is_denied(address):
                    raise AddressDenied(f"{host} resolves to {address}, which is denied")
        return [_result(host, address, port, kind) for address, kind in addresses]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, host: str, port: int, family: socket.AddressFamily) -> list[tuple[Any, ...]]:
        found = self._lookup(
            host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        if not found:
            raise OSError(f"{host} has no address")
        return found


def _result(host: str, address: str, port: int, family: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
