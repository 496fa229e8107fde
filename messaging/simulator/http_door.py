"""The HTTP carrier: messages in as JSON, receipts out to the caller's own URL.

POST /carrier/messages               {"to", "from", "text", "reference", "callback_url", "parts"}
                                     -> {"id"}
GET  /carrier/messages/{reference}   what became of the last message with that reference
"""

import asyncio
import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from messaging.simulator import spelling
from messaging.simulator.bodies import BadBody, read_object, refusal
from messaging.simulator.centre import OVERTAKEN_SECONDS, Centre
from messaging.simulator.faults import Fault, Script
from messaging.simulator.log import Submission
from messaging.simulator.recovery import Receipt

POSTERS = 32
POST_TIMEOUT = aiohttp.ClientTimeout(total=10)

# Longer than any client waits for an answer.
SILENCE_SECONDS = 3600.0

LONGEST = {"to": 20, "from": 20, "text": 10_000, "reference": 64, "callback_url": 2048}


class HttpDoor:
    def __init__(
        self, centre: Centre, script: Script, token: str, wake: Callable[[], None]
    ) -> None:
        self._centre = centre
        self._script = script
        self._token = f"Bearer {token}".encode()
        self._wake = wake
        self._due: asyncio.Queue[Receipt] = asyncio.Queue()
        self._posters: list[asyncio.Task[None]] = []
        self._client: aiohttp.ClientSession

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/carrier/messages", self._submit),
            web.get("/carrier/messages/{reference:.+}", self._find),
        ]

    async def start(self) -> None:
        self._client = aiohttp.ClientSession(
            timeout=POST_TIMEOUT,
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        loop = asyncio.get_running_loop()
        self._posters = [loop.create_task(self._post_due()) for _ in range(POSTERS)]

    async def stop(self) -> None:
        for poster in self._posters:
            poster.cancel()
        await asyncio.gather(*self._posters, return_exceptions=True)
        await self._client.close()

    # -- submissions -----------------------------------------------------------------------

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        if not self._is_known(request):
            return refusal(401, "unauthorized", "Send the token: Authorization: Bearer <token>.")
        try:
            submission = _read(await read_object(request), time.time())
        except BadBody as error:
            return refusal(400, "invalid", str(error))
        fault = self._script.take("submit", "http", submission.to)
        if fault:
            return await self._play(fault, request, submission)
        self._centre.keep([submission])
        self._wake()
        if submission.is_answered_last:
            await asyncio.sleep(OVERTAKEN_SECONDS)
        return self._accepted(submission)

    def _accepted(self, submission: Submission) -> web.Response:
        told = spelling.in_answer(self._centre.behaviour.ids, submission.id)
        return web.json_response({"id": told})

    async def _play(
        self, fault: Fault, request: web.Request, submission: Submission
    ) -> web.StreamResponse:
        if fault.act == "answer":
            submission.status = fault.status
        if fault.act in ("answer", "delay", "slow") or fault.keep:
            self._centre.keep([submission])
            self._wake()
        match fault.act:
            case "answer":
                return refusal(fault.status, "scripted", "A scripted fault.")
            case "break":
                return await _broken(fault, request)
            case "close" if request.transport:
                request.transport.abort()
        await asyncio.sleep(self._wait(fault))
        return self._accepted(submission)

    def _wait(self, fault: Fault) -> float:
        if fault.act == "silence":
            return SILENCE_SECONDS
        return self._script.turn(fault) if fault.act == "slow" else fault.seconds

    async def _find(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return refusal(401, "unauthorized", "Send the token: Authorization: Bearer <token>.")
        submission = self._centre.find(request.match_info["reference"])
        if submission is None:
            return refusal(404, "not_found", "No message has this reference.")
        facts = _facts(submission, *_last_word(submission, time.time()))
        return web.json_response({**facts, "submitted_at": _instant(submission.time)})

    def _is_known(self, request: web.Request) -> bool:
        said = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(said, self._token)

    # -- receipts --------------------------------------------------------------------------

    def deliver(self, due: list[Receipt]) -> None:
        for receipt in due:
            self._due.put_nowait(receipt)

    async def _post_due(self) -> None:
        while True:
            await self._post(await self._due.get())

    async def _post(self, receipt: Receipt) -> None:
        if await self._is_taken(receipt):
            self._centre.acknowledge([receipt])
        else:
            self._centre.put_back(receipt, time.time())
            self._wake()

    async def _is_taken(self, receipt: Receipt) -> bool:
        submission = receipt.submission
        told = spelling.in_receipt(self._centre.behaviour.ids, submission.id)
        facts = {**_facts(submission, *receipt.planned), "id": told}
        try:
            async with self._client.post(
                submission.callback_url, json=facts, allow_redirects=False
            ) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False


async def _broken(fault: Fault, request: web.Request) -> web.StreamResponse:
    """The message was taken, and the answer does not say so."""
    if fault.status:
        return refusal(fault.status, "scripted", "A scripted fault.")
    whole = b'{"id": "12345"}'
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    answer.content_length = len(whole)
    await answer.prepare(request)
    await answer.write(whole[: len(whole) // 2])
    if request.transport:
        request.transport.close()
    return answer


def _read(body: dict[str, Any], now: float) -> Submission:
    for name, longest in LONGEST.items():
        value = body.get(name, "")
        if not isinstance(value, str) or len(value) > longest:
            raise BadBody(f"“{name}” must be a string of at most {longest} characters.")
    if not body.get("to") or not body.get("text"):
        raise BadBody("“to” and “text” are required.")
    parts = body.get("parts", 1)
    if not isinstance(parts, int) or isinstance(parts, bool) or not 1 <= parts <= 255:
        raise BadBody("“parts” must be a whole number from 1 to 255.")
    callback_url = body.get("callback_url", "")
    return Submission(
        now,
        "http",
        "",
        body["to"],
        body["text"],
        body.get("from", ""),
        parts=parts,
        reference=body.get("reference") or None,
        callback_url=callback_url,
        wants_receipt=bool(callback_url),
    )


def _last_word(submission: Submission, now: float) -> tuple[float, str, str]:
    said = [planned for planned in submission.receipts if planned[0] <= now]
    return said[-1] if said else (0.0, "ACCEPTD", "000")


def _facts(submission: Submission, done_at: float, stat: str, err: str) -> dict[str, Any]:
    return {
        "id": submission.id,
        "to": submission.to,
        "status": stat,
        "code": err,
        "done_at": _instant(done_at) if done_at else None,
        "reference": submission.reference,
    }


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
