"""One child process, from its start to the end of everything it leaves behind."""

import os
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

from smsplatform.platform import processes
from smsplatform.platform.places import RunAs

MARK = "SMSPLATFORM_CHILD"
LARGEST_LOG_BYTES = 20_000_000
LONGEST_LINE_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class Child:
    """What to run and how to treat it.

    `env` is its whole environment. `prepare` runs before every start and may clear what the
    former life left; `release` runs once, after the last. A child with `ends_last` is stopped when
    all others have ended, because they need it to end well. A quiet one writes to its log only.
    One with `is_once` has a single thing to do: when it has ended, that is the end of it.
    """

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path | None = None
    ready: Callable[[], bool] | None = None
    ready_timeout_seconds: float = 30
    prepare: Callable[[], None] | None = None
    release: Callable[[], None] | None = None
    stop_signal: Signals = SIGTERM
    parent_death_signal: Signals = SIGTERM
    run_as: RunAs = RunAs()
    ends_last: bool = False
    is_quiet: bool = False
    is_once: bool = False


class Life:
    """A running child in a process group of its own.

    Its output goes to its log and, line by line, to `show`; each line is prefixed by its name.
    """

    def __init__(self, child: Child, *, place: str, show: Callable[[str], None]) -> None:
        self.child = child
        self.tail: deque[str] = deque(maxlen=20)
        self._mark = mark(place, child.name)
        self._show = show
        self._rest = b""
        if child.prepare:
            child.prepare()
        child.log.parent.mkdir(parents=True, exist_ok=True)
        self._process = self._spawn()
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        self._output: int | None = self._process.stdout.fileno()
        os.set_blocking(self._output, False)

    @property
    def pid(self) -> int:
        """Of the main process, and the number of its group."""
        return self._process.pid

    @property
    def output(self) -> int | None:
        """A file descriptor to wait on; `None` after the last writer has closed it."""
        return self._output

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal, `None` while the main process lives."""
        return self._process.poll()

    def read(self) -> None:
        """Pass on what it has written meanwhile; never waits."""
        while self._output is not None:
            try:
                chunk = os.read(self._output, LONGEST_LINE_BYTES)
            except BlockingIOError:
                return
            if not chunk:
                self._output = None
            self._take(chunk)

    def ask_to_end(self) -> None:
        """Only the main process: it knows best how its own children end without losing work."""
        if self.exit_code is None:
            self._process.send_signal(self.child.stop_signal)

    def end(self) -> None:
        """Kill what is left of it: also after its main process has died and others live on."""
        processes.end(self._survivors, first=SIGKILL, patience_seconds=2)
        self._process.wait()
        self.read()
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdout.close()
        self._output = None

    def _survivors(self) -> list[int]:
        # The group's number cannot be given to others while the group has members; the mark also
        # finds those who left the group.
        return list({*processes.in_group(self.pid), *processes.marked(self._mark)})

    def _spawn(self) -> subprocess.Popen[bytes]:
        child = self.child
        name, value = self._mark.split("=", 1)
        return subprocess.Popen(  # noqa: S603
            child.argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=child.cwd,
            env={**child.env, name: value},
            user=child.run_as.uid,
            group=child.run_as.gid,
            extra_groups=child.run_as.groups,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(child.parent_death_signal),
        )

    def _take(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if self._rest and (not chunk or len(self._rest) > LONGEST_LINE_BYTES):
            lines, self._rest = [*lines, self._rest], b""
        if lines:
            self._write([line.decode(errors="replace").rstrip("\r") for line in lines])

    def _write(self, lines: list[str]) -> None:
        prefixed = [f"{self.child.name} | {line}" for line in lines]
        append(self.child.log, prefixed)
        self.tail.extend(lines)
        for line in [] if self.child.is_quiet else prefixed:
            self._show(line)


def mark(place: str, name: str = "") -> str:
    """`NAME=value` in a child's environment; without a name, how those of all children begin."""
    return f"{MARK}={place}:" + (f"{name};" if name else "")


def append(log: Path, lines: Sequence[str]) -> None:
    """A log that has grown large is kept once, as `.1`."""
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
