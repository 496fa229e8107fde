"""The webhook sink: keeps every request, judges its signature, answers as it was told to.

POST /webhooks/{name}   kept, then answered 200 or whatever the control endpoint set for the name
GET  /webhooks/{name}   the latest requests, as JSON or, for a browser, as a page; with `after` the
                        requests from that place of the log on, and in `next` the place to go on
"""

import asyncio
import dataclasses
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from messaging.simulator import journals, log, pages
from messaging.simulator.behaviour import ControlError, seconds
from messaging.simulator.log import AppendOnly

# What is written again and again, and the seconds in between.
BODIES = {"drip": (b" ", 1.0), "endless": (b" " * 65_536, 0.0)}


@dataclass(slots=True)
class Sink:
    """`answers` are used up first, one a request; then it is always `status`.

    `body`: "drip" comes a byte a second, "endless" as fast as it is read; neither ever ends.
    """

    status: int = 200
    delay_seconds: float = 0
    answers: list[int] = field(default_factory=list)
    secret: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


class Sinks:
    def __init__(self, directory: Path) -> None:
        self.by_name: dict[str, Sink] = {}
        self.received: dict[str, int] = defaultdict(int)
        self._log = AppendOnly(directory / "webhooks.log")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/webhooks/{name}", self._take),
            web.get("/webhooks/{name}", self._show, allow_head=False),
        ]

    def close(self) -> None:
        self._log.close()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        sink = self.by_name.get(name, Sink())
        body = (await request.read()).decode("utf-8", "surrogateescape")
        headers = {key.lower(): value for key, value in request.headers.items()}
        status = sink.answers.pop(0) if sink.answers else sink.status
        self._log.write(
            log.line(
                {
                    "time": time.time(),
                    "name": name,
                    "signature": _verdict(sink, headers, body),
                    "answered": status,
                    "headers": headers,
                    "body": body,
                }
            )
        )
        self.received[name] += 1
        if sink.delay_seconds:
            await asyncio.sleep(sink.delay_seconds)
        if sink.body:
            return await _never_end(request, sink, status)
        return web.Response(status=status, headers=sink.headers)

    async def _show(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if "text/html" in request.headers.get("Accept", "") and "after" not in request.query:
            latest = journals.latest(self._log.path, name=name)
            return pages.sink(name, latest, self.received[name])
        found, following = journals.page(self._log.path, request.query, name=name)
        return web.json_response(
            {"name": name, "received": self.received[name], "requests": found, "next": following}
        )


async def _never_end(request: web.Request, sink: Sink, status: int) -> web.StreamResponse:
    answer = web.StreamResponse(status=status, headers=sink.headers)
    await answer.prepare(request)
    chunk, pause = BODIES[sink.body]
    while True:  # until the caller has enough of it: its hanging up cancels this
        await answer.write(chunk)
        await asyncio.sleep(pause)


def _verdict(sink: Sink, headers: dict[str, str], body: str) -> str:
    if not sink.secret:
        return "not checked: no secret is set"
    try:
        Webhook(sink.secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        return f"invalid: {error}"
    return "valid"


def changed(sink: Sink, name: str, wishes: object) -> Sink:
    if not isinstance(wishes, dict) or not set(wishes) <= set(Sink.__slots__):
        raise ControlError(f"The sink “{name}” has these settings: {', '.join(Sink.__slots__)}.")
    new = dataclasses.replace(sink)
    if "status" in wishes:
        new.status = _status(wishes["status"])
    if "delay_seconds" in wishes:
        new.delay_seconds = seconds("delay_seconds", wishes["delay_seconds"])
    if "answers" in wishes:
        new.answers = [_status(status) for status in _list(wishes["answers"])]
    if "secret" in wishes:
        new.secret = _secret(wishes["secret"])
    if "headers" in wishes:
        new.headers = _headers(wishes["headers"])
    if "body" in wishes:
        new.body = _body(wishes["body"])
    return new


def as_json(sink: Sink) -> dict[str, Any]:
    return {
        "status": sink.status,
        "delay_seconds": sink.delay_seconds,
        "answers": sink.answers,
        "has_secret": bool(sink.secret),
        "headers": sink.headers,
        "body": sink.body,
    }


def _status(wish: object) -> int:
    if not isinstance(wish, int) or isinstance(wish, bool) or not 200 <= wish <= 599:
        raise ControlError("A sink answers with an HTTP status from 200 to 599.")
    return wish


def _list(wish: object) -> list[object]:
    if not isinstance(wish, list):
        raise ControlError("“answers” must be a list of HTTP statuses.")
    return wish


def _headers(wish: object) -> dict[str, str]:
    words = [*wish.keys(), *wish.values()] if isinstance(wish, dict) else [None]
    if not all(isinstance(word, str) and word.isascii() and word.isprintable() for word in words):
        raise ControlError("“headers” must give printable strings by name.")
    return dict(wish)  # type: ignore[call-overload, no-any-return]


def _body(wish: object) -> str:
    if not isinstance(wish, str) or (wish and wish not in BODIES):
        raise ControlError(f"“body” must be empty or one of: {', '.join(BODIES)}.")
    return wish


def _secret(wish: object) -> str:
    if not isinstance(wish, str):
        raise ControlError("“secret” must be a string.")
    try:
        if wish:
            Webhook(wish)
    except (ValueError, RuntimeError) as error:
        raise ControlError("“secret” must look like whsec_… in base64.") from error
    return wish
