import pytest

from smsplatform.platform.watchdog import Watchdog, is_wedged


@pytest.mark.parametrize(
    ("waiting", "idle", "uptime", "wedged"),
    [
        pytest.param(None, None, 999, False, id="nothing waits"),
        pytest.param(119, None, 999, False, id="it has not waited long"),
        pytest.param(120, None, 999, True, id="it has waited and nothing was ever begun"),
        pytest.param(120, 120, 999, True, id="it has waited and nothing was begun meanwhile"),
        pytest.param(500, 119, 999, False, id="the queue is long but it moves"),
        pytest.param(500, None, 119, False, id="the worker has only just been started"),
        pytest.param(500, 500, 120, True, id="the worker had its time"),
    ],
)
def test_a_worker_is_wedged_when(
    waiting: float | None, idle: float | None, uptime: float, wedged: bool
) -> None:
    assert is_wedged(waiting_seconds=waiting, idle_seconds=idle, uptime_seconds=uptime) is wedged


class Worker:
    """A queue that waits since ever, and who asked and restarted its worker."""

    def __init__(self) -> None:
        self.started_at: float | None = 0.0
        self.now = 0.0
        self.waiting_seconds = 1000.0
        self.questions = 0
        self.restarts: list[float] = []
        self.watchdog = Watchdog(
            oldest_waiting_seconds=self.waiting,
            seconds_since_last_start=lambda: None,
            started_at=lambda: self.started_at,
            restart=self.restart,
        )

    def waiting(self) -> float:
        self.questions += 1
        return self.waiting_seconds

    def restart(self) -> None:
        self.restarts.append(self.now)
        self.started_at = self.now

    def live(self, until: int) -> None:
        for second in range(until):
            self.now = float(second)
            self.watchdog.step(self.now)


def test_a_wedged_worker_is_restarted_and_then_given_its_time() -> None:
    worker = Worker()

    worker.live(300)

    assert worker.restarts == [120.0, 240.0]


def test_the_database_is_asked_every_few_seconds_only() -> None:
    worker = Worker()
    worker.waiting_seconds = 0.0

    worker.live(160)

    assert worker.questions == 8


def test_a_worker_that_is_about_to_be_started_anyway_is_left_alone() -> None:
    worker = Worker()
    worker.started_at = None

    worker.live(300)

    assert worker.restarts == []
