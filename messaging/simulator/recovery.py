"""What a start knows from the logs, and the shortening of the log of acknowledged receipts.

receipts.log begins with the offset in submissions.log before which nothing is open, and the last
number given until then; each line that follows is one acknowledged copy of one receipt.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from messaging.simulator import log
from messaging.simulator.log import Planned, Submission

# Whoever has not come for a receipt until then will not.
KEPT_SECONDS = 72 * 3600

HTTP_MARK = b'"carrier":"http"'


@dataclass(slots=True, eq=False)
class Receipt:
    """One copy of one thing to say about a submission."""

    submission: Submission
    copy: int
    tries: int = 0
    is_acknowledged: bool = False

    @property
    def planned(self) -> Planned:
        return self.submission.receipts[self.copy]


@dataclass(slots=True)
class Found:
    start: int = 0
    last_number: int = 0
    receipts: list[Receipt] = field(default_factory=list)
    by_reference: dict[str, Submission] = field(default_factory=dict)


def recover(directory: Path, now: float) -> Found:
    """What is open, after the log of acknowledged receipts was shortened to what still matters."""
    path = directory / "receipts.log"
    found, acknowledged = _read_acknowledged(path)
    _read_submissions(directory / "submissions.log", found, acknowledged, now)
    _shorten(path, found, acknowledged)
    return found


def settle(directory: Path, end: int, last_number: int) -> None:
    """Nothing is open: the next start need not read what is before `end`."""
    _replace(directory / "receipts.log", [_header(end, last_number)])


def acknowledged_line(receipt: Receipt) -> bytes:
    return b'{"id":"%b","copy":%d}\n' % (receipt.submission.id.encode(), receipt.copy)


def _read_acknowledged(path: Path) -> tuple[Found, set[tuple[str, int]]]:
    found, acknowledged = Found(), set()
    for _, data in log.read_lines(path):
        said = json.loads(data)
        if "from" in said:
            found.start, found.last_number = said["from"], said["last"]
        else:
            acknowledged.add((said["id"], said["copy"]))
    return found, acknowledged


def _read_submissions(
    path: Path, found: Found, acknowledged: set[tuple[str, int]], now: float
) -> None:
    start, first_open = found.start, None
    end = start
    for offset, data in log.read_lines(path):
        end = offset + len(data)
        if offset < start and HTTP_MARK not in data:
            continue
        submission = log.from_line(data)
        if submission.carrier == "http" and submission.id and submission.reference:
            found.by_reference[str(submission.reference)] = submission
        if offset < start or not submission.id:
            continue
        found.last_number = int(submission.id, 16)
        still_open = _still_open(submission, acknowledged, now)
        found.receipts += still_open
        if still_open and first_open is None:
            first_open = offset
    found.start = end if first_open is None else first_open


def _still_open(
    submission: Submission, acknowledged: set[tuple[str, int]], now: float
) -> list[Receipt]:
    return [
        Receipt(submission, copy)
        for copy, (due, _, _) in enumerate(submission.receipts)
        if due > now - KEPT_SECONDS and (submission.id, copy) not in acknowledged
    ]


def _shorten(path: Path, found: Found, acknowledged: set[tuple[str, int]]) -> None:
    lines = [_header(found.start, found.last_number)]
    if found.receipts:
        oldest = int(found.receipts[0].submission.id, 16)
        kept = [key for key in acknowledged if int(key[0], 16) >= oldest]
        lines += [log.line({"id": name, "copy": copy}) for name, copy in kept]
    _replace(path, lines)


def _header(start: int, last_number: int) -> bytes:
    return log.line({"from": start, "last": last_number})


def _replace(path: Path, lines: list[bytes]) -> None:
    """Written aside and moved into place: a death in between leaves the old one whole."""
    aside = path.with_suffix(".new")
    with aside.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
