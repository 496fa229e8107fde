"""A part of `make sweep`: some crash points of every scenario, and the first seeds."""

import pytest

from tests.sweep import simulation, sweep

pytestmark = pytest.mark.django_db(transaction=True)

# Of each scenario; `make sweep` takes them all.
POINTS = 4


@pytest.mark.parametrize("name", sweep.SCENARIOS)
def test_nothing_is_lost_wherever_a_process_dies(name):
    count = sweep.run(name, 0).passed
    for point in range(count // 5, count, count // POINTS):
        run = sweep.run(name, point)

        assert run.crashed_at
        assert run.verdict.faults == [], "\n".join([f"POINT={run.point}", *run.story])


@pytest.mark.parametrize("seed", range(1, 21))
def test_nothing_is_lost_whatever_goes_wrong(seed):
    run = simulation.run(seed)

    assert run.verdict.faults == [], "\n".join(run.story)
