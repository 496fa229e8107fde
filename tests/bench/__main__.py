"""`make bench`: what the platform does in a second, all of it on this machine, beside a peer.

PostgreSQL with default durability, every message charged, a receipt 500 ms after the submit, one
signed callback a message. docs/performance.md says how to read it.
"""

import argparse
import signal
import sys

from tests.bench import closing, desk, fairness, throughput, volume
from tests.bench.board import Board, say
from tests.bench.far_end import DIRECTORY, alone, remove

CASES = ("a", "b", "memory", "fair", "large", "desk", "close")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--case", choices=CASES)
    args = parser.parse_args()
    wanted = (args.case,) if args.case else CASES
    board = Board()
    # So that nothing is left running where the measurement itself is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with alone(DIRECTORY):
        try:
            _measure(wanted, args.runs, board)
        finally:
            remove(DIRECTORY)
    return 0 if board.summary() else 1


def _measure(wanted: tuple[str, ...], runs: int, board: Board) -> None:
    for case in throughput.CASES:
        if case.name[0] in wanted:
            throughput.measure(case, runs=runs, board=board)
    if {"large", "memory"} & {*wanted}:
        volume.measure(
            runs=min(runs, 2),
            board=board,
            wants_large="large" in wanted,
            wants_memory="memory" in wanted,
        )
    if "fair" in wanted:
        fairness.measure(runs=min(runs, 2), board=board)
    if "desk" in wanted:
        desk.measure(runs=min(runs, 2), board=board)
    if "close" in wanted:
        closing.measure(runs=min(runs, 2), board=board)
    say("")


if __name__ == "__main__":
    sys.exit(main())
