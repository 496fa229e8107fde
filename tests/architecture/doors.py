"""What a door is: an address, and the key that it asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Key(StrEnum):
    PUBLIC = "anybody"
    SESSION = "a signed-in member of an account"
    STAFF = "a signed-in member of the staff"
    API = "an API key with the scope of each method"
    SECRET = "a secret in the path"


@dataclass(frozen=True, slots=True)
class Door:
    """`methods` maps each method to its scope, where the key is an API key. `foreign` makes
    something of a new account and returns the arguments of its address."""

    key: Key
    methods: dict[str, str]
    foreign: Callable[[], dict[str, Any]] | None = None
    # What the member's role must allow; empty where every member may.
    permission: str = ""
    # Whether it asks for the password again.
    is_sensitive: bool = False
    # For addresses of libraries, whose methods are theirs.
    is_ours: bool = True


def ours(
    key: Key,
    *methods: str,
    foreign: Callable[[], dict[str, Any]] | None = None,
    permission: str = "",
    is_sensitive: bool = False,
) -> Door:
    return Door(key, dict.fromkeys(methods, ""), foreign, permission, is_sensitive)


def api(foreign: Callable[[], dict[str, Any]] | None = None, **methods: str) -> Door:
    return Door(Key.API, methods, foreign)


def theirs(key: Key, /, **sample: Any) -> Door:
    return Door(key, {}, (lambda: sample) if sample else None, is_ours=False)
