"""An installation to be hurt: all of its processes, more of them, and hands on each."""

import contextlib
import http.client
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from messaging.simulator import log
from messaging.simulator.log import Submission
from smsplatform.platform import processes
from tests.flows.running import ROOT, Running

COMMANDS = {
    "gateway": ("run_gateway",),
    "send": ("qcluster", "--name", "send"),
    "jobs": ("qcluster", "--name", "jobs"),
}


class Extra:
    """A second gateway or worker beside those of the supervisor, started again by `revive`."""

    def __init__(self, ground: "Ground", name: str) -> None:
        self.name = name
        self._ground = ground
        self.revive()

    def revive(self) -> None:
        cluster = {"Q_CLUSTER_NAME": self.name} if self.name in ("send", "jobs") else {}
        with (self._ground.var / "log" / f"{self.name}-2.log").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", *COMMANDS[self.name]],
                env=self._ground.environment | cluster,
                cwd=ROOT, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def end(self, signum: signal.Signals = signal.SIGKILL) -> None:
        processes.send(processes.in_group(self.pid), signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(25)


class Ground(Running):
    """Numbers are used once in its life, so that each belongs to one message."""

    def __init__(self, var: Path, **settings: str) -> None:
        super().__init__(var, **{"WATCHDOG_SECONDS": "30", "SANDBOX": "0", **settings})
        self.extras: list[Extra] = []
        self._serials: dict[str, Iterator[int]] = {}
        self._frozen: set[int] = set()
        self._session: psycopg.Connection[Any] | None = None

    def __enter__(self) -> "Ground":
        super().__enter__()
        self.rich = self.tell("rich()")
        return self

    def stop(self) -> float:
        for pid in list(self._frozen):
            self.wake(pid)
        for extra in self.extras:
            extra.end()
        if self._session:
            self._session.close()
        return super().stop()

    # -- rows and tenants

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """On one connection as long as it lives: a question must not cost a process."""
        if self._session is None or self._session.closed:
            self._session = psycopg.connect(self._database_url(), autocommit=True)
        try:
            answer = self._session.execute(sql, values)
            return answer.fetchall() if answer.description else []
        except psycopg.OperationalError:
            self._session.close()
            raise

    def try_ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Nothing where the database is what was hurt."""
        with contextlib.suppress(psycopg.Error):
            return self.ask(sql, *values)
        return []

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._database_url())

    def tell(self, call: str) -> Any:
        """What a function of `tests.faults.tenant` answers, inside the installation."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.tenant", call],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    # -- numbers

    def numbers(self, country: str, count: int, ending: str = "") -> list[str]:
        """None ends as one that the simulator treats in a way of its own, unless asked to."""
        serials = self._serials.setdefault(f"{country}{ending}", itertools.count())
        return [_number(country, next(serials), ending) for _each in range(count)]

    # -- the far end

    def control(self, **wishes: object) -> dict[str, Any]:
        """Asked again for a while: the simulator may be the one that was killed."""
        body = json.dumps(wishes)

        def put() -> dict[str, Any] | None:
            address = ("127.0.0.1", self.facts["simulator"]["http_port"])
            with (
                contextlib.suppress(OSError, http.client.HTTPException),
                contextlib.closing(http.client.HTTPConnection(*address, timeout=5)) as connection,
            ):
                connection.request("PUT", "/control", body)
                answer = connection.getresponse()
                text = answer.read()
                assert answer.status == 200, text
                told: dict[str, Any] = json.loads(text)
                return told
            return None

        return dict(self.wait(put, 30))

    @property
    def submission_log(self) -> Path:
        return self.var / "simulator" / "submissions.log"

    def submitted(self, start: int) -> tuple[list[Submission], int]:
        """What the far end has received since that place of its log, and where to go on."""
        found, end = [], start
        for offset, line in log.read_lines(self.submission_log, start):
            found.append(log.from_line(line))
            end = offset + len(line)
        return found, end

    # -- processes

    def second(self, name: str) -> Extra:
        """It is there when it has registered with the database."""
        extra = Extra(self, name)
        self.extras.append(extra)
        return extra

    def owner_of(self, carrier_id: int) -> int:
        """The process that holds the bind; 0 where nobody does."""
        rows = self.try_ask(
            "SELECT owner FROM messaging_lease WHERE name = %s"
            " AND heartbeat_at > clock_timestamp() - interval '10 seconds'",
            f"carrier:{carrier_id}",
        )
        if not rows:
            return 0
        kind, _space, place = rows[0][0].partition(" ")
        # "gateway host.pid", and "task pid.when"
        return int(place.partition(".")[0] if kind == "task" else place.rpartition(".")[2])

    def carrier(self, kind: str) -> int:
        found = self.ask("SELECT id FROM messaging_carrier WHERE kind = %s ORDER BY id", kind)
        return int(found[0][0])

    def freeze(self, pid: int) -> None:
        self._frozen.add(pid)
        os.kill(pid, signal.SIGSTOP)

    def wake(self, pid: int) -> None:
        self._frozen.discard(pid)
        processes.send([pid], signal.SIGCONT)

    def signal(self, name: str, signum: signal.Signals) -> int:
        pid: int = self.wait(lambda: self.main_process(name), 60)
        os.kill(pid, signum)
        return pid

    def postmaster(self) -> int:
        return self._postmaster()


def _number(country: str, serial: int, ending: str) -> str:
    head, tail = (serial, ending) if ending else divmod(serial, 9000)
    last = tail if ending else f"{1000 + int(tail):04}"
    if country == "CN":
        return f"+86139{head:04}{last}"
    area, exchange = divmod(head, 800)
    return f"+1{212 + area}{200 + exchange:03}{last}"


@contextlib.contextmanager
def ground(make: Callable[..., Ground] = Ground, **settings: str) -> Iterator[Ground]:
    """Started, and gone afterwards with all of its files."""
    var = Path(tempfile.mkdtemp(prefix="sms-fault-"))
    var.chmod(0o755)
    try:
        with make(var, **settings) as started:
            yield started
    finally:
        shutil.rmtree(var, ignore_errors=True)


def pause(seconds: float) -> None:
    """What a fault lasts; nothing is judged by it."""
    time.sleep(seconds)
