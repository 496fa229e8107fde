"""Starts the children, starts them again when they die, and leaves nobody behind.

What survives what (Linux):
* the supervisor is stopped: every group is asked, then killed, and so is whoever left the groups;
* a child's main process is killed: the rest of its group is killed before it is started again;
* the supervisor is killed with -9: the kernel sends SIGTERM to its direct children, and the guard
  (one of them) kills after ten seconds whoever carries this supervisor's mark, grandchildren too;
* supervisor and guard are killed at once: direct children still get SIGTERM; a grandchild whose
  parent ignores that lives on until the next start in this directory, which sweeps by the mark.
Orphans become children of the supervisor and are reaped here: PID 1 does not do so everywhere.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol, Self, TextIO

from smsplatform.platform import children, guard, places, processes
from smsplatform.platform.children import Child, Life
from smsplatform.platform.errors import PlatformError

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
HEALTHY_SECONDS = 10.0
# For what others need to live; they die with it and should not wait for each other.
LONGEST_NEEDED_DELAY_SECONDS = 2.0
TICK_SECONDS = 0.2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):  # not an error: somebody pressed Ctrl-C
    """Raised out of a wait when a signal asks to stop; the `with` block swallows it."""


class Stepping(Protocol):
    """Whatever wants a turn in every round, for example a watchdog."""

    def step(self, now: float) -> None: ...


@dataclass
class _Post:
    """A place that must be filled: the child, its present life, and when to try again."""

    child: Child
    life: Life | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float = 0.0


def delay_seconds(failures: int) -> float:
    """0.5, 1, 2, ... 30: `failures` counts short lives in a row, from 1."""
    return float(min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(failures - 1, 10)))


class Supervisor:
    """Use as a context manager, in the main thread; one per directory at a time.

    It reaps every child of this process, so elsewhere in it a `Popen` may miss its exit code.
    Nothing here is threaded: output is read and deaths are seen in `step`, so whoever keeps the
    main thread busy for long (a migration) runs it as a child, through `run_to_end`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        console: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        patience_seconds: float = 13,
        last_patience_seconds: float = 5,
        guard_patience_seconds: float = 10,
    ) -> None:
        self.directory = directory.absolute()
        self.watchdogs: list[Stepping] = []
        self._console = console
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._last_patience_seconds = last_patience_seconds
        self._guard_patience_seconds = guard_patience_seconds
        self._posts: dict[str, _Post] = {}
        self._stop_requested = False
        self._lifetime = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as undo:
            undo.enter_context(places.locked(self.directory / "platform.lock", wait=False))
            for signum in SIGNALS:
                undo.callback(signal.signal, signum, signal.signal(signum, self._on_signal))
            processes.adopt_orphans(True)
            undo.callback(processes.adopt_orphans, False)
            processes.end(self._marked, patience_seconds=self._guard_patience_seconds)
            self.start(self._guard())
            self._lifetime = undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        try:
            self.stop()
        finally:
            self._lifetime.close()
        return kind is not None and issubclass(kind, Stopped)

    def start(self, child: Child) -> None:
        """Returns when it is ready; raises a PlatformError when it does not become so."""
        post = self._posts[child.name] = _Post(child)
        self._fill(post, self._clock())
        if child.ready:
            self._wait_ready(post, child.ready)

    def run_to_end(self, child: Child) -> int:
        """A child that has one thing to do; its exit code."""
        life = self._live(child)
        post = self._posts[child.name] = _Post(child, life, due_at=float("inf"))
        try:
            self._wait(lambda: life.exit_code is not None, float("inf"))
        finally:
            life.end()
            del self._posts[post.child.name]
        return life.exit_code or 0

    def restart(self, name: str, reason: str) -> None:
        """Kill the whole group and start it again at once: for a child that hangs."""
        post = self._posts[name]
        self.announce(f"{name} is started again: {reason}")
        if post.life:
            post.life.end()
        post.life, post.due_at = None, self._clock()

    def run(self) -> None:
        """Until a signal asks to stop."""
        while not self._stop_requested:
            self._read(TICK_SECONDS)
            self.step(self._clock())

    def step(self, now: float) -> None:
        """One round: read output, see who died, start whose time has come, ask the watchdogs."""
        self._read(0)
        for post in list(self._posts.values()):
            self._look_after(post, now)
        for watchdog in self.watchdogs:
            watchdog.step(now)
        self._reap()

    def stop(self) -> None:
        """Everybody, in at most the two patiences and a second; safe to call twice."""
        for last in (False, True):
            lives = [post.life for post in self._posts.values() if post.life]
            lives = [life for life in lives if life.child.ends_last is last]
            self._end(lives, self._last_patience_seconds if last else self._patience_seconds)
        for post in self._posts.values():
            if post.child.release:
                post.child.release()
        self._posts.clear()
        processes.end(self._marked, first=signal.SIGKILL, patience_seconds=1)
        self._reap()

    def pids(self) -> dict[str, int]:
        """Main processes by name, of those that live."""
        lives = {name: post.life for name, post in self._posts.items()}
        return {name: life.pid for name, life in lives.items() if life and life.exit_code is None}

    def started_at(self, name: str) -> float | None:
        """On this supervisor's clock; `None` while it is not running."""
        post = self._posts.get(name)
        return post.started_at if post and post.life else None

    def announce(self, text: str) -> None:
        """Say it to whoever watches, and keep it."""
        line = f"platform | {text}"
        log = self.directory / "log" / "platform.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        children.append(log, [line])
        self._show(line)

    def _look_after(self, post: _Post, now: float) -> None:
        if post.life is None and now >= post.due_at:
            try:
                self._fill(post, now)
                self._forgive(post)
            except (PlatformError, OSError) as error:
                self._postpone(post, now, f"could not be started ({error})")
        elif post.life and (code := post.life.exit_code) is not None:
            post.life.end()
            post.life = None
            if post.child.is_once:
                del self._posts[post.child.name]
                return
            if now - post.started_at >= HEALTHY_SECONDS:
                post.failures = 0
            self._postpone(post, now, f"ended with {_describe(code)}")

    def _postpone(self, post: _Post, now: float, what: str) -> None:
        post.failures += 1
        delay = delay_seconds(post.failures)
        if post.child.ends_last:
            delay = min(delay, LONGEST_NEEDED_DELAY_SECONDS)
        post.due_at = now + delay
        self.announce(f"{post.child.name} {what}; next start in {delay:g} s")

    def _forgive(self, post: _Post) -> None:
        """Whoever died while it was away is tried as after a first failure."""
        waiting = [other for other in self._posts.values() if other.life is None]
        for other in waiting if post.child.ends_last else []:
            other.failures = 0
            other.due_at = min(other.due_at, post.started_at + FIRST_DELAY_SECONDS)

    def _fill(self, post: _Post, now: float) -> None:
        post.life = self._live(post.child)
        post.started_at = now

    def _live(self, child: Child) -> Life:
        return Life(child, place=str(self.directory), show=self._show)

    def _wait_ready(self, post: _Post, ready: Callable[[], bool]) -> None:
        name, life = post.child.name, post.life
        assert life is not None  # noqa: S101 - just started
        timeout = post.child.ready_timeout_seconds
        self._wait(lambda: life.exit_code is not None or ready(), timeout)
        if life.exit_code is not None:
            life.end()
            end = f"ended with {_describe(life.exit_code)} before it was ready"
            raise PlatformError(f"{name} {end}; {_last_words(life)}")
        if not ready():
            raise PlatformError(f"{name} was not ready within {timeout:g} s; {_last_words(life)}")

    def _wait(self, condition: Callable[[], bool], timeout_seconds: float) -> None:
        deadline = self._clock() + timeout_seconds
        while not condition() and self._clock() < deadline:
            if self._stop_requested:
                raise Stopped
            self._read(0.05)

    def _end(self, lives: Sequence[Life], patience_seconds: float) -> None:
        for life in lives:
            life.ask_to_end()
        deadline = self._clock() + patience_seconds
        while any(life.exit_code is None for life in lives) and self._clock() < deadline:
            self._read(0.05)
        for life in lives:
            if life.exit_code is None:
                self.announce(f"{life.child.name} did not end in time and is killed")
            life.end()

    def _read(self, timeout_seconds: float) -> None:
        poll = select.poll()
        lives = [post.life for post in self._posts.values() if post.life]
        for life in lives:
            if life.output is not None:
                poll.register(life.output, select.POLLIN)
        poll.poll(timeout_seconds * 1000)
        for life in lives:
            life.read()

    def _reap(self) -> None:
        """Collect adopted orphans; our own children are collected by whoever asks their code."""
        own = {post.life.pid for post in self._posts.values() if post.life}
        with contextlib.suppress(ChildProcessError):
            while dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if dead.si_pid in own:
                    return
                os.waitpid(dead.si_pid, os.WNOHANG)

    def _marked(self) -> list[int]:
        return processes.marked(children.mark(str(self.directory)))

    def _guard(self) -> Child:
        facts = [children.mark(str(self.directory)), self._guard_patience_seconds, os.getpid()]
        return Child(
            name="guard",
            argv=[sys.executable, "-m", guard.__name__, *map(str, facts)],
            log=self.directory / "log" / "platform.log",
            cwd=Path(__file__).parents[2],
            parent_death_signal=guard.PARENT_DIED,
            ends_last=True,
        )

    def _show(self, line: str) -> None:
        if self._console:
            with contextlib.suppress(OSError):  # the terminal may be gone
                self._console.write(f"{line}\n")
                self._console.flush()

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self._stop_requested = True


def _describe(code: int) -> str:
    return f"code {code}" if code >= 0 else f"signal {-code}"


def _last_words(life: Life) -> str:
    return "its log ends:\n" + "\n".join(life.tail) if life.tail else "it wrote nothing."
