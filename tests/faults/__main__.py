"""`make faults`: hurt a real platform, row by row, and say what became of it.

ROWS=F03,F20 chooses; RUNS=n gives each row so many runs. The exit code is 1 where anything was
lost, doubled, done against a policy, or is stuck.
"""

import os
import sys
import traceback
from collections.abc import Iterable, Sequence

from tests.faults import grounds, rows, table
from tests.faults.ground import Ground
from tests.faults.stage import ROWS, Result, Row, play

assert rows  # importing them registers them


def main() -> int:
    chosen = choose(os.environ.get("ROWS", ""))
    results: list[Result] = []
    table.head()
    for name in dict.fromkeys(one.ground for one in chosen):
        for result in on_ground(name, [one for one in chosen if one.ground == name]):
            results.append(result)
            table.line(result)
    table.unreachable()
    table.total(results)
    return 0 if results and all(result.is_well for result in results) else 1


def choose(names: str) -> list[Row]:
    wanted = [name for name in names.upper().replace(" ", "").split(",") if name]
    unknown = [name for name in wanted if name not in ROWS]
    if unknown:
        sys.exit(f"No such row: {', '.join(unknown)}. There are: {', '.join(ROWS)}.")
    return [ROWS[name] for name in wanted] if wanted else list(ROWS.values())


def on_ground(name: str, chosen: Sequence[Row]) -> Iterable[Result]:
    """One installation for all of them, unless a row left it unfit for the next."""
    reason = grounds.why_not(name)
    if reason:
        table.skipped(chosen, reason)
        return
    left = list(chosen)
    while left:
        with grounds.start(name) as ground:
            while left and (result := attempt(left.pop(0), ground)):
                yield result
                if not result.is_well:
                    break


def attempt(one: Row, ground: Ground) -> Result:
    runs = int(os.environ.get("RUNS") or one.runs)
    try:
        return play(one, ground, runs)
    except Exception as error:  # noqa: BLE001 - the other rows are to be played too
        traceback.print_exc()
        return Result(one.name, one.what, runs, stuck=1, notes=[f"it broke off: {error!r:.300}"])


if __name__ == "__main__":
    sys.exit(main())
