"""The kinds of installations that rows need."""

import contextlib
from collections.abc import Callable, Iterator

from tests.faults.ground import Ground, ground

_Start = Callable[[], "contextlib.AbstractContextManager[Ground]"]


def always() -> str:
    return ""


# What each is called: how it starts, and why it may not.
_KINDS: dict[str, tuple[_Start, Callable[[], str]]] = {"plain": (ground, always)}


def why_not(name: str) -> str:
    return _KINDS[name][1]()


@contextlib.contextmanager
def start(name: str) -> Iterator[Ground]:
    with _KINDS[name][0]() as started:
        started.control(receipt_delay_seconds=1)
        yield started
