"""Stripe's requests: forms whose names nest, such as `line_items[0][price_data][currency]`."""

import re
from collections.abc import Iterable
from typing import Any

_PARTS = re.compile(r"[^\[\]]+")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Lists are dicts by "0", "1", …: what reads them knows which they are."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = _PARTS.findall(name) or [name]
        place = found
        for part in path:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ValueError(name)
            place = inner
        place[last] = value
    return found
