"""JSON in and out, alike at every HTTP path."""

import json
from typing import Any

from aiohttp import web


class BadBody(ValueError):
    pass


async def read_object(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise BadBody("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise BadBody("The body must be a JSON object.")
    return body


def refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
