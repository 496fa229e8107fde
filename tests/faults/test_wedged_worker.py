"""Killing one idle worker wedges the library's cluster without an error; the watchdog sees it."""

import os
import signal

import pytest

from smsplatform.platform import processes
from tests.flows import running
from tests.flows.running import Running

TASK = "smsplatform.core.tasks.make_partitions"
ENQUEUE = f"from smsplatform.core import queue; [queue.enqueue({TASK!r}) for _ in range(3)]"
WATCHDOG_SECONDS = 10


@pytest.mark.slow
def test_a_cluster_with_a_killed_idle_worker_works_again() -> None:
    with (
        running.installation(WATCHDOG_SECONDS=str(WATCHDOG_SECONDS)) as platform,
        platform,
    ):
        platform.wait(lambda: waiting(platform) == 0, 60)
        os.kill(idle_worker(platform), signal.SIGKILL)
        done = platform.manage("shell", "--no-imports", "-c", ENQUEUE)
        assert done.returncode == 0, done.stderr

        platform.wait(lambda: waiting(platform) == 0, WATCHDOG_SECONDS + 40)

        assert "jobs is started again" in platform.said()


def waiting(platform: Running) -> int:
    return int(platform.ask("SELECT count(*) FROM django_q_ormq WHERE key = 'jobs'")[0][0])


def idle_worker(platform: Running) -> int:
    """The sentinel, the cluster's only child, starts its one worker before its other processes."""
    sentinel = children(platform, platform.main_process("jobs"))[0]
    return min(children(platform, sentinel))


def children(platform: Running, parent: int) -> list[int]:
    found = platform.processes("jobs")
    return [pid for pid in found if (stat := processes._stat(pid)) and int(stat[1]) == parent]
