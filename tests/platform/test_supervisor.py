import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from smsplatform.platform import processes, supervisor
from smsplatform.platform.children import Child, mark
from smsplatform.platform.errors import PlatformError
from smsplatform.platform.postgres import Postgres
from smsplatform.platform.supervisor import Supervisor

CODE = Path(__file__).parents[2]
DEAF = "trap '' TERM INT HUP; while :; do sleep 1; done"
# A main process, a grandchild in its group, and one that left for a session of its own.
FAMILY = "sleep 1000 & setsid sleep 1001 & echo born; wait"


def child(var: Path, name: str, script: str, **more: object) -> Child:
    argv = ["/bin/sh", "-c", script]
    return Child(name=name, argv=argv, log=var / "log" / f"{name}.log", **more)  # type: ignore[arg-type]


def everybody(var: Path) -> list[int]:
    return processes.marked(mark(str(var)))


def family(var: Path, name: str) -> list[int]:
    return processes.marked(mark(str(var), name))


@pytest.fixture
def platform(var: Path) -> Iterator[Supervisor]:
    with Supervisor(var, patience_seconds=1, guard_patience_seconds=0.5) as running:
        yield running
    assert everybody(var) == []


def until(platform: Supervisor, condition: Callable[[], bool]) -> None:
    def stepped() -> bool:
        platform.step(platform._clock())
        return condition()

    assert processes.wait_until(stepped, 30)


def test_a_killed_child_comes_back_with_another_pid(platform: Supervisor, var: Path) -> None:
    platform.start(child(var, "web", "sleep 1000"))
    first = platform.pids()["web"]

    os.kill(first, signal.SIGKILL)

    until(platform, lambda: platform.pids().get("web", first) != first)


def test_what_a_killed_child_leaves_is_killed_before_it_comes_back(
    platform: Supervisor, var: Path
) -> None:
    platform.start(child(var, "worker", FAMILY))
    until(platform, lambda: len(family(var, "worker")) == 3)
    before = set(family(var, "worker"))

    os.kill(platform.pids()["worker"], signal.SIGKILL)
    until(platform, lambda: len(set(family(var, "worker")) - before) == 3)

    assert not before & set(family(var, "worker"))


def test_names_that_begin_alike_do_not_harm_each_other(platform: Supervisor, var: Path) -> None:
    platform.start(child(var, "worker", "sleep 1000"))
    platform.start(child(var, "worker2", "sleep 1000"))
    neighbour = platform.pids()["worker2"]
    first = platform.pids()["worker"]

    os.kill(first, signal.SIGKILL)
    until(platform, lambda: platform.pids().get("worker", first) != first)

    assert platform.pids()["worker2"] == neighbour


def test_orphans_are_reaped_here_and_not_left_to_the_system(
    platform: Supervisor, var: Path
) -> None:
    platform.start(child(var, "web", "(sleep 0.05 & echo $!); exec sleep 1000"))
    until(platform, lambda: (var / "log" / "web.log").exists())
    orphan = int((var / "log" / "web.log").read_text().split()[-1])

    until(platform, lambda: not Path(f"/proc/{orphan}").exists())


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (5000, 30)]
)
def test_the_delay_doubles_up_to_half_a_minute(failures: int, seconds: float) -> None:
    assert supervisor.delay_seconds(failures) == seconds


def test_who_died_with_what_it_needs_comes_back_soon_after_it(
    platform: Supervisor, var: Path
) -> None:
    platform.start(child(var, "postgres", "sleep 1000", ends_last=True))
    platform.start(child(var, "web", "sleep 1000"))
    post = platform._posts["web"]
    os.kill(platform.pids()["web"], signal.SIGKILL)
    until(platform, lambda: post.life is None)
    post.due_at, post.failures = platform._clock() + 1000, 9

    os.kill(platform.pids()["postgres"], signal.SIGKILL)

    until(platform, lambda: set(platform.pids()) >= {"postgres", "web"})
    assert post.failures == 0


