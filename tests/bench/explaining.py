"""EXPLAIN (ANALYZE, BUFFERS) of each different statement that passes, rolled back; then it runs."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

_EXPLAINED = ("SELECT", "UPDATE", "DELETE", "WITH")
_TIME = re.compile(r"Execution Time: ([\d.]+) ms")


class Explainer:
    """For `connection.execute_wrapper`. The slowest come first in the file."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._seen: dict[str, tuple[float, str]] = {}
        self._is_busy = False

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        words = " ".join(sql.split())
        if not self._is_busy and words.startswith(_EXPLAINED) and words not in self._seen:
            self._is_busy = True
            try:
                self._explain(words, sql, params)
            finally:
                self._is_busy = False
        return execute(sql, params, many, context)

    def write(self) -> int:
        slowest = sorted(self._seen.items(), key=lambda one: -one[1][0])
        self._path.write_text(
            "\n\n".join(f"-- {words}\n{plan}" for words, (_seconds, plan) in slowest) + "\n"
        )
        return len(slowest)

    def _explain(self, words: str, sql: str, params: Any) -> None:
        with connection.connection.transaction(force_rollback=True):
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
            plan = "\n".join(row[0] for row in cursor.fetchall())
        found = _TIME.search(plan)
        self._seen[words] = (float(found[1]) if found else 0.0, plan)
