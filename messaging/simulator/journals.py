"""Reading the logs for people and for programs that follow them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from messaging.simulator import log

DEFAULT_LINES = 100
MOST_LINES = 5000


def latest(path: Path, *, name: str = "", most: int = DEFAULT_LINES) -> list[dict[str, Any]]:
    """The newest first."""
    found: list[dict[str, Any]] = []
    for data in reversed(log.last_lines(path)):
        if facts := _read(data, name):
            found.append(facts)
        if len(found) == most:
            break
    return found


def page(
    path: Path, query: Mapping[str, str], *, name: str = ""
) -> tuple[list[dict[str, Any]], int]:
    """From the place `after` on, or the latest without one; and the place where to go on."""
    most = min(_number(query.get("limit"), DEFAULT_LINES), MOST_LINES)
    if "after" not in query:
        return latest(path, name=name, most=most)[::-1], path.stat().st_size
    following = min(_number(query["after"], 0), path.stat().st_size)
    found: list[dict[str, Any]] = []
    for start, data in log.read_lines(path, following):
        if len(found) == most:
            break
        following = start + len(data)
        if facts := _read(data, name):
            found.append(facts)
    return found, following


def _read(data: bytes, name: str) -> dict[str, Any] | None:
    """None where somebody asked from the middle of a line, or for another name."""
    try:
        facts = json.loads(data)
    except ValueError:
        return None
    is_meant = isinstance(facts, dict) and (not name or facts.get("name") == name)
    return facts if is_meant else None


def _number(said: str | None, default: int) -> int:
    return int(said) if said and said.isdecimal() and len(said) < 16 else default
