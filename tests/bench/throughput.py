"""Cases (a) and (b): what is accepted, and what comes to its end, beside the peer.

"End to end" lasts from the first request until the customer's end was told of every message;
receipts come 500 ms after the submit. Ours and the peer's runs alternate.
"""

import time
from dataclasses import dataclass
from typing import Any

from tests.bench import kannel
from tests.bench.board import Board, Line, say
from tests.bench.far_end import FarEnd
from tests.bench.kannel import Kannel
from tests.bench.stack import Stack

ACCEPT_SECONDS = 8.0
PACED_SECONDS = 10.0
# Nothing more will come when nothing came for so long.
SILENT_SECONDS = 15.0
# The peer, twice: its settings, and messages of a run, each its own request.
PEERS = {
    "Kannel tuned": (kannel.TUNED, 12_000),
    "Kannel as it comes": (kannel.AS_IT_COMES, 4_000),
}
SLOWEST_P99_MS = 100.0


@dataclass(frozen=True, slots=True)
class Case:
    """Messages a request, requests end to end, and what is wanted a second.

    `most_per_post`: of the events that the customer's endpoint takes in one webhook.
    `paced`: messages a second at which acceptance must still answer quickly, carriers paused.
    """

    name: str
    each: int
    requests: int
    accepted: int
    end_to_end: int
    over_peer: float
    paced: int
    draining: int | None = None
    most_per_post: int = 1


CASES = [
    Case("a", 1, 12_000, 3_000, 1_900, 2.0, paced=1_500, draining=2_000),
    Case("b", 100, 400, 15_000, 5_000, 5.0, paced=7_500),
    Case("b group", 100, 400, 15_000, 5_000, 5.0, paced=7_500, most_per_post=100),
]

Run = dict[str, Any]


def measure(case: Case, *, runs: int, board: Board) -> None:
    say(
        f"\n({case.name}) {case.each} a request, 64 connections,"
        f" {case.most_per_post} a webhook, {runs} runs"
    )
    excuse = kannel.missing()
    ours: list[Run] = []
    peers: dict[str, list[Run]] = {} if excuse else {name: [] for name in PEERS}
    for _run in range(runs):
        ours.append(_ours(case))
        for name, found in peers.items():
            settings, requests = PEERS[name]
            with Kannel(settings) as peer:
                found.append(_whole(peer, 1, requests))
    _report_ours(case, ours, board)
    if excuse:
        say(f"         not compared with Kannel: {excuse}")
    elif case.each > 1:
        say("         (Kannel has no request for many messages: it is sent one by one)")
    for name, found in peers.items():
        _report_peer(case, name, ours, found, board)


def _ours(case: Case) -> Run:
    with Stack(most_per_post=case.most_per_post) as stack:
        stack.load(each=case.each, requests=64)
        paused = stack.load(each=case.each, seconds=ACCEPT_SECONDS)
    with Stack(most_per_post=case.most_per_post) as stack:
        stack.load(each=case.each, requests=64)
        paced = stack.load(each=case.each, rate=case.paced / case.each, seconds=PACED_SECONDS)
    with Stack(most_per_post=case.most_per_post) as stack:
        whole = _whole(stack, case.each, case.requests)
        paced_draining = stack.load(
            each=case.each, rate=case.end_to_end / 2 / case.each, seconds=PACED_SECONDS
        )
    return {**whole, "paused": paused, "paced": paced, "paced_draining": paced_draining}