def test_what_others_need_is_never_waited_for_long(platform: Supervisor, var: Path) -> None:
    platform.start(child(var, "postgres", "sleep 1000", ends_last=True))
    post = platform._posts["postgres"]
    post.failures = 9

    os.kill(platform.pids()["postgres"], signal.SIGKILL)
    until(platform, lambda: post.failures == 10)

    assert post.due_at - platform._clock() <= supervisor.LONGEST_NEEDED_DELAY_SECONDS


def test_a_long_life_forgives_earlier_failures(platform: Supervisor, var: Path) -> None:
    platform.start(child(var, "web", "sleep 0.01"))
    now = platform._clock()
    post = platform._posts["web"]
    for lived, failures in [(1, 1), (1, 2), (61, 1)]:
        assert processes.wait_until(lambda: post.life is not None and post.life.exit_code == 0, 20)
        now = post.started_at + lived
        platform.step(now)
        assert post.failures == failures
        platform.step(now + 31)


def test_a_child_that_cannot_be_started_again_is_tried_later(
    platform: Supervisor, var: Path
) -> None:
    program = var / "program"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    platform.start(Child(name="web", argv=[str(program)], log=var / "log" / "web.log"))
    program.unlink()
    log = var / "log" / "platform.log"

    until(platform, lambda: log.exists() and "could not be started" in log.read_text())

    assert "web" not in platform.pids()


def test_a_deaf_child_is_killed_and_grandchildren_are_gone(var: Path) -> None:
    with Supervisor(var, patience_seconds=0.3) as platform:
        platform.start(child(var, "deaf", DEAF))
        platform.start(child(var, "family", FAMILY))
        until(platform, lambda: len(family(var, "family")) == 3)

    assert everybody(var) == []
    assert "deaf did not end in time" in (var / "log" / "platform.log").read_text()


def test_a_child_that_others_need_ends_after_them(var: Path) -> None:
    order = var / "order"
    with Supervisor(var) as platform:
        for name, last in (("base", True), ("web", False)):
            script = f"trap 'echo {name} >> {order}; exit' TERM; touch {var}/{name};"
            script += "while :; do sleep 0.05; done"
            ready = (var / name).exists
            platform.start(child(var, name, script, ready=ready, ends_last=last))

    assert order.read_text().split() == ["web", "base"]


def test_lines_are_logged_under_the_childs_name(platform: Supervisor, var: Path) -> None:
    platform.start(
        child(var, "web", "echo one; printf 't\\303\\274\\377'; exec >&- 2>&-; sleep 1000")
    )
    log = var / "log" / "web.log"

    until(platform, lambda: log.exists() and len(log.read_text().splitlines()) == 2)

    assert log.read_text() == "web | one\nweb | tü\ufffd\n"


def test_the_console_shows_what_is_not_quiet(var: Path) -> None:
    console = io.StringIO()
    with Supervisor(var, console=console) as platform:
        platform.start(child(var, "loud", "echo one; sleep 1000"))
        platform.start(child(var, "quiet", "echo two; sleep 1000", is_quiet=True))
        until(platform, (var / "log" / "quiet.log").exists)
        until(platform, lambda: "loud | one\n" in console.getvalue())

    assert "two" not in console.getvalue()


def test_a_start_waits_until_the_child_is_ready(platform: Supervisor, var: Path) -> None:
    flag = var / "flag"
    platform.start(child(var, "web", f"sleep 0.1; touch {flag}; sleep 1000", ready=flag.exists))

    assert flag.exists()


def test_a_child_that_dies_before_it_is_ready_is_told_with_its_last_words(
    platform: Supervisor, var: Path
) -> None:
    dying = child(var, "web", "echo no such table; exit 2", ready=lambda: False)

    with pytest.raises(PlatformError, match=r"(?s)web ended with code 2 before .*no such table"):
        platform.start(dying)


