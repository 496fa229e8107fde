"""Lists that are read page by page: what they are sorted by, and where the next page begins."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

PAGE = 50


@dataclass(frozen=True, slots=True)
class Sorting:
    """`field` of the model, never null; `word` in the address, with a minus when it goes down."""

    field: str
    is_down: bool

    @classmethod
    def read(cls, asked: str | None, *, allowed: Sequence[str], default: str) -> Self:
        """What is asked for if it is allowed; else `default`, which is written the same way."""
        word = asked if asked and asked.removeprefix("-") in allowed else default
        return cls(word.removeprefix("-"), word.startswith("-"))

    @property
    def word(self) -> str:
        return f"-{self.field}" if self.is_down else self.field

    @property
    def order(self) -> tuple[str, str]:
        """The key decides among equals, so that no row is shown twice or never."""
        sign = "-" if self.is_down else ""
        return f"{sign}{self.field}", f"{sign}pk"


@dataclass(frozen=True, slots=True)
class Listing:
    """`next_cursor` is empty on the last page."""

    rows: list[Any]
    next_cursor: str


def cut(
    found: QuerySet[Any], *, sorting: Sorting, cursor: str | None, limit: int = PAGE
) -> Listing:
    """One page, begun after the row that `cursor` tells of; a cursor that tells nothing is
    the first page's."""
    found = found.order_by(*sorting.order)
    if after := _after(found, sorting, cursor):
        found = found.filter(after)
    rows = list(found[: limit + 1])
    if len(rows) <= limit:
        return Listing(rows, "")
    return Listing(rows[:limit], _cursor(rows[limit - 1], sorting))


def _cursor(row: Any, sorting: Sorting) -> str:
    field = row._meta.get_field(sorting.field)
    place = json.dumps([field.value_to_string(row), row._meta.pk.value_to_string(row)])
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _after(found: QuerySet[Any], sorting: Sorting, cursor: str | None) -> Q | None:
    if not cursor:
        return None
    meta = found.model._meta
    try:
        value, key = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value = meta.get_field(sorting.field).to_python(value)
        key = meta.pk.to_python(key)
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None
    if value is None or key is None:
        return None
    step = "lt" if sorting.is_down else "gt"
    # The range, which an index answers; among equals the key decides.
    beyond = Q(**{f"{sorting.field}__{step}": value}) | Q(**{f"pk__{step}": key})
    return Q(**{f"{sorting.field}__{step}e": value}) & beyond
