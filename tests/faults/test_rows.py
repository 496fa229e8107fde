"""A bounded part of `make faults`: each process killed once, one restart of PostgreSQL, one zombie.

`make faults` plays all rows, and these more often.
"""

from collections.abc import Iterator

import pytest

from tests.faults import grounds, rows
from tests.faults.ground import Ground
from tests.faults.stage import ROWS, play

assert rows  # importing them registers them

# Gateway, web, workers, far end, PostgreSQL; then a gateway that freezes and wakes.
BOUNDED = {"F01": 1, "F04": 1, "F05": 2, "FAREND": 1, "F20": 1, "F03": 1}


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with grounds.start("plain") as started:
        yield started


@pytest.mark.slow
@pytest.mark.parametrize("name", BOUNDED)
def test_nothing_is_lost_doubled_stuck_or_against_a_policy(name: str, ground: Ground) -> None:
    result = play(ROWS[name], ground, BOUNDED[name])

    assert result.messages > 0
    assert result.is_well, "\n".join([*result.notes, ground.said(), ground.last_words()])
