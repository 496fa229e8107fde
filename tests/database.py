"""A pytest plugin, loaded before Django's: one PostgreSQL server of our own for the whole run.

Workers of a parallel run take the controller's server; TEST_DATABASE_URL names any other.
"""

import os
from contextlib import ExitStack
from pathlib import Path

from smsplatform.platform import postgres

ROOT = Path(__file__).resolve().parent.parent

_held = ExitStack()

if "TEST_DATABASE_URL" not in os.environ:
    _server = _held.enter_context(postgres.temporary(ROOT / "var" / "tests"))
    os.environ["TEST_DATABASE_URL"] = _server.url
os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]


def pytest_unconfigure() -> None:
    _held.close()
