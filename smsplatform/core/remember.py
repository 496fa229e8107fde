"""Answers that may be up to a second old: what a key may do, which routes there are."""

import math
import time
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, Generic, ParamSpec, TypeVar

SECONDS = 1.0
# Beyond this many different questions the memory is emptied: a flood of bad keys must not fill it.
MOST_ANSWERS = 10_000

P = ParamSpec("P")
R = TypeVar("R")

K = TypeVar("K", bound=Hashable)

_all: list["Remembered[Any, Any] | RememberedEach[Any, Any]"] = []


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


class RememberedEach(Generic[K, R]):
    """A question about many at once: whoever is not remembered is asked about, all together."""

    def __init__(
        self, function: Callable[[Collection[K]], Mapping[K, R]], seconds: float = SECONDS
    ) -> None:
        self._function = function
        self._seconds = seconds
        self._memory: dict[K, tuple[float, R]] = {}
        _all.append(self)

    def __call__(self, keys: Collection[K]) -> dict[K, R]:
        """Keys that the function leaves out are left out here, and asked about again."""
        fresh_since = time.monotonic() - self._seconds
        known = {key: kept for key in keys if (kept := self._memory.get(key)) is not None}
        answers = {key: answer for key, (since, answer) in known.items() if since > fresh_since}
        missing = [key for key in keys if key not in answers]
        if missing:
            answers.update(self._ask(missing))
        return answers

    def forget(self) -> None:
        self._memory.clear()

    def _ask(self, missing: Sequence[K]) -> Mapping[K, R]:
        if len(self._memory) >= MOST_ANSWERS:
            self._memory.clear()
        found = self._function(missing)
        now = time.monotonic()
        self._memory.update({key: (now, answer) for key, answer in found.items()})
        return found


def each_for_a_second(
    function: Callable[[Collection[K]], Mapping[K, R]],
) -> RememberedEach[K, R]:
    return RememberedEach(function)


def each_for_good(
    function: Callable[[Collection[K]], Mapping[K, R]],
) -> RememberedEach[K, R]:
    """For what never changes once it is there."""
    return RememberedEach(function, math.inf)


def for_a_second(function: Callable[P, R]) -> Remembered[P, R]:
    return Remembered(function)


def forget() -> None:
    """Everything, at once: what somebody just changed is seen on the next question."""
    for remembered in _all:
        remembered.forget()
