"""The real platform in a directory of its own: all processes, as `make run` starts them."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import psycopg

from smsplatform.platform import environment, processes
from smsplatform.platform.children import mark

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 20


class Running:
    """One installation. Inside `with` it runs; a second `with` starts it again on its data."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var = var
        names = ("WEB_PORT", "SMPP_PORT", "SIMULATOR_HTTP_PORT", "STRIPE_FAR_END_PORT")
        ports = dict(zip(names, _free_ports(len(names)), strict=True))
        own = {*environment.TOLD, "DJANGO_SETTINGS_MODULE"}
        inherited = {name: value for name, value in os.environ.items() if name not in own}
        self.environment = {**inherited, "SMSPLATFORM_VAR": str(var)}
        self.started_with = {**ports, "DEMO": "1", **settings}

    def __enter__(self) -> Self:
        self.console = (self.var / "console.txt").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "run_platform"],
            env=self.environment | self.started_with,
            cwd=ROOT, stdout=self.console, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            self.wait(lambda: "paid" in self.said() or not self.lives, START_SECONDS)
            assert self.lives, f"it ended with {self.process.returncode}: {self.said()}"
            self.facts: dict[str, Any] = json.loads((self.var / "demo.json").read_text())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> float:
        """As Ctrl-C does; the seconds it took."""
        began = time.monotonic()
        if self.lives:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS + 10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.console.close()
        return time.monotonic() - began

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def said(self) -> str:
        return (self.var / "console.txt").read_text()

    def last_words(self) -> str:
        """The ends of all logs."""
        logs = sorted((self.var / "log").glob("*.log"))
        ends = [log.read_text(errors="replace").splitlines()[-25:] for log in logs]
        return "\n".join(
            "\n".join([f"--- {log.name}", *end]) for log, end in zip(logs, ends, strict=True)
        )

    def processes(self, name: str = "") -> list[int]:
        """Of one child or, without a name, of all."""
        return processes.marked(mark(str(self.var), name))

    def main_process(self, name: str) -> int:
        """The one whose number is also its group's."""
        return next((pid for pid in self.processes(name) if os.getpgid(pid) == pid), 0)

    def kill(self, name: str) -> int:
        pid = self._postmaster() if name == "postgres" else self.main_process(name)
        assert pid, f"{name} does not run:\n{self.said()}"
        os.kill(pid, signal.SIGKILL)
        return pid

    # -- as a customer

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", path)

    def send(self, key: str = "", **request: object) -> dict[str, Any]:
        """A request repeated under its key until somebody answers, as a careful client does."""
        body = json.dumps(request).encode()

        def answer() -> dict[str, Any] | None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self._call("POST", "/api/v1/messages", body, key)
            return None

        accepted: dict[str, Any] = self.wait(answer, 60)
        return accepted

    def message(self, message_id: str) -> dict[str, Any]:
        return self.get(f"/api/v1/messages/{message_id}")

    def balance(self) -> str:
        return str(self.get("/api/v1/balance")["balance"]["amount"])

    def _call(
        self, method: str, path: str, body: bytes | None = None, key: str = ""
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.facts['api_key']}"}
        headers |= {"Content-Type": "application/json"} if body else {}
        headers |= {"Idempotency-Key": key} if key else {}
        return _call(self.facts["base_url"], method, path, body, headers)

    # -- as the far end

    def simulator(self, path: str) -> dict[str, Any]:
        port = self.facts["simulator"]["http_port"]
        return _call(f"http://127.0.0.1:{port}", "GET", path, None, {})

    def submissions(self) -> list[dict[str, Any]]:
        """The simulator's own log, all of it."""
        found, after = [], 0
        while True:
            page = self.simulator(f"/log?after={after}&limit=5000")
            found += page["submissions"]
            if page["next"] == after:
                return found
            after = page["next"]

    def webhooks(self) -> list[dict[str, Any]]:
        return list(self.simulator("/webhooks/demo?after=0&limit=5000")["requests"])

    # -- as the operator in a second terminal, who exports nothing

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._database_url()) as database:
            return database.execute(sql, values).fetchall()

    def wait(self, condition: Callable[[], Any], timeout_seconds: float) -> Any:
        deadline = time.monotonic() + timeout_seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, f"not within {timeout_seconds} s:\n{self.said()}"
            time.sleep(0.1)
        return found

    def _database_url(self) -> str:
        return environment.read(self.var / environment.IN_FORCE)["DATABASE_URL"]

    def _postmaster(self) -> int:
        home = environment.server(self.var).data_dir
        return int((home / "postmaster.pid").read_text().split()[0])


@contextlib.contextmanager
def installation(**settings: str) -> Iterator[Running]:
    """Not below pytest's own directory: PostgreSQL's user could not enter it."""
    var = Path(tempfile.mkdtemp(prefix="sms-flow-"))
    var.chmod(0o755)
    running = Running(var, **settings)
    try:
        yield running
    finally:
        shutil.rmtree(var, ignore_errors=True)


def _call(
    base: str, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> dict[str, Any]:
    address = base.removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(address, timeout=10)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
    if answer.status >= 500:  # a careful client tries again
        raise http.client.HTTPException(f"{answer.status} {text[:200]!r}")
    assert answer.status < 300, f"{answer.status} {text[:500]!r}"
    document: dict[str, Any] = json.loads(text)
    return document


def _free_ports(count: int) -> list[str]:
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _probe in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [str(probe.getsockname()[1]) for probe in probes]
