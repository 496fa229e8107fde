"""Database sessions of simulated processes: real ones, whose commits are numbered.

A statement that writes outside a transaction gets one of its own, so that `_commit` sees every
commit. SQL that asks for the clock is told the time of the simulation.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import psycopg
from django.db import OperationalError, connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper

from smsplatform.core import clock
from tests.sweep.boundaries import Boundaries, Process

_WRITES = ("INSERT", "UPDATE", "DELETE", "WITH", "MERGE", "NOTIFY", "TRUNCATE", "COPY")
GONE_SECONDS = 5.0


@dataclass(eq=False)
class Database:
    """What the sessions of one simulation share. `loses`: the connection of the next COMMIT breaks
    "before" or "after" it happened, or it does not."""

    boundaries: Boundaries
    ring: Callable[[set[str]], None]
    loses: Callable[[], str] = lambda: ""

    def __post_init__(self) -> None:
        url = connections["default"].get_connection_params()
        names = ("host", "port", "user", "dbname", "password")
        known = {name: url[name] for name in names if name in url}
        self._watcher = psycopg.connect(**known, autocommit=True)

    def close(self) -> None:
        self._watcher.close()

    def end(self, session: Any) -> None:
        """Closed without COMMIT; when this returns the server has let go of all it held."""
        pid = session.info.backend_pid
        session.close()
        deadline = monotonic() + GONE_SECONDS
        while self._watcher.execute(_IS_THERE, [pid]).fetchone():
            assert monotonic() < deadline, "a database session did not end"
            sleep(0.0005)


_IS_THERE = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"


class Session(DatabaseWrapper):
    process: Process
    database: Database
    said: set[str]  # channels, in this transaction
    xids: set[int]  # of all that were numbered

    def connect(self) -> None:
        self.process.check()
        super().connect()
        self.connection.execute("SELECT setseed(0.5)")

    def drop(self) -> None:
        """As the kernel does for the dead."""
        session, self.connection = self.connection, None
        self.closed_in_transaction = True
        if session is not None and not session.closed:
            self.database.end(session)

    def _commit(self) -> None:
        if not self._has_written():
            super()._commit()
            return
        heard, self.said = self.said, set()
        reach = self.database.boundaries.reach
        reach(self.process, "before COMMIT")
        lost = self.database.loses()
        if lost != "before":
            super()._commit()
            self.database.ring(heard)
        if lost:
            self.database.end(self.connection)
            raise OperationalError("the connection was lost during COMMIT")
        reach(self.process, "after COMMIT")

    def _has_written(self) -> bool:
        row = self.connection.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()
        if row[0] is not None:
            self.xids.add(int(row[0]))
        return row[0] is not None or bool(self.said)

    def _told(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not isinstance(sql, str):
            return execute(sql, params, many, context)
        if "clock_timestamp()" in sql:
            sql = sql.replace("clock_timestamp()", f"'{clock.now().isoformat()}'::timestamptz")
        verb = sql.lstrip()[:9].upper()
        if verb.startswith("NOTIFY"):
            self.said.add(sql.split()[1])
        if verb.startswith(_WRITES) and not self.in_atomic_block:
            with transaction.atomic():
                return execute(sql, params, many, context)
        return execute(sql, params, many, context)


def open_for(process: Process) -> Session:
    session = Session({**connections.settings["default"]}, "default")
    session.process, session.database = process, process.database
    session.said, session.xids = set(), set()
    session.execute_wrappers.append(session._told)
    process.sessions.append(session)
    return session


@contextlib.contextmanager
def use(session: DatabaseWrapper):
    """`django.db.connection` is this one meanwhile."""
    before = connections["default"]
    connections["default"] = session
    try:
        yield
    finally:
        connections["default"] = before
