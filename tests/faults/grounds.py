"""The kinds of installations that rows need."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

from smsplatform.platform.postgres import DATABASE, SUPERUSER, Postgres
from tests.faults.ground import Ground, ground
from tests.faults.proxy import Proxy

DISK_MEGABYTES = 256
_Start = Callable[[], "contextlib.AbstractContextManager[Ground]"]


class ProxiedGround(Ground):
    """Its PostgreSQL belongs to us, and all of its processes reach it through a proxy."""

    def __init__(self, var: Path, **settings: str) -> None:
        self._held = contextlib.ExitStack()
        server = self._held.enter_context(Postgres(var / "pg" / "data"))
        self.proxy = self._held.enter_context(Proxy(var / "proxy", server.socket_dir))
        query = urlencode({"host": self.proxy.directory, "port": 5432}, quote_via=quote)
        url = f"postgres://{SUPERUSER}@/{DATABASE}?{query}"
        super().__init__(var, **settings, DATABASE_URL=url)

    def stop(self) -> float:
        try:
            return super().stop()
        finally:
            self._held.close()


class SmallDiskGround(Ground):
    """PostgreSQL's data on a disk that can be filled; what others write is elsewhere."""

    def __init__(self, var: Path, **settings: str) -> None:
        self._elsewhere = Path(tempfile.mkdtemp(prefix="sms-fault-"))
        self._elsewhere.chmod(0o755)
        options = f"size={DISK_MEGABYTES}m,mode=755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(var)], check=True)
        for name in ("log", "simulator"):
            (self._elsewhere / name).mkdir(mode=0o700)
            (var / name).symlink_to(self._elsewhere / name)
        super().__init__(var, **settings)
        self._filling = var / "filling"

    def fill(self) -> None:
        """To the last byte; who writes meanwhile finds less and less."""
        with self._filling.open("wb", buffering=0) as file:
            for chunk in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), chunk)

    def free(self) -> None:
        self._filling.unlink(missing_ok=True)

    def stop(self) -> float:
        self.free()
        try:
            return super().stop()
        finally:
            subprocess.run(["umount", "--lazy", str(self.var)], check=False)
            shutil.rmtree(self._elsewhere, ignore_errors=True)


def _always() -> str:
    return ""


def _where_root() -> str:
    return "" if os.geteuid() == 0 else "only root may mount a small disk"


# What each is called: how it starts, and why it may not.
_KINDS: dict[str, tuple[_Start, Callable[[], str]]] = {
    "plain": (ground, _always),
    "proxied": (lambda: ground(ProxiedGround), _always),
    "small disk": (lambda: ground(SmallDiskGround), _where_root),
}


def why_not(name: str) -> str:
    return _KINDS[name][1]()


@contextlib.contextmanager
def start(name: str) -> Iterator[Ground]:
    with _KINDS[name][0]() as started:
        started.control(receipt_delay_seconds=1)
        yield started
