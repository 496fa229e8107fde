import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import environ
import psycopg
import pytest

from smsplatform.platform import binaries, places, processes
from smsplatform.platform.errors import PlatformError
from smsplatform.platform.places import RunAs
from smsplatform.platform.postgres import Postgres, temporary
from tests.platform.conftest import is_root

NOBODY = RunAs(65534, 65534)
CODE = Path(__file__).parents[2]


def forgetful(data_dir: Path) -> Postgres:
    return Postgres(data_dir, durable=False)


def write_row(server: Postgres) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('row')")


def count_rows(server: Postgres) -> int:
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


@contextlib.contextmanager
def keep_busy(server: Postgres) -> Iterator[None]:
    """A backend that computes and so does not look whether its server still lives."""
    busy = psycopg.connect(server.url, autocommit=True)
    other = psycopg.connect(server.url, autocommit=True)
    with contextlib.closing(busy), contextlib.closing(other):
        busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
        busy.pgconn.flush()
        query = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO%'"
        assert processes.wait_until(lambda: other.execute(query).rowcount == 1, 20)
        yield


def setting(server: Postgres, name: str) -> str:
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def kill_and_wait(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    assert processes.wait_until(lambda: not processes.is_alive(pid), 20)


def as_nobody(work: Callable[[], None]) -> int:
    """The exit code of a process that gave up root before it did the work."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY.gid or 0)
            os.setuid(NOBODY.uid or 0)
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - the parent must see the code, whatever happened
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_second_start_keeps_the_rows(var: Path) -> None:
    for expected in (1, 2):
        with Postgres(var / "postgres") as server:
            write_row(server)

            assert count_rows(server) == expected


def test_the_default_server_is_durable_and_listens_on_no_port(var: Path) -> None:
    with Postgres(var / "postgres") as server:
        wanted = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
        wanted |= {"listen_addresses": "", "plan_cache_mode": "force_custom_plan"}
        wanted |= {"data_checksums": "on", "shared_buffers": "256MB", "max_wal_size": "2GB"}

        assert {name: setting(server, name) for name in wanted} == wanted


def test_only_the_owner_may_enter_the_socket_directory(var: Path) -> None:
    with forgetful(var / "postgres") as server:
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700


def test_a_killed_server_is_started_again_over_its_busy_orphans_and_keeps_rows(var: Path) -> None:
    server = Postgres(var / "postgres")
    with server:
        write_row(server)
        with keep_busy(server):
            kill_and_wait(server.pid or 0)
            assert not server.is_running
            assert processes.in_directory(server.data_dir), "the busy backend lives on"

            server.start()
            server.wait_ready()

            assert count_rows(server) == 1


def test_a_pid_file_that_names_a_stranger_does_not_prevent_a_start(var: Path) -> None:
    server = forgetful(var / "postgres")
    server.ensure_initialised()
    lines = [str(os.getppid()), str(server.data_dir), "1", "5432", "", "", "1 1", "ready"]
    (server.data_dir / "postmaster.pid").write_text("\n".join(lines))

    with server:
        write_row(server)


def test_the_files_of_an_interrupted_first_start_are_no_data(var: Path) -> None:
    draft = var / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")

    with forgetful(var / "postgres") as server:
        write_row(server)


def test_a_directory_with_other_files_is_refused(var: Path) -> None:
    (var / "postgres").mkdir()
    (var / "postgres" / "thesis.txt").write_text("mine")

    with pytest.raises(PlatformError, match="holds no PostgreSQL data"):
        forgetful(var / "postgres").start()


def test_psycopg_and_environ_read_the_same_url(var: Path) -> None:
    server = forgetful(var / "with space & ümlaut")

    config = environ.Env.db_url_config(server.url)
    parsed = psycopg.conninfo.conninfo_to_dict(server.url)

    assert config["OPTIONS"]["host"] == parsed["host"] == str(server.socket_dir)
    assert config["NAME"] == parsed["dbname"] == "smsplatform"
    assert config["USER"] == parsed["user"] == "postgres"


def test_a_long_path_gets_a_short_socket_directory_that_a_restart_finds_again(var: Path) -> None:
    data_dir = var / ("long-" * 20) / "postgres"
    with forgetful(data_dir) as server:
        write_row(server)
        first = server.socket_dir

    with forgetful(data_dir) as server:
        assert server.socket_dir == first
        assert count_rows(server) == 1
    first.rmdir()


def test_two_servers_run_side_by_side(var: Path) -> None:
    with forgetful(var / "one") as one, forgetful(var / "two") as two:
        write_row(one)
        with pytest.raises(psycopg.errors.UndefinedTable):
            count_rows(two)


def test_a_second_platform_on_the_same_data_is_refused_and_harms_nobody(var: Path) -> None:
    with forgetful(var / "postgres") as first:
        second = forgetful(var / "postgres")
        with pytest.raises(PlatformError, match="already runs"):
            second.start()
        second.stop()

        write_row(first)


def test_a_server_that_cannot_start_shows_the_end_of_its_log(var: Path) -> None:
    server = Postgres(var / "postgres", durable=False, settings={"shared_buffers": "nonsense"})

    with pytest.raises(PlatformError, match=r"(?s)did not start.*shared_buffers"):
        server.__enter__()


def test_the_log_is_kept_beside_the_data(var: Path) -> None:
    with forgetful(var / "postgres"):
        pass

    assert "ready to accept connections" in (var / "log" / "postgres.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_server_for_tests_dies_with_its_test_run(var: Path, number: signal.Signals) -> None:
    script = (
        "import signal, sys, time, pathlib\n"
        # Who was started in the background by a shell has inherited a deaf ear for Ctrl-C.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from smsplatform.platform.postgres import temporary\n"
        "with temporary(pathlib.Path(sys.argv[1])) as server:\n"
        "    print(server.pid, server.data_dir, flush=True)\n"
        "    time.sleep(60)\n"
    )
    argv = [sys.executable, "-c", script, str(var)]
    run = subprocess.Popen(
        argv, cwd=CODE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert run.stdout is not None
    pid, data_dir = run.stdout.readline().split()

    run.send_signal(number)

    assert processes.wait_until(lambda: not processes.in_directory(Path(data_dir)), 20)
    assert not processes.is_alive(int(pid))
    run.communicate(timeout=20)
    assert Path(data_dir).exists() == (number == signal.SIGKILL)
    shutil.rmtree(Path(data_dir).parent, ignore_errors=True)


def test_files_of_a_killed_test_run_are_swept_and_those_of_a_living_one_are_not(var: Path) -> None:
    with temporary(var) as living:
        abandoned = Path(tempfile.mkdtemp(prefix="sms-test-", dir=living.data_dir.parents[1]))
        for directory in (abandoned, living.data_dir.parent):
            os.utime(directory, (0, 0))

        with temporary(var):
            assert not abandoned.exists()
            write_row(living)


def test_without_the_wheel_the_system_is_asked_and_then_a_sentence(
    monkeypatch: pytest.MonkeyPatch, var: Path
) -> None:
    monkeypatch.setattr(binaries, "PACKAGE", "no_such_package")
    monkeypatch.setattr(binaries, "SYSTEM", var)
    with pytest.raises(PlatformError, match="No PostgreSQL was found"):
        binaries.find()
    for version in ("9", "15", "bad"):
        (var / version / "bin").mkdir(parents=True)
        (var / version / "bin" / "postgres").touch()

    assert binaries.find().directory == var / "15" / "bin"


if is_root():  # a plain user can start nothing as somebody else

    def test_root_starts_the_server_as_somebody_else(var: Path) -> None:
        with forgetful(var / "postgres") as server:
            assert server.data_dir == var / "postgres"
            assert server.data_dir.stat().st_uid == server.run_as.uid != 0

    def test_root_in_a_closed_directory_keeps_data_outside_and_finds_it_again(
        var: Path, outside: Path
    ) -> None:
        var.chmod(0o700)
        for expected in (1, 2):
            with forgetful(var / "postgres") as server:
                write_row(server)
                assert count_rows(server) == expected
                assert outside in server.data_dir.parents

        assert stat.S_IMODE(var.stat().st_mode) == 0o700
        assert str(server.data_dir.parent) in (var / "postgres.location").read_text()

    def test_root_copies_programs_that_the_server_could_not_execute(
        var: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closed = var / "closed"
        binaries.usable_by.__globals__["_copy"](binaries.find().directory.parent, closed)
        hidden = closed / binaries.PACKAGE / binaries.INSTALLED / "bin"
        closed.chmod(0o700)
        monkeypatch.setattr(binaries, "find", lambda: binaries.Binaries(hidden))

        with forgetful(var / "postgres") as server:
            write_row(server)
            assert "postgres-server-" in server.argv[0]

    def test_a_plain_user_runs_it_as_himself(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        programs = binaries.usable_by(NOBODY, var)
        monkeypatch.setattr(binaries, "find", lambda: programs)
        mine = var / "mine"
        mine.mkdir()
        NOBODY.own(mine)

        def work() -> None:
            for expected in (1, 2):
                with forgetful(mine / "postgres") as server:
                    write_row(server)
                    assert count_rows(server) == expected

        assert as_nobody(work) == 0
        assert (mine / "postgres").stat().st_uid == NOBODY.uid

    def test_root_serves_the_data_of_a_plain_user_as_that_user(var: Path) -> None:
        first = forgetful(var / "postgres")
        first.run_as = NOBODY
        first.ensure_initialised()

        with forgetful(var / "postgres") as server:
            write_row(server)
            assert server.run_as == NOBODY

    def test_a_plain_user_is_told_that_the_data_is_not_his(var: Path) -> None:
        var.chmod(0o777)
        forgetful(var / "postgres").ensure_initialised()

        def work() -> None:
            with pytest.raises(PlatformError, match="belongs to user"):
                forgetful(var / "postgres").start()

        if (var / "postgres").stat().st_uid == NOBODY.uid:
            places.RunAs(1, 1).own(var / "postgres")
        assert as_nobody(work) == 0


def test_a_path_too_long_for_a_socket_really_is_too_long(var: Path) -> None:
    name = "x" * (places.LONGEST_SOCKET_PATH + 1 - len(str(var)) - 1)
    with socket.socket(socket.AF_UNIX) as probe, pytest.raises(OSError, match="too long"):
        probe.bind(str(var / name))
