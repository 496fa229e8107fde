"""Answers that may be up to a second old: what a key may do, which routes there are."""

import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, ParamSpec, TypeVar

SECONDS = 1.0
# Beyond this many different questions the memory is emptied: a flood of bad keys must not fill it.
MOST_ANSWERS = 10_000

P = ParamSpec("P")
R = TypeVar("R")

_all: list["Remembered[Any, Any]"] = []


class Remembered(Generic[P, R]):
    """A function of hashable, positional arguments. Two threads may both ask; neither waits."""

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._memory: dict[Hashable, tuple[float, R]] = {}
        _all.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        kept = self._memory.get(args)
        if kept is not None and time.monotonic() - kept[0] < SECONDS:
            return kept[1]
        if len(self._memory) >= MOST_ANSWERS:
            self._memory.clear()
        answer = self._function(*args, **kwargs)
        self._memory[args] = (time.monotonic(), answer)
        return answer

    def is_fresh(self, *args: Hashable) -> bool:
        """Whether the next call will answer at once, for who must not wait. True for a while."""
        kept = self._memory.get(args)
        return kept is not None and time.monotonic() - kept[0] < SECONDS * 0.9

    def forget(self) -> None:
        self._memory.clear()


def for_a_second(function: Callable[P, R]) -> Remembered[P, R]:
    return Remembered(function)


def forget() -> None:
    """Everything, at once: what somebody just changed is seen on the next question."""
    for remembered in _all:
        remembered.forget()
