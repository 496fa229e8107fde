"""The two doors to POST /api/v1/messages, each driven as its server would drive it."""

import asyncio
import io
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from messaging.intake import door

PATH = "/api/v1/messages"
CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it lies on the wire. `is_chunked` leaves the Content-Length out."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    is_chunked: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    json: Any

    def comparable(self) -> tuple[int, str, Any]:
        return self.status, self.headers["content-type"], _without_ids(self.json)


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "…" if name in ("id", "batch_id", "request_id") else _without_ids(one)
            for name, one in value.items()
        }
    return [_without_ids(one) for one in value] if isinstance(value, list) else value


def through_django(ask: Ask) -> Reply:
    """DRF's view; chunks reach it from a server that ends the input itself."""
    headers = dict(ask.headers)
    # The client leaves a type out that stands before no body; a server does not.
    extra: dict[str, Any] = {"CONTENT_TYPE": headers.pop("Content-Type", "")}
    if ask.is_chunked:
        extra |= {"wsgi.input": io.BytesIO(ask.body), "wsgi.input_terminated": True}
    response = Client().generic(
        "POST",
        PATH,
        b"" if ask.is_chunked else ask.body,
        headers=headers,
        **extra,
    )
    names = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, names, json.loads(response.content))


class AsgiServer:
    """A running send door: an event loop in a thread, and every thread that the door starts."""

    def __init__(self) -> None:
        self._door = door.SendDoor()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def __call__(self, ask: Ask) -> Reply:
        return asyncio.run_coroutine_threadsafe(self.ask(ask), self._loop).result(60)

    async def ask(self, ask: Ask) -> Reply:
        events: list[dict[str, Any]] = []
        chunks = [ask.body[n : n + CHUNK] for n in range(0, len(ask.body), CHUNK)] or [b""]
        waiting = iter(enumerate(chunks, start=1))

        async def receive() -> dict[str, Any]:
            count, chunk = next(waiting)
            return {"type": "http.request", "body": chunk, "more_body": count < len(chunks)}

        async def send(event: Any) -> None:
            events.append(event)

        await self._door(_scope(ask), receive, send)
        assert next(waiting, None) is None, "who still sends does not read the answer"
        headers = {name.decode(): value.decode() for name, value in events[0]["headers"]}
        return Reply(events[0]["status"], headers, json.loads(events[1]["body"]))

    def all_at_once(self, asks: list[Ask]) -> list[Reply]:
        async def gather() -> list[Reply]:
            return list(await asyncio.gather(*map(self.ask, asks)))

        return asyncio.run_coroutine_threadsafe(gather(), self._loop).result(60)

    def close(self) -> None:
        self._door.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def asgi_server() -> Iterator[AsgiServer]:
    server = AsgiServer()
    try:
        yield server
    finally:
        server.close()


def _scope(ask: Ask) -> dict[str, Any]:
    headers = [(name.lower().encode(), value.encode()) for name, value in ask.headers.items()]
    if not ask.is_chunked:
        headers.append((b"content-length", str(len(ask.body)).encode()))
    return {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "headers": headers,
        "client": ("127.0.0.1", 40_000),
    }