def _whole(sender: FarEnd, each: int, requests: int) -> Run:
    """End to end, after a tenth of it as a warming up."""
    sender.start_sending()
    _end_to_end(sender, each, max(1, requests // 10))
    return _end_to_end(sender, each, requests)


def _end_to_end(sender: FarEnd, each: int, requests: int) -> Run:
    before, cpu = sender.told(), sender.cpu()
    load = sender.load(each=each, requests=requests)
    told, seconds = _wait_until_told(sender, before, load["messages"], load["began"])
    used = {name: total - cpu.get(name, 0.0) for name, total in sender.cpu().items()}
    used["load"] = load["cpu"]
    thousands = max(1, told) / 1000
    return {
        "load": load,
        "told": told,
        "per_second": told / seconds,
        "cpu": {name: seconds / thousands for name, seconds in used.items()},
    }


def _wait_until_told(sender: FarEnd, before: int, wanted: int, started: float) -> tuple[int, float]:
    """How many were told of, and after how many seconds the last of them was."""
    told, heard_at = 0, time.perf_counter()
    while told < wanted and time.perf_counter() - heard_at < SILENT_SECONDS:
        time.sleep(0.05)
        if (now_told := sender.told() - before) > told:
            told, heard_at = now_told, time.perf_counter()
    return told, heard_at - started


def _rate(load: Run) -> float:
    return float(load["messages"] / load["seconds"])


def _report_ours(case: Case, runs: list[Run], board: Board) -> None:
    def add(name: str, values: list[float], **options: Any) -> None:
        board.add(Line(case.name, name, values, **options))

    add(
        "accepted, carriers paused", [_rate(run["paused"]) for run in runs],
        unit="/s", at_least=case.accepted,
    )  # fmt: skip
    add(
        "accepted while draining", [_rate(run["load"]) for run in runs],
        unit="/s", at_least=case.draining,
    )  # fmt: skip
    add(
        "end to end", [run["per_second"] for run in runs],
        unit="/s", at_least=case.end_to_end,
    )  # fmt: skip
    add("p99 of acceptance, closed loop", [run["paused"]["p99_ms"] for run in runs], unit="ms")
    for name, key, rate in (
        ("paused", "paced", case.paced),
        ("draining", "paced_draining", case.end_to_end // 2),
    ):
        add(
            f"p99 of acceptance at a paced {rate:,}/s, {name}",
            [run[key]["p99_ms"] for run in runs], unit="ms", at_most=SLOWEST_P99_MS,
        )  # fmt: skip
    loads = [run[key] for run in runs for key in ("paused", "paced", "paced_draining", "load")]
    _report_losses(case.name, loads, runs)
    _report_cpu(case.name, "CPU s per 1,000 messages", runs, board)


def _report_peer(case: Case, peer: str, ours: list[Run], runs: list[Run], board: Board) -> None:
    """The target is against the peer at its best."""
    name = f"{case.name} peer"
    for label, values in (
        ("accepted while draining", [_rate(run["load"]) for run in runs]),
        ("end to end", [run["per_second"] for run in runs]),
    ):
        board.add(Line(name, f"{peer}: {label}", values, unit="/s"))
    _report_losses(name, [run["load"] for run in runs], runs)
    _report_cpu(name, f"{peer}: CPU s per 1,000", runs, board)
    ratios = [mine["per_second"] / its["per_second"] for mine, its in zip(ours, runs, strict=True)]
    wanted = case.over_peer if PEERS[peer][0] is kannel.TUNED else None
    board.add(
        Line(
            case.name, f"end to end, times that of {peer}", ratios,
            unit="×", at_least=wanted, digits=1,
        )
    )  # fmt: skip


def _report_losses(name: str, loads: list[Run], runs: list[Run]) -> None:
    refused = [load["failed"] for load in loads if load["failed"]]
    missing = sum(run["load"]["messages"] - run["told"] for run in runs)
    if refused or missing:
        say(f"{name:<8} REFUSED: {refused}, never told of: {missing}")


def _report_cpu(name: str, label: str, runs: list[Run], board: Board) -> None:
    for process in runs[0]["cpu"]:
        board.add(
            Line(name, f"{label}: {process}", [run["cpu"][process] for run in runs], digits=3)
        )
    sums = [sum(run["cpu"].values()) for run in runs]
    board.add(Line(name, f"{label}: all of it", sums, digits=3))
