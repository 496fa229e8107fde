"""A part of `make sweep`: some crash points of every scenario, and the first seeds."""

import pytest

from tests.sweep import simulation, sweep

pytestmark = pytest.mark.django_db(transaction=True)

# Every so many points; `make sweep` takes them all.
STEP = 13


@pytest.mark.parametrize("name", sweep.SCENARIOS)
def test_nothing_is_lost_wherever_a_process_dies(name):
    runs = 0
    for run in sweep.every_point(name, first=1 + len(name) % STEP, step=STEP):
        runs += 1
        assert run.verdict.faults == [], "\n".join([f"POINT={run.point}", *run.story])
    assert runs > 2, "hardly anything crashed"


@pytest.mark.parametrize("seed", range(1, 21))
def test_nothing_is_lost_whatever_goes_wrong(seed):
    run = simulation.run(seed)

    assert run.verdict.faults == [], "\n".join(run.story)
