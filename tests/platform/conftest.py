"""Real processes, in directories that the server's user can enter unless a test closes them."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsplatform.platform import places


def _new_directory() -> Path:
    # Not pytest's tmp_path: its mode is 0700, which is one of the cases under test.
    directory = Path(tempfile.mkdtemp(prefix="sms-platform-"))
    directory.chmod(0o755)
    return directory


@pytest.fixture
def var() -> Iterator[Path]:
    directory = _new_directory()
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where root's data goes when the server's user cannot enter the asked place."""
    directory = _new_directory()
    monkeypatch.setattr(places, "OUTSIDE", (directory,))
    yield directory
    shutil.rmtree(directory)


def is_root() -> bool:
    return os.geteuid() == 0
