"""Who may do what only one may. Time is the database's, and so is the word on who holds a lease.

Whoever writes on the strength of a lease calls `hold` in the same transaction: a successor cannot
take the lease while that transaction is open, and a predecessor's writes touch nothing.
"""

from django.db import connection, transaction

SECONDS = 10


class LeaseLostError(Exception):
    """Somebody else holds it now; whoever sees this stops writing and lets go of the wire."""


def of_carrier(carrier_id: int) -> str:
    return f"carrier:{carrier_id}"


def take(name: str, *, owner: str) -> int | None:
    """The new epoch; None while another owner's heartbeat is fresh.

    The predecessor's database session is ended, so that nothing of it can commit later.
    """
    _end_stale_session(name, owner)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_lease (name, owner, epoch, heartbeat_at, backend_pid)"
            " VALUES (%s, '', 0, 'epoch', 0) ON CONFLICT DO NOTHING",
            [name],
        )
        cursor.execute(
            f"SELECT 1 FROM messaging_lease WHERE {_FREE} FOR UPDATE",  # noqa: S608 - a constant
            _free(name, owner),
        )
        if cursor.fetchone() is None:
            return None
        cursor.execute("SELECT set_config('application_name', %s, false)", [owner])
        cursor.execute(
            "UPDATE messaging_lease SET owner = %s, epoch = epoch + 1,"
            " heartbeat_at = clock_timestamp(), backend_pid = pg_backend_pid()"
            " WHERE name = %s RETURNING epoch",
            [owner, name],
        )
        return int(cursor.fetchone()[0])


_FREE = "name = %s AND (owner = %s OR heartbeat_at < clock_timestamp() - %s * interval '1 second')"


def _free(name: str, owner: str) -> list[str | int]:
    return [name, owner, SECONDS]


def _end_stale_session(name: str, owner: str) -> None:
    """First, and without a lock: a predecessor that stopped in the middle of a transaction holds
    its row, and only the end of its session lets go of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(a.pid) FROM messaging_lease l"  # noqa: S608 - a constant
            " JOIN pg_stat_activity a ON a.pid = l.backend_pid AND a.application_name = l.owner"
            f" WHERE a.pid <> pg_backend_pid() AND {_FREE}",
            _free(name, owner),
        )


def beat(name: str, *, epoch: int) -> None:
    """Say that we live; from the session that writes, so that the successor ends the right one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_lease SET heartbeat_at = clock_timestamp(),"
            " backend_pid = pg_backend_pid() WHERE name = %s AND epoch = %s",
            [name, epoch],
        )
        if not cursor.rowcount:
            raise LeaseLostError(name)


def is_held(name: str) -> bool:
    """By anybody, now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM messaging_lease WHERE name = %s"
            " AND heartbeat_at >= clock_timestamp() - %s * interval '1 second'",
            [name, SECONDS],
        )
        return cursor.fetchone() is not None


def hold(name: str, *, epoch: int) -> None:
    """Nobody can take the lease before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM messaging_lease WHERE name = %s AND epoch = %s FOR SHARE", [name, epoch]
        )
        if cursor.fetchone() is None:
            raise LeaseLostError(name)


def release(name: str, *, epoch: int) -> None:
    """The next may take it at once. Letting go twice, or too late, changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_lease SET heartbeat_at = 'epoch' WHERE name = %s AND epoch = %s",
            [name, epoch],
        )
