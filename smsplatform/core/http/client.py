"""One pool of kept-alive connections for everything that leaves, and what came back."""

import functools
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver

from smsplatform.core.http import guard
from smsplatform.core.http.errors import NotSent, Unanswered, UrlRefused
from smsplatform.core.http.resolver import AddressDenied, VettingResolver

USER_AGENT = "smsplatform/1"
MAX_ANSWER_BYTES = 64 * 1024
MAX_RETRY_AFTER_SECONDS = 86_400

# Shorter than the five seconds after which common servers hang up, because a POST written into a
# connection the other side is just closing is neither sent nor not sent.
KEEP_ALIVE_SECONDS = 4.0

NOTHING_WRITTEN = (
    aiohttp.ClientConnectorError,  # DNS, refused, TLS
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)
REASONS = (
    (aiohttp.ConnectionTimeoutError, "connect_timeout"),
    (aiohttp.ClientConnectorCertificateError, "certificate"),
    (aiohttp.ClientSSLError, "tls_failed"),
    (aiohttp.InvalidURL, "url_malformed"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int  # a redirect is an answer like any other; it is never followed
    retry_after: int | None  # seconds, at most a day
    elapsed_ms: int
    body: bytes  # as sent, never decompressed, cut at 64 KiB


class Outgoing:
    """`async with Outgoing(allowed=...) as outgoing:` and post from as many tasks as you like.

    Connections are unlimited here: whoever schedules the work limits it per endpoint, so that one
    slow endpoint never holds a place another one needs.
    """

    def __init__(
        self,
        *,
        allowed: frozenset[tuple[str, int]],
        own_names: frozenset[str] = frozenset(),
        resolver: AbstractResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._resolver = resolver
        self._allowed = allowed
        self._ssl_context = ssl_context
        # A URL is text and its verdict never changes; a busy endpoint is checked once, not always.
        self._check = functools.lru_cache(1024)(
            functools.partial(guard.check_url, allowed=allowed, own_names=own_names)
        )

    async def __aenter__(self) -> Self:
        self._resolver = self._resolver or VettingResolver(allowed=self._allowed)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                limit=0,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
                ssl=self._ssl_context or True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
            middlewares=(_write_once,),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()
        if self._resolver is not None:
            await self._resolver.close()

    async def post(
        self, url: str, *, body: bytes, headers: Mapping[str, str], timeout_seconds: float = 10.0
    ) -> Answer:
        """Raises NotSent or Unanswered. The time covers everything from DNS to the last byte read.

        Half of it is the limit for getting a connection, so running out of time there is NotSent.
        """
        return await self._exchange("POST", url, body, headers, timeout_seconds)

    async def get(
        self, url: str, *, headers: Mapping[str, str], timeout_seconds: float = 10.0
    ) -> Answer:
        """Like `post`. Written once only: for some carriers a GET sends a message."""
        return await self._exchange("GET", url, None, headers, timeout_seconds)

    async def _exchange(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> Answer:
        target = self._vet(url, headers)
        started = time.perf_counter()
        try:
            async with self._session.request(
                method,
                target.url,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=_limits(timeout_seconds),
            ) as response:
                content = await _read(response)
        except NOTHING_WRITTEN as error:
            raise NotSent(_why_not_sent(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(_why_unanswered(error)) from error
        elapsed_ms = round((time.perf_counter() - started) * 1000)
        return Answer(response.status, _retry_after(response.headers), elapsed_ms, content)

    def _vet(self, url: str, headers: Mapping[str, str]) -> guard.Target:
        text = "".join((*headers, *headers.values()))
        if not (text.isascii() and text.isprintable()):
            raise NotSent("header_characters")
        try:
            return self._check(url)
        except UrlRefused as refused:
            raise NotSent(refused.code) from refused


async def _write_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp writes a GET a second time when a kept-alive connection breaks under the first."""
    try:
        return await handler(request)
    except NOTHING_WRITTEN:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Unanswered("disconnected") from error


@functools.lru_cache(64)
def _limits(timeout_seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=timeout_seconds,
        connect=timeout_seconds / 2,
        ceil_threshold=3600,  # else limits above five seconds are rounded up to whole ones
    )


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """What is beyond the limit is dropped with its connection, not read to keep the connection."""
    content = bytearray()
    while chunk := await response.content.read(MAX_ANSWER_BYTES - len(content)):
        content += chunk
        if len(content) == MAX_ANSWER_BYTES:
            response.close()
            break
    return bytes(content)


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """A date is read against the answer's own Date, so that nobody's clock has to be right."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), MAX_RETRY_AFTER_SECONDS)
    until, now = _date(text), _date(headers.get("Date", ""))
    if until is None or now is None:
        return None
    return min(max(0, round((until - now).total_seconds())), MAX_RETRY_AFTER_SECONDS)


def _date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else None


def _why_not_sent(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "address_denied" if isinstance(error.os_error, AddressDenied) else "dns_failed"
    return next((code for kind, code in REASONS if isinstance(error, kind)), "connect_failed")


def _why_unanswered(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    return "malformed_answer" if isinstance(error, aiohttp.ClientResponseError) else "disconnected"
