"""Where PostgreSQL's files live, and as whom it runs.

PostgreSQL refuses to run as root, and another user can neither read data nor execute binaries
below a directory of mode 0700. So when root starts the platform in such a place, data and a copy
of the binaries go to a home outside, and `postgres.location` in the asked directory says where.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from smsplatform.platform.errors import PlatformError

OUTSIDE = (Path("/var/lib/smsplatform"), Path(tempfile.gettempdir()) / "smsplatform")
UNPRIVILEGED = ("postgres", "nobody", "daemon")
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107


@dataclass(frozen=True)
class RunAs:
    """Who runs the server: `None` means the user we already are."""

    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        """The value of `Popen(extra_groups=...)`: root's other groups must not leak."""
        return None if self.uid is None else []

    def own(self, *paths: Path) -> None:
        """Make it the owner of the paths themselves, not of what is below."""
        if self.uid is not None and self.gid is not None:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can(self, permission: str, path: Path) -> bool:
        """`permission` as in test(1): asked as that user, since modes of all parents count."""
        asked = subprocess.run(  # noqa: S603
            ["/usr/bin/env", "test", f"-{permission}", str(path)],
            cwd="/",
            user=self.uid,
            group=self.gid,
            extra_groups=self.groups,
            check=False,
        )
        return asked.returncode == 0


def choose_user(data_dir: Path) -> RunAs:
    """Existing data is served by its owner, also when root starts what a plain user made."""
    if os.geteuid() != 0:
        return RunAs()
    if data_dir.exists() and (owner := data_dir.stat()).st_uid != 0:
        return RunAs(owner.st_uid, owner.st_gid)
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return RunAs(entry.pw_uid, entry.pw_gid)
    raise PlatformError(
        "PostgreSQL refuses to run as root and this machine has none of the users "
        f"{', '.join(UNPRIVILEGED)}: start the platform as a plain user."
    )


def choose_home(asked: Path) -> Path:
    """The directory itself, or, where the server's user cannot enter it, one outside.

    The answer is noted beside the asked place, so that a restart finds its data again; a new clone
    in an old path has no note and therefore never meets the data of the one before.
    """
    note = asked / "postgres.location"
    if note.exists():
        return Path(note.read_text().splitlines()[0])
    _make_directory(asked)
    if os.geteuid() != 0 or choose_user(asked / "postgres").can("x", asked):
        return asked
    home = _home_outside(asked)
    note.write_text(f"{home}\nPostgreSQL's files of this checkout; remove both together.\n")
    return home


def make_private(directory: Path, run_as: RunAs) -> Path:
    """Only its owner may enter: the server trusts whoever reaches its socket."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    run_as.own(directory)
    directory.chmod(0o700)
    return directory


def socket_directory(data_dir: Path) -> Path:
    """Beside the data, or a short one under the temporary directory, noted beside the data."""
    beside = data_dir.with_name(f"{data_dir.name}.socket")
    if _fits(beside):
        return beside
    note = data_dir.with_name(f"{data_dir.name}.socket_dir")
    if note.exists() and (noted := Path(note.read_text().strip())).is_dir() and _fits(noted):
        return noted
    short = tempfile.gettempdir()
    if not _fits(Path(short) / "sms-pg-12345678"):
        short = os.path.realpath("/var/tmp")  # noqa: S108 (mkdtemp makes a private one in it)
    directory = Path(tempfile.mkdtemp(prefix="sms-pg-", dir=short))
    note.write_text(f"{directory}\n")
    return directory


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """One process at a time; the kernel drops the lock with the process, so it is never stale."""
    with _open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise PlatformError(f"{path} is locked: the platform already runs here.") from None
        yield


def copy_tree(source: Path, target: Path) -> None:
    """Whole or not at all: a half copy never gets the final name."""
    if target.exists():
        return
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        shutil.copytree(source, draft, symlinks=True, dirs_exist_ok=True)
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not target.exists():  # else somebody else was faster
            raise


def _open(path: Path) -> IO[str]:
    try:
        return path.open("a")
    except PermissionError:
        raise PlatformError(f"{path} belongs to another user: start as the same user.") from None


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlatformError(f"The directory {path} cannot be made: {error.strerror}.") from error
    if not os.access(path, os.W_OK):
        raise PlatformError(
            f"The directory {path} belongs to another user; write access is needed."
        )


def _home_outside(asked: Path) -> Path:
    key = hashlib.sha256(os.fsencode(asked.resolve())).hexdigest()[:8]
    run_as = choose_user(asked / "postgres")
    for base in OUTSIDE:
        with contextlib.suppress(OSError):
            base.mkdir(mode=0o755, parents=True, exist_ok=True)
            if base.stat().st_uid != 0 or not run_as.can("x", base):
                continue  # a stranger's directory could be swapped under us
            home = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=base))
            home.chmod(0o755)
            return home
    raise PlatformError(
        f"PostgreSQL's user cannot enter {asked} nor {' nor '.join(map(str, OUTSIDE))}: "
        "move the checkout, or set DATABASE_URL to a server of yours."
    )


def _fits(directory: Path) -> bool:
    return len(os.fsencode(directory / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
