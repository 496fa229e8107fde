"""How a message's id is told: in the answer to the submission, and then in its receipts."""

from collections.abc import Callable
from typing import Final

_Tell = Callable[[str], str]

# SMPP 3.4 allows 64 characters.
TOO_LONG = 70


def _same(message_id: str) -> str:
    return message_id


def _decimal(message_id: str) -> str:
    return str(int(message_id, 16))


# What it is called, what the answer says, what the receipt says.
SPELLINGS: Final[dict[str, tuple[_Tell, _Tell]]] = {
    "same": (_same, _same),
    "decimal": (_same, _decimal),
    "hexadecimal": (_decimal, _same),
    "zeros": (lambda told: told.zfill(len(told) + 4), _same),
    "upper": (str.upper, _same),
    "empty": (lambda _told: "", _same),
    "duplicate": (lambda _told: "1", lambda _told: "1"),
    "long": (lambda told: told.ljust(TOO_LONG, "x"), lambda told: told.ljust(TOO_LONG, "x")),
}


def in_answer(spelling: str, message_id: str) -> str:
    """A refused message has no id to tell."""
    return SPELLINGS[spelling][0](message_id) if message_id else ""


def in_receipt(spelling: str, message_id: str) -> str:
    return SPELLINGS[spelling][1](message_id)
