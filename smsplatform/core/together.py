"""Several statements in one way to the server and back: what is done under a lock costs ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

Params = Mapping[str, Any] | Sequence[Any]


@dataclass(slots=True)
class Statement:
    """`rows` and `count` are there once it has run."""

    sql: str
    params: Params | None = None
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    count: int = 0


def run(statements: Sequence[Statement]) -> None:
    """In this order; each sees what the one before it has waited for. The first that fails raises,
    as any statement does, and fails all of them."""
    with connection.cursor() as cursor:
        cursor.execute(";".join(_filled_in(cursor, statement) for statement in statements))
        for place, statement in enumerate(statements):
            if place:
                cursor.nextset()
            statement.count = cursor.rowcount
            statement.rows = cursor.fetchall() if cursor.description else []


def _filled_in(cursor: Any, statement: Statement) -> str:
    # Without parameters the driver leaves percent signs alone, as it does for the whole afterwards.
    if statement.params is None:
        return statement.sql
    return str(cursor.mogrify(statement.sql, statement.params))
