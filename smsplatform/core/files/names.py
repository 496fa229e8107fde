"""What a file was called: something to show, never a place to write to."""

import unicodedata

_LONGEST = 120


def shown(name: str) -> str:
    """Without folders, control characters and marks that turn the reading direction; cut in the
    middle where too long, so that the ending stays."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    if len(plain) > _LONGEST:
        plain = f"{plain[: _LONGEST - 21]}…{plain[-20:]}"
    return plain or "?"


def ending(name: str) -> str:
    """Lower case, without the dot; empty where there is none."""
    stem, dot, last = shown(name).rpartition(".")
    return last.lower() if dot and stem else ""
