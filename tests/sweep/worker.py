"""One process of a sweep, on a database of its own. Django is set up before anything else of the
simulation is imported.
"""

import inspect
import sys
from collections import Counter
from collections.abc import Sequence
from time import sleep
from typing import Any

import psycopg

from tests.sweep import databases

# What a run came to: its name, the faults by kind, the faults in words, the story where it is told.
Told = tuple[str, Counter[str], list[str], list[str]]

_kept: list[Any] = []


def begin(urls: Sequence[str]) -> None:
    """Take a database that no other process has, as long as this one lives."""
    sys.unraisablehook = _hush_the_dead
    while not _kept:
        for url in urls:
            session = psycopg.connect(url, autocommit=True)
            [mine] = session.execute("SELECT pg_try_advisory_lock(1)").fetchone() or [False]
            if mine:
                _kept.append(session)
                databases.set_up(url)
                return
            session.close()
        sleep(0.05)


def _hush_the_dead(unraisable: Any) -> None:
    """A coroutine whose process was killed is collected long after its loop is gone."""
    if not inspect.iscoroutine(unraisable.object):
        sys.__unraisablehook__(unraisable)


def names() -> list[str]:
    from tests.sweep import scenarios

    return list(scenarios.SCENARIOS)


def count(name: str) -> int:
    from tests.sweep import sweep

    return sweep.run(name, 0).passed


def point(name: str, point: int, is_told: bool = False) -> Told:
    from tests.sweep import sweep

    run = sweep.run(name, point)
    title = f"SCENARIO={name} POINT={point} (crash of {run.crashed_at})"
    return title, run.verdict.counts, run.verdict.faults, run.story if is_told else []


def seed(seed: int, is_told: bool = False) -> Told:
    from tests.sweep import simulation

    run = simulation.run(seed)
    is_told = is_told or not run.verdict.is_clean
    return f"SEED={seed}", run.verdict.counts, run.verdict.faults, run.story if is_told else []
