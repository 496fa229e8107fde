"""The webhook sink: keeps every request, judges its signature, answers as it was told to.

POST /webhooks/{name}   kept, then answered 200 or whatever the control endpoint set for the name
GET  /webhooks/{name}   the latest requests, as JSON or, for a browser, as a page; with `after` the
                        requests from that place of the log on, and in `next` the place to go on
"""

import asyncio
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


@dataclass(slots=True)
class Sink:
    """`answers` are used up first, one a request; then it is always `status`."""

    status: int = 200
    delay_seconds: float = 0
    answers: list[int] = field(default_factory=list)
    secret: str = ""


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

    async def _take(self, request: web.Request) -> web.Response:
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
        return web.Response(status=status)

    async def _show(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if "text/html" in request.headers.get("Accept", "") and "after" not in request.query:
            latest = journals.latest(self._log.path, name=name)
            return pages.sink(name, latest, self.received[name])
        found, following = journals.page(self._log.path, request.query, name=name)
        return web.json_response(
            {"name": name, "received": self.received[name], "requests": found, "next": following}
        )


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
    new = Sink(sink.status, sink.delay_seconds, list(sink.answers), sink.secret)
    if "status" in wishes:
        new.status = _status(wishes["status"])
    if "delay_seconds" in wishes:
        new.delay_seconds = seconds("delay_seconds", wishes["delay_seconds"])
    if "answers" in wishes:
        new.answers = [_status(status) for status in _list(wishes["answers"])]
    if "secret" in wishes:
        new.secret = _secret(wishes["secret"])
    return new


def as_json(sink: Sink) -> dict[str, Any]:
    return {
        "status": sink.status,
        "delay_seconds": sink.delay_seconds,
        "answers": sink.answers,
        "has_secret": bool(sink.secret),
    }


def _status(wish: object) -> int:
    if not isinstance(wish, int) or isinstance(wish, bool) or not 200 <= wish <= 599:
        raise ControlError("A sink answers with an HTTP status from 200 to 599.")
    return wish


def _list(wish: object) -> list[object]:
    if not isinstance(wish, list):
        raise ControlError("“answers” must be a list of HTTP statuses.")
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
