"""What people read: a line for each row, what one machine cannot do, and the total."""

import sys
from collections.abc import Iterable, Sequence

from tests.faults.stage import Result, Row

_LINE = "{:<9} {:<62} {:>4} {:>7} {:>7} {:>7} {:>7} {:>6} {:>5} {:>7} {:>7} {:>6}  {}"
_HEAD = (
    "row", "what was done", "runs", "msgs", "settle", "resume", "API err", "unsure",
    "lost", "doubled", "against", "stuck", "verdict",
)  # fmt: skip

# What one machine, or an hour, cannot show; or what another place shows.
UNREACHABLE = {
    "F02": "played by F01: a kill at a random moment of a window",
    "F06-F08": "poison tasks and schedules: none of ours can be made so; see tests/core",
    "F13": "a message that no encoder takes: needs a wrong row; see tests/messaging",
    "F24": "an I/O error under WAL's fsync: needs a device that fails (dm-flakey)",
    "F27": "a transaction idle for an hour: the server ends it after 60 s (platform/postgres.py)",
    "F29": "a restore to an older time: the restore drill",
    "F53": "receipts after 71 and 80 hours: nothing real waits that long; tests move the clock",
    "F54": "played by F20, F21 and POSTGRES: the database dies while receipts come",
    "F60-F61": "a process or a database with another clock: needs faketime, which is not here",
}


def head() -> None:
    _say(_LINE.format(*_HEAD))


def line(result: Result) -> None:
    seconds = (result.settle_seconds, result.resume_seconds, result.api_seconds)
    counts = (result.uncertain, result.lost, result.doubled, result.against_policy, result.stuck)
    told = (result.name, result.what[:62], result.runs, result.messages)
    _say(_LINE.format(*told, *(f"{one:.1f}" for one in seconds), *counts, result.verdict))
    for note in result.notes:
        _say(f"{'':<9}   {note}")


def skipped(rows: Iterable[Row], reason: str) -> None:
    for row in rows:
        _say(f"{row.name:<9} {row.what[:62]:<62} skipped: {reason}")


def unreachable() -> None:
    _say("\nNot played:")
    for name, reason in UNREACHABLE.items():
        _say(f"{name:<9} {reason}")


def total(results: Sequence[Result]) -> None:
    counts = {
        name: sum(getattr(result, name) for result in results)
        for name in ("lost", "doubled", "against_policy", "stuck")
    }
    told = " ".join(f"{name}={count}" for name, count in counts.items())
    _say(f"\nfaults={len(results)} runs={sum(result.runs for result in results)} {told}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