def test_a_child_that_is_never_ready_is_told_with_its_last_words(
    platform: Supervisor, var: Path
) -> None:
    slow = child(var, "web", "echo hm; sleep 99", ready=lambda: False, ready_timeout_seconds=0.3)

    with pytest.raises(PlatformError, match=r"(?s)web was not ready within 0.3 s.*hm"):
        platform.start(slow)


def test_a_task_that_ends_gives_its_code_and_is_not_repeated(
    platform: Supervisor, var: Path
) -> None:
    assert platform.run_to_end(child(var, "migrate", "exit 4")) == 4
    assert "migrate" not in platform.pids()


def test_a_child_with_one_thing_to_do_is_not_started_again(platform: Supervisor, var: Path) -> None:
    platform.start(child(var, "message", "echo said", is_once=True))

    until(platform, lambda: "message" not in platform._posts)

    assert (var / "log" / "message.log").read_text() == "message | said\n"


def test_a_hanging_child_is_started_again_with_all_its_family(
    platform: Supervisor, var: Path
) -> None:
    platform.start(child(var, "worker", FAMILY))
    until(platform, lambda: len(family(var, "worker")) == 3)
    before = set(family(var, "worker"))

    platform.restart("worker", "it does nothing")
    until(platform, lambda: len(family(var, "worker")) == 3)

    assert not before & set(family(var, "worker"))


def test_one_directory_has_one_platform(platform: Supervisor, var: Path) -> None:
    with pytest.raises(PlatformError, match="already runs"), Supervisor(var):
        pass


def test_a_signal_ends_the_run_and_a_wait(var: Path) -> None:
    for wait in ("run", "start"):
        with Supervisor(var) as platform:
            os.kill(os.getpid(), signal.SIGTERM)
            if wait == "run":
                platform.run()
            else:
                platform.start(child(var, "web", "sleep 1000", ready=lambda: False))
                pytest.fail("the wait was not ended")

        assert everybody(var) == []


@contextlib.contextmanager
def killable_platform(var: Path) -> Iterator[subprocess.Popen[bytes]]:
    script = (
        "import pathlib, sys\n"
        "from smsplatform.platform.supervisor import Supervisor\n"
        "from tests.platform.test_supervisor import DEAF, FAMILY, child\n"
        "var = pathlib.Path(sys.argv[1])\n"
        "with Supervisor(var, guard_patience_seconds=0.3) as platform:\n"
        "    for name, script in [('deaf', DEAF), ('family', FAMILY)]:\n"
        "        platform.start(child(var, name, script))\n"
        "    platform.run()\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script, str(var)], cwd=CODE)
    born = var / "log" / "family.log"
    assert processes.wait_until(lambda: born.exists() and len(family(var, "family")) == 3, 30)
    yield run
    run.kill()
    run.wait()


def test_a_killed_supervisor_leaves_nobody(var: Path) -> None:
    with killable_platform(var) as run:
        run.kill()
        run.wait()

        assert processes.wait_until(lambda: everybody(var) == [], 20)


def test_what_outlived_supervisor_and_guard_is_swept_by_the_next_start(var: Path) -> None:
    with killable_platform(var) as run:
        old = everybody(var)
        guards = [pid for pid in family(var, "guard") if pid in old]
        processes.send([run.pid, *guards], signal.SIGKILL)
        run.wait()
        assert family(var, "deaf"), "deaf to the kernel's SIGTERM"

        with Supervisor(var, guard_patience_seconds=0.3):
            assert not set(old) & set(everybody(var))


def test_a_supervised_postgres_survives_the_kill_of_its_main_process(var: Path) -> None:
    server = Postgres(var / "postgres")
    with Supervisor(var) as platform:
        platform.start(server.as_child())
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        first = platform.pids()["postgres"]
        os.kill(first, signal.SIGKILL)

        until(platform, lambda: platform.pids().get("postgres", first) != first)
        until(platform, server.is_ready)

        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    assert processes.in_directory(server.data_dir) == []
    assert (var / "log" / "postgres.log").read_text().startswith("postgres | ")
