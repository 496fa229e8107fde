"""How far back the messages reach."""

from datetime import UTC, datetime

from django.db import connection


def kept_since() -> datetime | None:
    """Where the oldest partition of messages begins: its name ends in its month."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(right(c.relname, 6)) FROM pg_inherits i JOIN pg_class c"
            " ON c.oid = i.inhrelid WHERE i.inhparent = 'messaging_message'::regclass"
        )
        month = cursor.fetchone()[0]
    return datetime.strptime(month, "%Y%m").replace(tzinfo=UTC) if month else None
