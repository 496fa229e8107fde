"""The embedded PostgreSQL: made on the first start, run as our own direct child.

Not through `pg_ctl`, which would daemonise it. It listens on a unix socket in a private directory
and nowhere else; whoever can open the socket is trusted.
"""

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlencode

from smsplatform.platform import binaries, places, processes
from smsplatform.platform.children import Child
from smsplatform.platform.errors import PlatformError
from smsplatform.platform.places import RunAs

SUPERUSER = "postgres"
DATABASE = "smsplatform"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    # A generic plan cannot prune partitions by a parameter, and psycopg prepares after five uses.
    "plan_cache_mode": "force_custom_plan",
    "idle_in_transaction_session_timeout": "60s",
    "log_line_prefix": "%m [%p] %u@%d ",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST_SHUTDOWN = signal.SIGINT
# None of the caller's PG* variables, which would redirect the server.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "autovacuum_naptime": "5min",
}

SCRATCH_PREFIX = "sms-test-"
SCRATCH_NEW_SECONDS = 60


class Postgres:
    """One data directory and the server on it; several run side by side.

    `data_dir` is where the data is wanted; `self.data_dir` is where it is, which differs when root
    starts a checkout that the server's user cannot enter (see `places`).
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        database: str = DATABASE,
        log_file: Path | None = None,
        durable: bool = True,
        settings: dict[str, str] | None = None,
    ) -> None:
        home = places.choose_home(data_dir.absolute().parent)
        self.data_dir = home / data_dir.name
        self.database = database
        self.durable = durable
        self.run_as = places.choose_user(self.data_dir)
        self.log_file = log_file or data_dir.absolute().parent / "log" / f"{data_dir.name}.log"
        self.settings = SETTINGS | (DURABLE if durable else FORGETFUL) | (settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = contextlib.ExitStack()
        self._is_ours = False

    @functools.cached_property
    def socket_dir(self) -> Path:
        """Private, and short enough for a socket's address."""
        return places.socket_directory(self.data_dir)

    @property
    def url(self) -> str:
        """For psycopg and django-environ alike: only as a query does the socket suit both."""
        return self.url_for(self.database)

    def url_for(self, database: str) -> str:
        """The same server, another database."""
        query = urlencode({"host": self.socket_dir, "port": 5432}, quote_via=quote)
        return f"postgres://{SUPERUSER}@/{database}?{query}"

    @property
    def pid(self) -> int | None:
        """Of the postmaster that `start` started, also after its death."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the postmaster that `start` started still lives."""
        return self._process is not None and self._process.poll() is None

    def ensure_initialised(self) -> None:
        """Whole or not at all: an interrupted first start leaves nothing that looks like data."""
        if self._has_data():
            return self._check_ownership()
        with places.locked(self._sibling("init.lock")):
            if self._has_data():
                return None
            if self.data_dir.exists() and any(self.data_dir.iterdir()):
                raise PlatformError(f"{self.data_dir} is not empty and holds no PostgreSQL data.")
            draft = self._sibling("new")
            shutil.rmtree(draft, ignore_errors=True)
            self._initialise(draft)
            draft.rename(self.data_dir)
        return None

    def start(self) -> None:
        """Returns at once; see `wait_ready`. Call it from the main thread (`die_with_parent`)."""
        self.prepare()
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self._process = self._spawn(self.argv, log=log)

    def prepare(self) -> None:
        """Everything before the server's own start; the directory stays ours until `release`."""
        self.ensure_initialised()
        if not self._is_ours:
            self._lock.enter_context(places.locked(self._sibling("lock"), wait=False))
            self._is_ours = True
        self.clear_remains()
        places.make_private(self.socket_dir, self.run_as)

    def release(self) -> None:
        """Let another process serve this directory, after our server has ended."""
        if self._is_ours:  # else `prepare` found that somebody serves it already
            self.clear_remains()
            self._lock.close()
            self._is_ours = False

    @property
    def argv(self) -> list[str]:
        """The command line, for who supervises the server himself; `run_as` says as whom."""
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        program = binaries.usable_by(self.run_as, self.data_dir.parent).postgres
        return [program, "-D", str(self.data_dir), "-k", str(self.socket_dir), *options]

    def as_child(self, name: str = "postgres") -> Child:
        """For a supervisor, instead of `start` and `stop`: ready, restarted, and stopped last."""
        return Child(
            name=name,
            argv=self.argv,
            log=self.log_file,
            env=ENVIRONMENT,
            cwd=Path("/"),
            ready=self.is_ready,
            ready_timeout_seconds=60,
            prepare=self.prepare,
            release=self.release,
            stop_signal=FAST_SHUTDOWN,
            parent_death_signal=FAST_SHUTDOWN,
            run_as=self.run_as,
            ends_last=True,
            is_quiet=True,
        )

    def is_ready(self) -> bool:
        """Asked of the file that the server keeps, so that no connection attempt is logged."""
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and processes.is_alive(int(lines[0]))

    def wait_ready(self, timeout_seconds: float = 60) -> None:
        """Crash recovery of much data may take its time; a dead server is reported at once."""
        processes.wait_until(lambda: not self.is_running or self.is_ready(), timeout_seconds)
        if not (self.is_running and self.is_ready()):
            raise PlatformError(f"PostgreSQL did not start; its log ends:\n{self._log_tail()}")

    def stop(self, timeout_seconds: float = 10) -> None:
        """Open transactions are rolled back; everything committed is on disk."""
        if self._process and self.is_running:
            self._process.send_signal(FAST_SHUTDOWN)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout_seconds)
        if self._process and self.is_running:
            self._process.kill()
            self._process.wait()
        self.release()

    def clear_remains(self) -> None:
        """Make the directory free for a new server.

        After a `kill -9` of the postmaster its backends may still hold the shared memory, and
        `postmaster.pid` may name a zombie or a stranger: PostgreSQL would refuse to start.
        """
        pid_file = self.data_dir / "postmaster.pid"
        postmaster = _first_number(pid_file)
        if postmaster in processes.in_directory(self.data_dir):  # its supervisor was killed
            processes.send([postmaster], FAST_SHUTDOWN)
            processes.wait_until(lambda: not processes.in_directory(self.data_dir), 10)
        processes.end(
            lambda: processes.in_directory(self.data_dir),
            first=signal.SIGQUIT,
            patience_seconds=1,
        )
        pid_file.unlink(missing_ok=True)

    def __enter__(self) -> "Postgres":
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _initialise(self, draft: Path) -> None:
        places.make_private(draft, self.run_as)
        programs = binaries.usable_by(self.run_as, self.data_dir.parent)
        self._run(
            [programs.initdb, "-D", str(draft), f"--username={SUPERUSER}"]
            + ["--encoding=UTF8", "--data-checksums", *programs.locale_arguments]
            + ["--auth-local=trust", "--auth-host=reject"]
            + ([] if self.durable else ["--no-sync"])
        )
        # Single-user mode: the database exists before anybody can connect.
        create = f'CREATE DATABASE "{self.database}"'
        flags = ["-cfsync=on" if self.durable else "-cfsync=off"]
        self._run([programs.postgres, "--single", "-D", str(draft), *flags, "postgres"], create)

    def _run(self, argv: list[str], text: str = "") -> None:
        done = subprocess.run(  # noqa: S603
            argv,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            user=self.run_as.uid,
            group=self.run_as.gid,
            extra_groups=self.run_as.groups,
        )
        if done.returncode:
            raise PlatformError(f"PostgreSQL could not be set up:\n{done.stdout}{done.stderr}")

    def _spawn(self, argv: list[str], *, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=ENVIRONMENT,
            user=self.run_as.uid,
            group=self.run_as.gid,
            extra_groups=self.run_as.groups,
            start_new_session=True,  # Ctrl-C in the terminal is for the supervisor alone
            preexec_fn=processes.die_with_parent(FAST_SHUTDOWN),
        )

    def _sibling(self, suffix: str) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}.{suffix}")

    def _has_data(self) -> bool:
        try:
            return (self.data_dir / "PG_VERSION").exists()
        except PermissionError:
            return True  # somebody else's

    def _check_ownership(self) -> None:
        owner = self.data_dir.stat().st_uid
        server = os.geteuid() if self.run_as.uid is None else self.run_as.uid
        if owner != server:
            raise PlatformError(
                f"The data in {self.data_dir} belongs to user {owner}, the server would run as "
                f"{server}: start the platform as the user who made it."
            )

    def _log_tail(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-15:])
        return "(no log)"


