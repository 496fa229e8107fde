"""The platform for a measurement: all of its processes on loopback, PostgreSQL durable."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path

from smsplatform.platform.postgres import Postgres

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """A context manager. `cpu()` tells the CPU seconds that each process has used so far."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.web, self.smpp, self.http, self.sink = (free_port() for _count in range(4))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Stack":
        self.directory.mkdir(parents=True, exist_ok=True)
        self.postgres = self._stack.enter_context(Postgres(self.directory / "postgres"))
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.postgres.url,
            "SECRET_KEY": "bench-" + "0" * 50,
            "FIELD_KEYS": "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
            "DEMO": "1",
            "WEB_PORT": str(self.web),
            "SMPP_PORT": str(self.smpp),
            # The one loopback address that webhooks may reach.
            "SIMULATOR_HTTP_PORT": str(self.sink),
            "LOG_LEVEL": "WARNING",
        }
        self.start("sink", "-m", "tests.bench.sink", str(self.sink))
        self.start(
            "simulator", "-m", "messaging.simulator", "--account", "bench:bench", "--no-suffixes",
            "--receipt-delay", "0.5", "--receipt-window", "500", "--smpp-port", str(self.smpp),
            "--http-port", str(self.http), "--directory", str(self.directory / "simulator"),
        )  # fmt: skip
        seeded = subprocess.run(
            [sys.executable, "-m", "tests.bench.seed", str(self.smpp), str(self.sink)],
            env=self.environment, cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        self.key = seeded.stdout
        self.start(
            "web", "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port",
            str(self.web), "--log-level", "warning", "--no-ws", "smsplatform.asgi:application",
        )  # fmt: skip
        self._wait_for_web()
        return self

    def __exit__(self, *error: object) -> None:
        for name in list(self.processes):
            self.stop(name)
        self._stack.close()

    def start(self, name: str, *arguments: str) -> None:
        log = (self.directory / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, *arguments], env=getattr(self, "environment", None), cwd=ROOT,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()

    def start_gateway(self) -> None:
        self.start("gateway", "manage.py", "run_gateway")

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def told(self) -> int:
        """Messages whose webhook the customer's end has received."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sink}/count") as answer:
            return int(answer.read())

    def cpu(self) -> dict[str, float]:
        used = {name: _group_seconds(process.pid) for name, process in self.processes.items()}
        assert self.postgres.pid is not None
        used["postgres"] = _seconds(self.postgres.pid) + sum(
            map(_seconds, _children(self.postgres.pid))
        )
        return used

    def _wait_for_web(self) -> None:
        for _try in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.web), 1):
                return
            time.sleep(0.1)
        raise RuntimeError(f"web did not start; see {self.directory / 'web.log'}")


def _stat(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _seconds(pid: int) -> float:
    """Own time and that of children which have ended."""
    stat = _stat(pid)
    return sum(map(int, stat[11:15])) / TICKS if stat else 0.0


def _children(pid: int) -> list[int]:
    return [other for other in _pids() if (stat := _stat(other)) and int(stat[1]) == pid]


def _group_seconds(group: int) -> float:
    members = [other for other in _pids() if (stat := _stat(other)) and int(stat[2]) == group]
    return sum(map(_seconds, members))


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
