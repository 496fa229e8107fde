"""Lookups of our own, for any field of UUIDs."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import Lookup, UUIDField


@UUIDField.register_lookup
class Among(Lookup):
    """`id__among=ids`: one array instead of a parameter for each id, which costs half as much.

    Like `__in`, it lets the planner see the ids, so only the partitions that hold them are read.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        ids = list(self.rhs)
        if not ids:
            raise EmptyResultSet
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::uuid[])", (*params, array(ids))


def array(ids: Iterable[UUID]) -> str:
    """As PostgreSQL writes an array of UUIDs."""
    return "{" + ",".join(map(str, ids)) + "}"
