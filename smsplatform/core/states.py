"""State machines: one table says what may follow what, one conditional UPDATE moves many rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models.sql import UpdateQuery


class Machine:
    """Transitions of one kind of row. A state that nothing leaves is final."""

    def __init__(self, first: Iterable[str], table: Mapping[str, Iterable[str]]) -> None:
        self.first = frozenset(str(state) for state in first)
        self.table = {str(old): frozenset(map(str, new)) for old, new in table.items()}
        self.states = frozenset(self.table).union(self.first, *self.table.values())
        self.final = frozenset(state for state in self.states if not self.table.get(state))

    def sources(self, state: str) -> list[str]:
        return sorted(old for old, new in self.table.items() if str(state) in new)

    def pairs(self) -> set[tuple[str, str]]:
        return {(old, new) for old, targets in self.table.items() for new in targets}


class StateQuerySet(models.QuerySet[Any]):
    """The only way a state changes. Subclasses name their `machine`."""

    machine: ClassVar[Machine]

    def advance(self, state: str, *, returning: Sequence[str] = (), **changes: Any) -> list[Any]:
        """Move the rows that may, in one UPDATE; returns the keys that moved: they won.

        A row whose state does not allow the move, or that somebody else moved first, is left out.
        `returning` names columns to get instead of the key: a tuple for each row that moved.
        """
        allowed = self.filter(state__in=self.machine.sources(state))
        query = allowed.query.chain(UpdateQuery)
        query.add_update_values({"state": str(state), **changes})  # type: ignore[attr-defined]
        try:
            sql, params = query.get_compiler(self.db).as_sql()
        except EmptyResultSet:
            return []
        columns = ", ".join(f'"{name}"' for name in returning or ["id"])
        with connections[self.db].cursor() as cursor:
            cursor.execute(f"{sql} RETURNING {columns}", params)
            rows = cursor.fetchall()
        return rows if returning else [row[0] for row in rows]

    def in_state(self, *states: str) -> Self:
        return self.filter(state__in=[str(state) for state in states])
