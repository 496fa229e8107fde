"""The send door: POST /api/v1/messages without Django's request, middleware or DRF on the way.

An ASGI application for that one call; smsplatform/asgi.py sends everything else to Django.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from threading import Barrier
from typing import Any

from django.db import connection
from django.utils import translation

from accounts.services import keys
from accounts.services.keys import KeyFacts
from messaging import access
from messaging.intake.flusher import Flusher
from messaging.services import acceptance
from messaging.services.acceptance import Accepted
from smsplatform.core import address, clock, language
from smsplatform.core.api import CONTENT_TYPE, as_domain_error, log_failure, new_request_id
from smsplatform.core.errors import DomainError, as_problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

METHOD, PATH = "POST", "/api/v1/messages"

# Made once: `json.dumps` makes one a call.
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

THREADS = 2
# Reading this much takes a millisecond; more is read in a thread.
LARGEST_AT_ONCE = 32 * 1024
# Of a body that was refused before it had come.
MOST_DISCARDED = 32 * 1024 * 1024


class ClientGone(Exception):
    """It hung up before its request was whole: nothing was accepted, nobody listens."""


class _Body:
    """What the client sends, read no further than it may be large."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._length = 0
        self._is_over = False

    async def read(self) -> bytes:
        chunks = []
        while not self._is_over:
            chunks.append(await self._next())
            if self._length > access.LARGEST_BODY:
                raise access.BodyTooLarge
        return b"".join(chunks)

    async def discard(self) -> None:
        """Who is still sending when the connection closes would never read our answer."""
        with suppress(ClientGone):
            while not self._is_over and self._length < MOST_DISCARDED:
                await self._next()

    async def _next(self) -> bytes:
        event = await self._receive()
        if event["type"] == "http.disconnect":
            self._is_over = True
            raise ClientGone
        chunk: bytes = event.get("body", b"")
        self._length += len(chunk)
        self._is_over = not event.get("more_body")
        return chunk


class SendDoor:
    def __init__(self) -> None:
        self._flusher = Flusher(acceptance.accept)
        # For keys that are not remembered and for large bodies: the event loop may not wait.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="intake")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        body = _Body(receive)
        try:
            outcome = await self._outcome(scope, headers, body)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the door answers whatever happens
            outcome = as_domain_error(error)
        await body.discard()
        await _answer(send, outcome, headers.get(b"accept-language", ""))

    def close(self) -> None:
        """Give the threads' database connections back; nothing may be under way."""
        self._flusher.close()
        together = Barrier(THREADS)
        for closing in [self._threads.submit(_close, together) for _thread in range(THREADS)]:
            closing.result()
        self._threads.shutdown()

    async def _outcome(
        self, scope: Scope, headers: dict[bytes, str], incoming: _Body
    ) -> Accepted | DomainError:
        """A stranger's body is not kept."""
        key = await self._let_in(scope, headers)
        access.check_length(headers.get(b"content-length", ""))
        body = await incoming.read()
        parse = partial(
            access.parse,
            body=body,
            content_type=headers.get(b"content-type", ""),
            idempotency_key=headers.get(b"idempotency-key", ""),
            key=key,
        )
        if len(body) <= LARGEST_AT_ONCE:
            return await self._flusher.accept(parse())
        loop = asyncio.get_running_loop()
        return await self._flusher.accept(await loop.run_in_executor(self._threads, parse))

    async def _let_in(self, scope: Scope, headers: dict[bytes, str]) -> KeyFacts:
        authorization = headers.get(b"authorization", "")
        if not keys.find.is_fresh(authorization.partition(" ")[2].strip()):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._threads, _let_in_now, authorization, _caller(scope, headers)
            )
        return access.let_in(
            authorization=authorization, address=_caller(scope, headers), now=clock.reading()
        )


def _close(together: Barrier) -> None:
    """Nobody takes a second one before everybody has taken one: so each thread closes its own."""
    together.wait()
    connection.close()


def _let_in_now(authorization: str, caller: str) -> KeyFacts:
    with access.fresh_connection():
        return access.let_in(authorization=authorization, address=caller, now=clock.now())


def _caller(scope: Scope, headers: dict[bytes, str]) -> str:
    peer = scope.get("client") or ("",)
    return address.of_caller(peer=str(peer[0]), forwarded_for=headers.get(b"x-forwarded-for", ""))


async def _answer(send: Send, outcome: Accepted | DomainError, accept_language: str) -> None:
    request_id = new_request_id()
    headers = {"X-Request-Id": request_id}
    with _speaking(outcome, accept_language):
        if isinstance(outcome, Accepted):
            status, content_type, body = 202, "application/json", access.answer(outcome)
            headers.update(access.answer_headers(outcome))
        else:
            log_failure(outcome, request_id)
            status, content_type = outcome.status, CONTENT_TYPE
            body = as_problem(outcome, request_id=request_id)
            headers.update(outcome.headers)
    payload = _as_json(body).encode()
    headers.update({"Content-Type": content_type, "Content-Length": str(len(payload))})
    start = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": payload})


def _speaking(
    outcome: Accepted | DomainError, accept_language: str
) -> AbstractContextManager[object]:
    """Most answers hold no sentence: they need no language, which takes as long as all the rest."""
    if isinstance(outcome, Accepted) and not outcome.rejected:
        return nullcontext()
    return translation.override(language.of_header(accept_language))
