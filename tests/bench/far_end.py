"""What both sides of a comparison stand on: the same carrier simulator, sink and generator."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from smsplatform.platform import places
from smsplatform.platform.errors import PlatformError
from tests.bench.processes import ROOT, Processes, free_ports

DIRECTORY = ROOT / "var" / "bench"
ACCOUNT = "bench"
RECEIPT_DELAY_SECONDS = 0.5
# Submissions and receipts in flight on the bind, on either side.
WINDOW = 500
READY_SECONDS = 30.0


class FarEnd:
    """A context manager; whoever sends derives from it and starts itself on top.

    `kind` names the shape of its requests for the generator, `key` is what lets them in.
    """

    kind: str
    key: str
    port: int

    def __init__(self, directory: Path = DIRECTORY) -> None:
        self.directory = directory
        self.smpp, self.sink, self._http = free_ports(3)
        self.processes = Processes(directory)
        self._asked = 0

    def __enter__(self) -> Self:
        remove(self.directory)
        self.directory.mkdir(parents=True)
        try:
            self.processes.python("sink", "-m", "tests.bench.sink", str(self.sink))
            self.processes.python(
                "simulator", "-m", "messaging.simulator", "--account", f"{ACCOUNT}:{ACCOUNT}",
                "--no-suffixes", "--receipt-delay", str(RECEIPT_DELAY_SECONDS),
                "--receipt-window", str(WINDOW), "--smpp-port", str(self.smpp),
                "--http-port", str(self._http), "--directory", str(self.directory / "simulator"),
            )  # fmt: skip
            self.wait_for(self.sink)
            self.wait_for(self.smpp)
            self.set_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.processes.stop_all()
        self.tear_down()

    def set_up(self) -> None:
        """Start what is measured."""

    def tear_down(self) -> None:
        """After all processes have ended."""

    def start_sending(self) -> None:
        """Let carriers take what is accepted, where they did not from the beginning."""

    def cpu(self) -> dict[str, float]:
        return self.processes.cpu()

    def told(self) -> int:
        """Messages whose callback the customer's end has received."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sink}/count") as answer:
            return int(answer.read())

    def load(self, *, key: str = "", **options: float | int | str) -> dict[str, Any]:
        """Run the generator to its end; see load.py for the options and the answer."""
        options = {"skip": self._asked, **options}
        given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        ran = subprocess.run(
            [sys.executable, "-m", "tests.bench.load", "--kind", self.kind]
            + ["--port", str(self.port), "--sink", str(self.sink), "--key", key or self.key]
            + given,
            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        answer = dict(json.loads(ran.stdout))
        # No number and no id is used twice: caps of a number and the sink's count depend on it.
        self._asked += answer["requests"]
        return answer

    def wait_for(self, port: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self.processes.ended():
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.processes.ended() or port} did not start; see {self.directory}")


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Two measurements would remove each other's files, and slow each other down."""
    directory.parent.mkdir(exist_ok=True)
    with ExitStack() as stack:
        try:
            lock = directory.with_name(f"{directory.name}.lock")
            stack.enter_context(places.locked(lock, wait=False))
        except PlatformError:
            raise SystemExit(f"Another measurement is using {directory}.") from None
        yield


def remove(directory: Path) -> None:
    """With what root keeps outside, where the server's user cannot enter (platform/places)."""
    note = directory / "postgres.location"
    if note.exists():
        shutil.rmtree(note.read_text().splitlines()[0], ignore_errors=True)
    shutil.rmtree(directory, ignore_errors=True)
