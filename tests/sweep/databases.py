"""A PostgreSQL server of the sweep's own, with one migrated database and copies of it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg

from smsplatform.platform import postgres

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATE = "sweep"


@contextlib.contextmanager
def copies(count: int) -> Iterator[list[str]]:
    """The URLs of `count` databases, each like a fresh installation."""
    with postgres.temporary(ROOT / "var" / "tests") as server:
        _make(server.url, TEMPLATE)
        _migrate(server.url_for(TEMPLATE))
        names = [f"{TEMPLATE}_{number}" for number in range(count)]
        for name in names:
            _make(server.url, name, like=TEMPLATE)
        yield [server.url_for(name) for name in names]


def _make(url: str, name: str, like: str = "template1") -> None:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {like}")


def _migrate(url: str) -> None:
    set_up(url)
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    with connections["default"].cursor() as cursor:
        cursor.execute(_FAR_DAYS)
        cursor.execute("".join(f"DROP TABLE {name};" for (name,) in cursor.fetchall()) or "SELECT")
    connections.close_all()


# A run lasts three days and some hours; each partition more makes its statements slower to plan.
_FAR_DAYS = """
    SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'
    AND relname ~ '_[0-9]{8}$' AND right(relname, 8)::date > now() + interval '8 days'
"""


def set_up(url: str) -> None:
    """Django, in this process, on this database."""
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "smsplatform.settings_test"
    import django

    django.setup()
