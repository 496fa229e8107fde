"""Where files lie: below settings.PRIVATE_DIR, under random names, sealed, for our eyes only."""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from smsplatform.core import vault

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


def put(content: bytes) -> str:
    """Returns the place, which is random; nobody's file name has a part in it."""
    name = secrets.token_hex(20)
    place = f"{name[:2]}/{name}"
    path = _path(place)
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    with os.fdopen(handle, "wb") as out:
        out.write(vault.seal_bytes(content))
    return place


def get(place: str) -> bytes:
    """OSError where it is gone; vault.Unreadable where its key is."""
    return vault.unseal_bytes(_path(place).read_bytes())


def remove(place: str) -> None:
    _path(place).unlink(missing_ok=True)


def places() -> Iterator[tuple[str, datetime]]:
    """Everything that lies there, and when it was put."""
    for path in Path(settings.PRIVATE_DIR).glob("??/*"):
        put_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        yield f"{path.parent.name}/{path.name}", put_at


def _path(place: str) -> Path:
    folder, _slash, name = place.partition("/")
    if len(folder) != 2 or not name.isalnum() or not folder.isalnum():
        raise ValueError(place)
    return Path(settings.PRIVATE_DIR) / folder / name