@contextlib.contextmanager
def temporary(directory: Path, *, settings: dict[str, str] | None = None) -> Iterator[Postgres]:
    """A server for tests with an empty database: ready, quick, forgetful, gone afterwards.

    `directory` (the checkout's `var/`) keeps a template of freshly made data, so only the first
    call pays for `initdb`. A test run that is killed leaves files but never a server; the next
    call removes the files.
    """
    home = places.choose_home(directory.absolute())
    template = _template(home)
    with _scratch(home, template.run_as) as scratch:
        shutil.copytree(template.data_dir, scratch / "data")
        template.run_as.own(scratch / "data", *(scratch / "data").rglob("*"))
        with Postgres(scratch / "data", durable=False, settings=settings) as server:
            yield server


def _template(home: Path) -> Postgres:
    version = ".".join(map(str, binaries.find().version))
    run_as = places.choose_user(home / "postgres")
    name = f"postgres-template-{version}-{run_as.uid if run_as.uid else 'own'}"
    template = Postgres(home / name, durable=False)
    template.ensure_initialised()
    return template


@contextlib.contextmanager
def _scratch(home: Path, run_as: RunAs) -> Iterator[Path]:
    base = Path(tempfile.gettempdir())
    if not run_as.can("x", base):
        base = home
    _sweep(base)
    scratch = Path(tempfile.mkdtemp(prefix=SCRATCH_PREFIX, dir=base))
    try:
        scratch.chmod(0o755)
        with places.locked(scratch / "alive"):
            yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _sweep(base: Path) -> None:
    """Remove what killed test runs left: the kernel dropped their locks."""
    for abandoned in base.glob(f"{SCRATCH_PREFIX}*"):
        with contextlib.suppress(OSError, PlatformError):
            if time.time() - abandoned.stat().st_mtime < SCRATCH_NEW_SECONDS:
                continue  # perhaps not locked yet
            with places.locked(abandoned / "alive", wait=False):
                shutil.rmtree(abandoned)


def _first_number(path: Path) -> int:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
