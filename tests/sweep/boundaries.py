"""Every COMMIT that wrote and every write to a socket of our processes has a number, twice: the
moment before it and the moment after it. A process can be made to die at any of them.

Production knows nothing of this: commits are numbered by the database sessions of the simulation
(`sessions`), writes by its network (`loop`), so nothing can be committed or written past them.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

CURRENT: ContextVar["Process | None"] = ContextVar("process", default=None)


class Crash(BaseException):
    """A kill -9. No `except Exception` of the product may stop it."""


@dataclass(eq=False)
class Process:
    """What dies together: tasks, connections of both kinds. `is_ours`: its boundaries count."""

    name: str
    database: Any = None
    is_ours: bool = True
    is_dead: bool = False
    on_death: Callable[["Process"], None] = lambda _process: None
    sessions: list[Any] = field(default_factory=list)
    pipes: list[Any] = field(default_factory=list)
    tasks: list[Any] = field(default_factory=list)

    def die(self) -> None:
        """Its memory is never used again: what still unwinds meets `Crash` at each boundary."""
        if self.is_dead:
            return
        self.is_dead = True
        for session in self.sessions:
            session.drop()
        for pipe in self.pipes:
            pipe.sever()
        for task in self.tasks:
            task.cancel()
        self.on_death(self)

    def check(self) -> None:
        if self.is_dead:
            raise Crash(self.name)


@dataclass(eq=False)
class Boundaries:
    """`crash_at`: the number at which the process that reaches it dies, or only stands still where
    `pause` is given; 0 for never."""

    crash_at: int = 0
    pause: Callable[[Process], None] | None = None
    chooses: Callable[[], bool] = lambda: False
    passed: int = 0
    crashed_at: str = ""
    tell: Callable[[str], None] = lambda _line: None

    def reach(self, process: Process, what: str) -> None:
        process.check()
        if not process.is_ours:
            return
        self.passed += 1
        self.tell(f"#{self.passed} {process.name} {what}")
        if self.passed == self.crash_at or self.chooses():
            self.crashed_at = f"{process.name} {what}"
            self._strike(process)

    def _strike(self, process: Process) -> None:
        if self.pause is not None:
            self.tell(f"{self.crashed_at}: {process.name} stands still")
            self.pause(process)
            return
        self.tell(f"{self.crashed_at}: {process.name} dies")
        process.die()
        raise Crash(self.crashed_at)
