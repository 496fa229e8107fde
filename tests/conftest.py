"""What every test stands on. The database is real (tests/database.py); the network is not:
whoever opens a connection that leaves this machine fails the test.
"""

import socket
from typing import Any

import pytest

_NEVER_EMPTIED = (
    "billing_entry",
    "billing_invoice",
    "billing_invoiceline",
    "messaging_consententry",
)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: Any, django_db_blocker: Any) -> None:
    """A flush between tests truncates; the guards against that are for real databases."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in _NEVER_EMPTIED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_truncate")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test wanted to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _english() -> None:
    """A page in Chinese leaves its language to whatever the thread does next."""
    from django.utils import translation

    translation.activate("en")


@pytest.fixture(autouse=True)
def _unknown_caller() -> None:
    """How often an address has tried something is counted across tests, else."""
    from django.core.cache import cache

    cache.clear()
