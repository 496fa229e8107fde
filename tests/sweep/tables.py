"""The tables of one simulation after another: emptied by deleting, which is quicker than truncating
a hundred partitions, with the guards of what is never deleted asleep meanwhile."""

from collections.abc import Collection
from functools import cache

from django.db import connection

_KEPT = ("django_migrations", "django_content_type", "auth_permission", "django_site")


@cache
def _names(_database: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname"
        )
        return [name for (name,) in cursor.fetchall() if name not in _KEPT]


def writers(*, since: int, but: Collection[str]) -> set[int]:
    """The transactions after `since` that wrote the rows which are there now."""
    names = [name for name in _names(connection.settings_dict["NAME"]) if name not in but]
    found = " UNION ".join(f"SELECT xmin FROM {name}" for name in names)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT xmin::text::bigint FROM ({found}) rows")  # noqa: S608
        return {xid for (xid,) in cursor.fetchall() if xid > since}


def empty() -> None:
    names = _names(connection.settings_dict["NAME"])
    deletes = "; ".join(f"DELETE FROM {name}" for name in names)  # noqa: S608 - from the catalogue
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET session_replication_role = replica; {deletes};"
            " SET session_replication_role = DEFAULT"
        )
