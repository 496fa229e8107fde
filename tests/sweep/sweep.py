"""The exhaustive sweep: a scenario with a crash at its first boundary, its second, and so on."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.sweep.boundaries import Boundaries
from tests.sweep.scenarios import SCENARIOS
from tests.sweep.settling import settle
from tests.sweep.town import Town
from tests.sweep.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Run:
    """`crashed_at` is empty where the scenario came to its end before that boundary."""

    name: str
    point: int
    crashed_at: str
    passed: int
    verdict: Verdict
    story: list[str]


def run(name: str, point: int) -> Run:
    boundaries = Boundaries(crash_at=point)
    with Town(boundaries=boundaries) as town:
        SCENARIOS[name](town)
        verdict = judge(town, is_settled=settle(town))
        return Run(name, point, boundaries.crashed_at, boundaries.passed, verdict, town.story)


def every_point(name: str, *, first: int = 1, step: int = 1) -> Iterator[Run]:
    """Until the scenario is over before the crash comes."""
    point = first
    while True:
        done = run(name, point)
        yield done
        if not done.crashed_at:
            return
        point += step
