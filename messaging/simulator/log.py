"""Append-only files of JSON lines, and the line of one submission.

A write reaches the operating system before anybody is answered, so it survives a kill -9 of the
process. A last line without its end was never answered; readers skip it, the next start cuts it.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

# When it is due (seconds since 1970), its word, its error code.
Planned: TypeAlias = tuple[float, str, str]
Kind: TypeAlias = Literal["smpp", "http"]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class LogInUse(Exception):
    """Another process writes this log."""


@dataclass(slots=True)
class Submission:
    """`text` is of this part alone; a refused submission has a `status` and no `id`."""

    time: float
    carrier: Kind
    account: str
    to: str
    text: str
    source: str = ""
    part: int = 1
    parts: int = 1
    group: int | None = None  # the concatenation reference that the parts share
    reference: int | str | None = None  # ours: user_message_reference, or the HTTP reference
    callback_url: str = ""
    status: int = 0
    id: str = ""
    raw: str = ""  # hexadecimal, where `text` could not be read
    receipts: list[Planned] = field(default_factory=list)
    # Only while it is being answered, not in the line:
    wants_receipt: bool = True
    is_answered_last: bool = False


def to_line(submission: Submission) -> bytes:
    it = submission
    facts = {
        "time": it.time,
        "carrier": it.carrier,
        "account": it.account,
        "to": it.to,
        "text": it.text,
        "source": it.source,
        "part": it.part,
        "parts": it.parts,
        "group": it.group,
        "reference": it.reference,
        "callback_url": it.callback_url,
        "status": it.status,
        "id": it.id,
        "raw": it.raw,
        "receipts": it.receipts,
    }
    return line(facts)


def from_line(data: bytes) -> Submission:
    submission = Submission(**json.loads(data))
    submission.receipts = [(due, stat, err) for due, stat, err in submission.receipts]
    return submission


def line(facts: dict[str, Any]) -> bytes:
    # A lone surrogate, half of a character that a sender split, becomes its JSON escape.
    return _encode(facts).encode("utf-8", "backslashreplace") + b"\n"


def read_submissions(path: Path) -> list[Submission]:
    """What the far end has seen, oldest first; also while it is writing."""
    return [from_line(data) for _, data in read_lines(path)]


def read_lines(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Whole lines from the offset `start`, each with the offset where it begins."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(start)
        for data in file:
            if not data.endswith(b"\n"):
                return  # it is being written: what follows would be the rest of it
            yield start, data
            start += len(data)


def last_lines(path: Path, most_bytes: int = 1 << 20) -> list[bytes]:
    start = max(0, path.stat().st_size - most_bytes) if path.exists() else 0
    found = [data for _, data in read_lines(path, start)]
    return found[1:] if start else found


class AppendOnly:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise LogInUse(f"{path} is being written by another simulator.") from None
        self.size = whole_size(path)
        os.ftruncate(self._file, self.size)

    def write(self, data: bytes) -> None:
        """All of it or, where the disk is full, nothing."""
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)

    def close(self) -> None:
        os.close(self._file)


def whole_size(path: Path) -> int:
    """Without a torn last line, or one that is being written."""
    size = path.stat().st_size
    with path.open("rb") as file:
        end = size
        while end > 0:
            start = max(0, end - 65536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0
