"""The JSON of strangers: what PostgreSQL and carriers could not hold is found before it is read."""

import itertools
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from smsplatform.core.api import BadJson
from smsplatform.core.errors import Invalid, Problem

# A body may be wrong in a million places; so many are enough to mend it.
MOST_PROBLEMS = 100
# Below this the members of a body are refused by their type, whatever they hold.
_DEEPEST = 4


def load(body: bytes) -> Any:
    """Raises BadJson, or Invalid with what cannot be stored."""
    try:
        loaded = _DECODER.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadJson from error
    # UTF-8 and JSON refuse a NUL and half a surrogate pair raw: only an escape brings them in.
    if b"\\u" in body:
        problems = list(itertools.islice(_unstorable(loaded), MOST_PROBLEMS))
        if problems:
            raise Invalid(errors=problems)
    return loaded


_BAD_CHARACTERS = _("The text holds a NUL or half of a surrogate pair; remove it.")


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _unstorable(loaded: Any) -> Iterator[Problem]:
    """A problem for each string that PostgreSQL and carriers cannot hold."""
    waiting = deque([("", 0, loaded)])
    while waiting:
        path, depth, value = waiting.popleft()
        if isinstance(value, str) and not _is_storable(value):
            yield Problem("characters_invalid", _BAD_CHARACTERS, path)
        elif isinstance(value, list) and depth < _DEEPEST:
            waiting.extend((f"{path}[{n}]", depth + 1, one) for n, one in enumerate(value))
        elif isinstance(value, dict) and depth < _DEEPEST:
            for name, one in value.items():
                if _is_storable(name):
                    waiting.append((f"{path}.{name[:40]}".lstrip("."), depth + 1, one))
                else:
                    yield Problem("characters_invalid", _BAD_CHARACTERS, path)


def _is_storable(text: str) -> bool:
    return "\0" not in text and _SURROGATE.search(text) is None


_SURROGATE = re.compile("[\ud800-\udfff]")
