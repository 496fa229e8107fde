from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A slotted dataclass that the type checker holds frozen.

    Python's own `frozen` stores every field through `object.__setattr__`: 2.0 µs instead of 0.2 µs
    for a message of eighteen fields, and a session makes four records per message.
    """
    make: Callable[..., Any] = dataclass(slots=True)
    return make(cls)  # type: ignore[no-any-return]
