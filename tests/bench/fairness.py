"""Verification codes of one customer, with and without a million marketing messages of another.

The carrier takes 1,000 a second; codes come at 50 a second, whether answered or not. How long one
waits is read where nobody can flatter it: from the acceptance in its batch to its line in the
carrier's own log.
"""

import json
import time
from datetime import datetime

import psycopg

from tests.bench.board import Board, Line, say
from tests.bench.stack import Stack
from tests.bench.volume import CONNECTIONS, EACH, REQUESTS

CARRIER_PER_SECOND = 1_000
CODES_PER_SECOND = 50
SECONDS = 40.0
STEADY_SECONDS = 10.0
MARKETING_FIRST = 13_800_000_000
MOST_GROWTH = 0.10
MOST_GROWTH_MS = 50.0


def measure(*, runs: int, board: Board) -> None:
    say(f"\n(fair) codes at {CODES_PER_SECOND}/s, a carrier of {CARRIER_PER_SECOND:,}/s")
    alone = [_waits(queued=False) for _run in range(runs)]
    crowded = [_waits(queued=True) for _run in range(runs)]
    board.add(Line("fair", "p95 of accept to submit, alone", [p95(one) for one in alone], "ms"))
    name = "p95 of accept to submit, with a million of marketing"
    board.add(Line("fair", name, [p95(one) for one in crowded], "ms"))
    growth = [p95(after) - p95(before) for before, after in zip(alone, crowded, strict=True)]
    most = max(MOST_GROWTH_MS, MOST_GROWTH * min(map(p95, alone)))
    board.add(Line("fair", "growth of that p95", growth, "ms", at_most=most))


def p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)]


def _waits(*, queued: bool) -> list[float]:
    with Stack(rate=CARRIER_PER_SECOND) as stack:
        if queued:
            stack.load(
                key=stack.marketing_key, each=EACH, requests=REQUESTS, connections=CONNECTIONS,
                template="bench_news", first=MARKETING_FIRST,
            )  # fmt: skip
        stack.start_sending()
        time.sleep(STEADY_SECONDS)
        load = stack.load(rate=CODES_PER_SECOND, seconds=SECONDS)
        time.sleep(STEADY_SECONDS)
        submitted = _submitted(stack)
        accepted = _accepted(stack)
    missing = accepted.keys() - submitted.keys()
    if load["failed"] or missing:
        say(f"fair     REFUSED: {load['failed']}, not submitted: {len(missing)}")
    return [(submitted[to] - at) * 1000 for to, at in accepted.items() if to in submitted]


def _submitted(stack: Stack) -> dict[str, float]:
    """Seconds since 1970 at which the carrier took the code for a number."""
    found = {}
    with (stack.directory / "simulator" / "submissions.log").open() as log:
        for line in log:
            if '"to":"861300' in line:
                submission = json.loads(line)
                found["+" + submission["to"]] = submission["time"]
    return found


def _accepted(stack: Stack) -> dict[str, float]:
    assert stack.postgres is not None
    with psycopg.connect(stack.postgres.url) as connection:
        rows: list[tuple[str, datetime]] = connection.execute(
            "SELECT m.number, b.accepted_at FROM messaging_message m"
            " JOIN messaging_batch b ON b.id = m.batch_id WHERE m.message_class = 'verification'"
        ).fetchall()
    return {number: at.timestamp() for number, at in rows}
