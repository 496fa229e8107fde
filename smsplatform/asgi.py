"""The web process: the calls that must be fast go to asyncio doors, everything else to Django.

Django runs as WSGI in threads, because its own ASGI handler is several times slower.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")

from smsplatform.wsgi import application as django_application  # noqa: I001 - sets Django up first

from a2wsgi import WSGIMiddleware

from messaging.intake import door
from smsplatform.core import interpreter

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

THREADS = 8

_django = WSGIMiddleware(django_application, workers=THREADS)  # type: ignore[arg-type]
_send_door = door.SendDoor()
interpreter.settle()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return await _lifespan(receive, send)
    if scope["type"] != "http":
        return None
    if scope["path"] == door.PATH and scope["method"] == door.METHOD:
        return await _send_door(scope, receive, send)
    scope, receive = _without_doubles(scope), _as_coroutine(receive)
    return await _django(scope, receive, send)  # type: ignore[arg-type]


def _without_doubles(scope: Scope) -> Scope:
    """WSGI writes `X_Forwarded_For` and `X-Forwarded-For` alike: only a proxy's own may count."""
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    return {**scope, "headers": headers}


def _as_coroutine(receive: Receive) -> Receive:
    """The server answers with any awaitable; a2wsgi hands it to a loop, which wants a coroutine."""

    async def received() -> MutableMapping[str, Any]:
        return await receive()

    return received


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
