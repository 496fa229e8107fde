"""Large requests, and what a million queued messages cost in memory.

A million messages come by the API in requests of 10,000 while nobody claims; then the gateway
starts and drains for a while.
"""

import time
from typing import Any

from tests.bench.board import Board, Line, say
from tests.bench.stack import Stack

EACH = 10_000
REQUESTS = 100
FIRST_REQUESTS = 10
# Two in flight: a third would only wait for the two cores.
CONNECTIONS = 2
DRAIN_SECONDS = 60.0
LARGE_PER_SECOND = 10_000
MOST_MB = 300.0
# From the tenth of the large requests to the last.
MOST_GROWTH_MB = 50.0


def measure(*, runs: int, board: Board, wants_large: bool, wants_memory: bool) -> None:
    say(f"\n(large, memory) {REQUESTS} requests of {EACH:,} recipients, {runs} runs")
    filled, drained = [], []
    for _run in range(runs):
        with Stack() as stack:
            filled.append(_fill(stack))
            if wants_memory:
                drained.append(_drain(stack))
    if wants_large:
        _report_large(filled, board)
    if wants_memory:
        _report_memory(drained, board)


def _fill(stack: Stack) -> dict[str, Any]:
    """The customer without an endpoint for webhooks would be easier: this one has one."""
    before = stack.processes.resident_mb("web")
    first = stack.load(each=EACH, requests=FIRST_REQUESTS, connections=CONNECTIONS)
    early = stack.processes.resident_mb("web")
    load = stack.load(each=EACH, requests=REQUESTS - FIRST_REQUESTS, connections=CONNECTIONS)
    return {
        "per_second": load["messages"] / load["seconds"],
        "p99_ms": load["p99_ms"],
        "failed": first["failed"] or load["failed"],
        "before": before,
        "early": early,
        "after": stack.processes.resident_mb("web"),
        "peak": stack.processes.peak_mb("web"),
    }


def _drain(stack: Stack) -> dict[str, float]:
    stack.start_sending()
    time.sleep(DRAIN_SECONDS)
    return {
        "told": stack.told() / DRAIN_SECONDS,
        "gateway": stack.processes.peak_mb("gateway"),
        "web": stack.processes.peak_mb("web"),
    }


def _report_large(runs: list[dict[str, Any]], board: Board) -> None:
    board.add(
        Line(
            "large", "accepted, carriers paused", [run["per_second"] for run in runs],
            unit="/s", at_least=LARGE_PER_SECOND,
        )
    )  # fmt: skip
    board.add(Line("large", "p99 of a request", [run["p99_ms"] for run in runs], unit="ms"))
    for name, key in (
        ("before the first", "before"),
        (f"after {FIRST_REQUESTS}", "early"),
        (f"after {REQUESTS}", "after"),
        ("at its peak", "peak"),
    ):
        board.add(Line("large", f"web's memory {name}", [run[key] for run in runs], unit="MB"))
    board.add(
        Line(
            "large", f"web's growth from request {FIRST_REQUESTS} to {REQUESTS}",
            [run["after"] - run["early"] for run in runs], unit="MB", at_most=MOST_GROWTH_MB,
        )
    )  # fmt: skip
    refused = [run["failed"] for run in runs if run["failed"]]
    if refused:
        say(f"large    REFUSED: {refused}")


def _report_memory(runs: list[dict[str, float]], board: Board) -> None:
    board.add(Line("memory", "told of while draining", [run["told"] for run in runs], unit="/s"))
    for process in ("gateway", "web"):
        board.add(
            Line(
                "memory", f"{process}'s peak with a million queued",
                [run[process] for run in runs], unit="MB", at_most=MOST_MB,
            )
        )  # fmt: skip
