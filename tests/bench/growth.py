"""`make bench-growth`: what millions of messages of this month cost those that come now.

Fills a database once (ROWS=20_000_000; kept in var/bench-growth until `make clean`), then measures
it beside an empty one, in turns: the services' rates, the API's answers, the portal's pages. The
plans of every statement go to var/bench-growth/explain.txt.
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from smsplatform.platform.postgres import Postgres
from tests.bench.board import Board, Line, say
from tests.bench.far_end import alone, remove
from tests.bench.processes import ROOT, Processes, free_ports
from tests.bench.stack import environment

DIRECTORY = ROOT / "var" / "bench-growth"
# Measured: with indexes, rows of every table and its share of the ledger; the log beside it.
BYTES_A_MESSAGE = 2_200
RUNS = 5
MOST_LOSS = 0.20
PAGE_TRIES = 30
PAGE_SECONDS = 5.0
SETTINGS_TO_FILL = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "wal_level": "minimal",
    "max_wal_senders": "0", "max_wal_size": "4GB", "shared_buffers": "1GB",
    "maintenance_work_mem": "1GB", "idle_in_transaction_session_timeout": "0", "autovacuum": "off",
}  # fmt: skip


def main() -> int:
    rows = int(os.environ.get("ROWS", "20_000_000"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    board = Board()
    with alone(DIRECTORY), ExitStack() as stack:
        for name, wanted in (("empty", 0), ("full", rows)):
            prepare(DIRECTORY / name, wanted)
        sides = {name: stack.enter_context(Side(DIRECTORY / name)) for name in ("empty", "full")}
        measure(sides, board)
    return 0 if board.summary() else 1


class Side:
    """One of the two databases, served as in production."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.postgres = Postgres(directory / "postgres")
        self.processes = Processes(directory)
        self.port, self._sink = free_ports(2)

    def __enter__(self) -> "Side":
        self.postgres.start()
        self.postgres.wait_ready()
        self.environment = environment(self.postgres.url, web=self.port, sink=self._sink)
        return self

    def __exit__(self, *_error: object) -> None:
        self.processes.stop_all()
        self.postgres.stop(timeout_seconds=60)

    def probe(self, *arguments: str) -> Any:
        ran = subprocess.run(
            [sys.executable, "-m", "tests.bench.probe", *arguments],
            env=self.environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return json.loads(ran.stdout)

    def manage(self, *arguments: str) -> float:
        """Seconds that a command took; it must end well."""
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return time.perf_counter() - started

    def start_web(self) -> None:
        self.manage("collectstatic", "--noinput", "-v0")
        self.processes.python(
            "web", "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port",
            str(self.port), "--workers", "1", "--log-level", "warning", "--no-ws",
            "smsplatform.asgi:application", environment=self.environment,
        )  # fmt: skip
        time.sleep(3)


def prepare(directory: Path, rows: int) -> None:
    note = directory / "filled.json"
    if note.exists() and json.loads(note.read_text()) == rows:
        with Side(directory) as side:
            say(f"{directory} is kept; migrated in {side.manage('migrate', '-v0'):.0f} s")
        return
    remove(directory)
    directory.mkdir(parents=True)
    needed, free = rows * BYTES_A_MESSAGE, shutil.disk_usage(directory).free
    say(f"{rows:,} messages need about {needed / 1e9:,.0f} GB of disk; {free / 1e9:,.0f} are free.")
    if free < needed * 1.3:
        raise SystemExit("That is too little: ROWS=2_000_000 takes a tenth.")
    _fill(directory, rows)
    note.write_text(json.dumps(rows))


def _fill(directory: Path, rows: int) -> None:
    server = Postgres(directory / "postgres", settings=SETTINGS_TO_FILL)
    with server:
        subprocess.run(
            [sys.executable, "-m", "tests.bench.growth_fill", str(rows)],
            env=environment(server.url, web=1, sink=1), cwd=ROOT, check=True,
        )  # fmt: skip
    if rows:
        size = sum(file.stat().st_size for file in server.data_dir.rglob("base/*/*"))
        say(f"  {size / 1e9:,.1f} GB, {size / rows:,.0f} bytes a message")


def measure(sides: dict[str, Side], board: Board) -> None:
    found: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
    for _run in range(RUNS):
        for name, side in sides.items():
            found[name].append(side.probe("rates"))
    for step in found["full"][0]:
        for name, runs in found.items():
            board.add(Line("growth", f"{step}, {name}", [run[step] for run in runs], unit="/s"))
        kept = [
            full[step] / empty[step]
            for full, empty in zip(found["full"], found["empty"], strict=True)
        ]
        board.add(
            Line("growth", f"{step}: full as part of empty", kept, at_least=1 - MOST_LOSS, digits=2)
        )
    full = sides["full"]
    full.start_web()
    _measure_doors(full, board)
    plans = DIRECTORY / "explain.txt"
    count = full.probe("explain", str(plans))["statements"]
    say(f"growth   the plans of {count} statements: {plans}")
    board.add(Line("growth", "manage.py verify, everything", [full.manage("verify")], unit="s"))
    since = full.manage("verify", "--since", "15m")
    board.add(Line("growth", "manage.py verify --since 15m", [since], unit="s"))


def _measure_doors(side: Side, board: Board) -> None:
    doors = side.probe("doors")
    connection = http.client.HTTPConnection("127.0.0.1", side.port)
    bearer = {"Authorization": f"Bearer {doors['key']}"}
    cookie = {"Cookie": f"sessionid={doors['session']}"}
    for address in doors["api"][:10]:
        _milliseconds(connection, address, bearer)
    each = [_milliseconds(connection, address, bearer) for address in doors["api"]]
    name = "GET /api/v1/messages/{id}"
    board.add(Line("growth", f"median of {name}", [median(each)], "ms", digits=1))
    board.add(Line("growth", f"p95 of {name}", [p95(each)], "ms", at_most=10, digits=1))
    for headers, addresses in ((bearer, doors["lists"]), (cookie, doors["pages"])):
        for address in addresses:
            tries = _tries(connection, address, headers)
            name = f"{address[:40]}"
            board.add(Line("growth", f"median of {name}", [median(tries)], "ms"))
            board.add(Line("growth", f"p95 of {name}", [p95(tries)], "ms", at_most=50))


def _tries(
    connection: http.client.HTTPConnection, address: str, headers: dict[str, str]
) -> list[float]:
    """Fewer of what takes seconds."""
    until, tries = time.monotonic() + PAGE_SECONDS, []
    while len(tries) < PAGE_TRIES and (not tries or time.monotonic() < until):
        tries.append(_milliseconds(connection, address, headers))
    return tries


def _milliseconds(
    connection: http.client.HTTPConnection, address: str, headers: dict[str, str]
) -> float:
    started = time.perf_counter()
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, (address, answer.status)
    return (time.perf_counter() - started) * 1000


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


if __name__ == "__main__":
    sys.exit(main())
