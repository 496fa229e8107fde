"""COPY: how the pipeline and the ledger write rows, thousands in one statement.

COPY has no error per row; whoever hands rows in has refused NUL, half surrogates and lengths.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def copy(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Raises Django's database errors, as any other statement does. No rows, no statement."""
    waiting = list(rows)
    if not waiting:
        return
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as out,
    ):
        for row in waiting:
            out.write_row(row)
