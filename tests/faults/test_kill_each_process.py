"""`kill -9` of any one process loses nothing and sends nothing twice.

RUNS=10 kills each process ten times; `-n 0` then shows the table.
"""

import contextlib
import os
import random
import sys
import time
from dataclasses import dataclass

import psycopg
import pytest

from tests.faults.burst import COUNT, Burst, Outcome
from tests.flows import running
from tests.flows.running import Running

RUNS = int(os.environ.get("RUNS", "1"))
WORKERS = ("send", "jobs")
PROCESSES = ("web", *WORKERS, "gateway", "simulator", "postgres")
# Of the SMPP carrier; HTTP submissions in flight are at most as many.
WINDOW = 50

ROW = "{:<10} {:>4} {:>10} {:>7} {:>10} {:>6} {:>8}"
HEAD = ROW.format("killed", "run", "seconds", "final", "uncertain", "twice", "missing")


@dataclass(frozen=True)
class Result:
    name: str
    run: int
    seconds: float
    final: int
    uncertain: int
    twice: int
    missing: int

    def __str__(self) -> str:
        facts = (self.run, f"{self.seconds:.1f}", self.final, self.uncertain)
        return ROW.format(self.name, *facts, self.twice, self.missing)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_loses_nothing_and_sends_nothing_twice(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with running.installation() as platform, platform:
        results = [kill_during_a_burst(platform, name, run) for run in range(RUNS)]
        with capfd.disabled():
            sys.stdout.write("\n".join(["", HEAD, *map(str, results), ""]))
        for result in results:
            assert result.twice == 0, str(result)
            assert result.missing <= result.uncertain, str(result)
            assert result.uncertain <= WINDOW, str(result)
        verified = platform.manage("verify")
        assert verified.returncode == 0, verified.stdout
    assert platform.processes() == []


def kill_during_a_burst(platform: Running, name: str, run: int) -> Result:
    patience = 180 if name in WORKERS else 60
    platform.wait(lambda: platform.main_process(name), 60)  # the last run may have killed it late
    with Burst(platform, run) as burst:
        platform.wait(lambda: burst.accepted, 30)
        time.sleep(2 * random.random() ** 2)  # noqa: S311 - more often early than late
        platform.kill(name)
        killed_at = time.monotonic()
    outcome = settled(burst, killed_at + patience)
    assert outcome.is_settled, f"{outcome}\n{platform.said()}\n{platform.last_words()}"
    seconds = time.monotonic() - killed_at
    times = burst.submissions()
    return Result(
        name=name,
        run=run,
        seconds=seconds,
        final=outcome.final,
        uncertain=outcome.uncertain,
        twice=sum(count > 1 for count in times.values()),
        missing=sum(count == 0 for count in times.values()),
    )


def settled(burst: Burst, deadline: float) -> Outcome:
    """When nothing is open any more, or at the deadline."""
    outcome = Outcome(0, 0, COUNT)
    while not outcome.is_settled and time.monotonic() < deadline:
        time.sleep(0.2)
        with contextlib.suppress(psycopg.OperationalError):  # it may be the one that was killed
            outcome = burst.outcome()
    return outcome
