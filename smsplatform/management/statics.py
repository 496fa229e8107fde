"""Collects static files only when one of them has changed: it takes seconds, the question none."""

import hashlib
from contextlib import AbstractContextManager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

from smsplatform.platform import places

STAMP = ".collected"


def alone() -> AbstractContextManager[None]:
    """Several platforms of one checkout share its static files."""
    return places.locked(Path(settings.STATIC_ROOT).with_suffix(".lock"))


def are_collected() -> bool:
    try:
        return _stamp().read_text() == _fingerprint()
    except OSError:
        return False


def note_collected() -> None:
    _stamp().write_text(_fingerprint())


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / STAMP


def _fingerprint() -> str:
    """Of what there is to collect: names, sizes, times."""
    seen = hashlib.sha256()
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            seen.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return seen.hexdigest()
