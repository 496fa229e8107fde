"""Linux facts about processes: whose they are, whether they live, how to end all of them.

A process group is not enough to find what a child left behind: PostgreSQL's backends each open
their own session, and an orphan's parent is gone. So survivors are also found by the working
directory or by a mark in their environment, which both last as long as they do.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PROC = Path("/proc")
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# Loaded here and not after a fork: a fork may happen while another thread holds the loader's lock.
_libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans(yes: bool) -> None:
    """Orphaned grandchildren become our children instead of PID 1's, which may never reap them."""
    if hasattr(_libc, "prctl"):
        _libc.prctl(PR_SET_CHILD_SUBREAPER, int(yes), 0, 0, 0)


def die_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` after which the kernel sends `signum` when the starting thread ends.

    Covers a `kill -9` of the supervisor for its direct children only: the setting is not inherited
    by grandchildren, who must be ended by their own parent (the signal asks it to). It follows the
    *thread* that started the process, so start from the main thread. A change of user clears it,
    which is why `Popen(user=...)` must have happened before (Python runs `preexec_fn` last).
    """
    parent = os.getpid()

    def in_the_child() -> None:
        if hasattr(_libc, "prctl"):
            _libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
            if os.getppid() != parent:  # it died before the line above
                os.kill(os.getpid(), signal.SIGKILL)

    return in_the_child


def is_alive(pid: int) -> bool:
    """Whether it can still do anything: a zombie that nobody reaps counts as gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    fields = _stat(pid)
    return fields is None or fields[0] not in "ZX"


def in_directory(directory: Path) -> list[int]:
    """Living processes whose working directory it is; for a data directory: its PostgreSQL."""
    wanted = str(directory.resolve())
    return [pid for pid in _pids() if _working_directory(pid) == wanted]


def in_group(group: int) -> list[int]:
    """Living members of the process group, also after its leader has died."""
    return [pid for pid in _pids() if (stat := _stat(pid)) and _is_member(stat, group)]


def marked(mark: str) -> list[int]:
    """Living processes, except this one, with a `NAME=value` in their environment beginning so."""
    wanted = b"\0" + os.fsencode(mark)
    return [pid for pid in _pids() if pid != os.getpid() and wanted in _environment(pid)]


def send(pids: Iterable[int], signum: signal.Signals) -> None:
    """Signal each; one that is gone meanwhile is no error."""
    for pid in pids:
        try:
            os.kill(pid, signum)
        except (ProcessLookupError, PermissionError):
            continue


def wait_until(condition: Callable[[], bool], timeout_seconds: float) -> bool:
    """Ask again every few milliseconds; the last answer counts."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end(
    find: Callable[[], list[int]],
    *,
    first: signal.Signals = signal.SIGTERM,
    patience_seconds: float,
) -> bool:
    """Ask with `first`, then SIGKILL until `find` finds nobody: what forks meanwhile dies too."""
    send(find(), first)
    if wait_until(lambda: not find(), patience_seconds):
        return True

    def gone() -> bool:
        left = find()
        send(left, signal.SIGKILL)
        return not left

    return wait_until(gone, 5)


def _pids() -> list[int]:
    if not PROC.is_dir():
        return []
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    """State, parent, group, ... : what follows the name, which may contain spaces and brackets."""
    try:
        return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _is_member(stat: list[str], group: int) -> bool:
    return stat[0] not in "ZX" and int(stat[2]) == group


def _working_directory(pid: int) -> str:
    try:
        return os.readlink(PROC / str(pid) / "cwd")  # fails for zombies and strangers
    except OSError:
        return ""


def _environment(pid: int) -> bytes:
    """As it was at the start of the program; empty for zombies and strangers."""
    try:
        return b"\0" + (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return b""
