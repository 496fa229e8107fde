"""From a vetted host to a connected socket."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address

from smsplatform.core.http.resolver import Address, AddressDenied, VettingResolver

# An address that is silent delays the next one by so much (RFC 8305); one that refuses, not at all.
HEAD_START_SECONDS = 0.25


class NameUnknown(OSError):
    """The name servers tell no address, or nothing."""


async def addresses(resolver: VettingResolver, host: str, port: int) -> list[Address]:
    """A literal has been judged by `guard.check_url` and is asked of nobody."""
    with suppress(ValueError):
        family = socket.AF_INET if ip_address(host).version == 4 else socket.AF_INET6
        return [Address(host, family)]
    try:
        return await resolver.resolve(host, port)
    except AddressDenied:
        raise
    except OSError as error:
        raise NameUnknown(host) from error


async def connect(to: Sequence[Address], port: int) -> socket.socket:
    """The first that answers. Raises the last OSError when none does."""
    waiting, trying = list(to), set[asyncio.Task[socket.socket]]()
    error: BaseException | None = None
    try:
        while waiting or trying:
            if waiting:
                trying.add(asyncio.create_task(_connect(waiting.pop(0), port)))
            done, _ = await asyncio.wait(
                trying,
                timeout=HEAD_START_SECONDS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for attempt in done:
                trying.discard(attempt)
                error = attempt.exception()
                if error is None:
                    return attempt.result()
    finally:
        for late in trying:
            late.cancel()
            late.add_done_callback(_close)
    raise error or OSError("no address")


async def _connect(address: Address, port: int) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (address.host, port))
    except BaseException:
        sock.close()
        raise
    return sock


def _close(late: "asyncio.Task[socket.socket]") -> None:
    """It was connected when another one had already won."""
    if not late.cancelled() and not late.exception():
        late.result().close()
