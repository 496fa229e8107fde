"""Processes of a measurement: started, watched for CPU and memory, ended with their groups."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from smsplatform.platform.places import RunAs

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
STOP_SECONDS = 20


def free_ports(count: int) -> list[int]:
    """All different: each is held until the last is found."""
    probes = [socket.socket() for _count in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Processes:
    """Each in a group of its own, by name; their output goes to a log beside each other."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self,
        name: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        run_as: RunAs | None = None,
    ) -> None:
        run_as = run_as or RunAs()
        with (self.directory / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                arguments, env=environment, cwd=ROOT, stdout=log, stderr=log,
                start_new_session=True, user=run_as.uid, group=run_as.gid,
                extra_groups=run_as.groups,
            )  # fmt: skip

    def python(self, name: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self.start(name, sys.executable, *arguments, environment=environment)

    def stop(self, name: str) -> None:
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop_all(self) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)

    def ended(self) -> list[str]:
        return [name for name, process in self._running.items() if process.poll() is not None]

    def cpu(self) -> dict[str, float]:
        """CPU seconds that each has used so far, its children included."""
        return {
            name: sum(map(_seconds, _group(process.pid))) for name, process in self._running.items()
        }

    def resident_mb(self, name: str) -> float:
        return sum(_memory_mb(pid, "VmRSS") for pid in _group(self._running[name].pid))

    def peak_mb(self, name: str) -> float:
        return sum(_memory_mb(pid, "VmHWM") for pid in _group(self._running[name].pid))


def family_seconds(pid: int) -> float:
    """Of a process and its children; PostgreSQL's sessions are groups of their own."""
    children = [other for other in _pids() if (stat := _stat(other)) and int(stat[1]) == pid]
    return _seconds(pid) + sum(map(_seconds, children))


def _stat(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _seconds(pid: int) -> float:
    """Own time and that of children which have ended."""
    stat = _stat(pid)
    return sum(map(int, stat[11:15])) / TICKS if stat else 0.0


def _group(group: int) -> list[int]:
    return [other for other in _pids() if (stat := _stat(other)) and int(stat[2]) == group]


def _memory_mb(pid: int, field: str) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    return 0.0


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
