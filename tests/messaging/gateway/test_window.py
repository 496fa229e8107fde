"""The window follows the carrier: no slow one is taken for a silent one."""

from collections import deque

import pytest

from messaging.carriers.smpp import RESPONSE_TIMEOUT_SECONDS
from messaging.gateway.window import FIRST, Window


class Centre:
    """Answers so many a second, in their order, while there is always more to submit."""

    def __init__(self, per_second: float, most: int) -> None:
        self.now = 0.0
        self.window = Window(most, clock=lambda: self.now)
        self.gap = 1 / per_second
        self.written: deque[float] = deque()
        self.longest = 0.0

    def run(self, answers: int) -> None:
        for _answer in range(answers):
            while len(self.written) < self.window.size:
                self.written.append(self.now)
            self.now += self.gap
            written_at = self.written.popleft()
            self.longest = max(self.longest, self.now - written_at)
            self.window.answered(written_at)


@pytest.mark.parametrize("per_second", [0.5, 1, 5])
def test_a_slow_centre_is_never_kept_waiting_beyond_the_timeout(per_second):
    centre = Centre(per_second, most=50)

    centre.run(300)

    assert centre.longest < RESPONSE_TIMEOUT_SECONDS


def test_a_quick_centre_gets_all_that_was_agreed():
    centre = Centre(5_000, most=500)

    centre.run(1_000)

    assert centre.window.size == 500


def test_a_centre_that_recovers_is_used_in_full_again():
    centre = Centre(1, most=50)
    centre.run(60)
    assert centre.window.size < FIRST

    centre.gap = 0.001
    centre.run(200)

    assert centre.window.size == 50


def test_the_agreed_window_is_never_exceeded():
    assert Window(3).size == 3
