"""`make bench`: what the platform does in a second, all of it on this machine.

PostgreSQL with default durability, every message charged, a receipt 500 ms after the submit, a
signed webhook for each. "End to end" ends when the customer's end was told of every message.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.stack import ROOT, Stack

# (label, messages a request, requests for end to end, floors: accepted/s and end to end/s)
CASES = [("a", 1, 12_000, 1_500, 600), ("b", 100, 400, 5_000, 2_000)]
ACCEPT_SECONDS = 8.0
LONGEST_SECONDS = 180.0


def load(stack: Stack, **options: float | int) -> dict[str, Any]:
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", "--port", str(stack.web), "--key", stack.key]
        + arguments,
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return dict(json.loads(ran.stdout))


def accepted(stack: Stack, each: int) -> dict[str, Any]:
    """Carriers paused: nobody claims."""
    load(stack, each=each, requests=64)
    result = load(stack, each=each, seconds=ACCEPT_SECONDS)
    result["per_second"] = result["messages"] / result["seconds"]
    return result


def end_to_end(stack: Stack, each: int, requests: int) -> dict[str, Any]:
    """From the first request until the last webhook, with the carriers draining meanwhile."""
    before, cpu = stack.told(), stack.cpu()
    started = time.perf_counter()
    result = load(stack, each=each, requests=requests)
    while stack.told() - before < result["messages"]:
        if time.perf_counter() - started > LONGEST_SECONDS:
            break
        time.sleep(0.05)
    result["seconds"] = time.perf_counter() - started
    result["told"] = stack.told() - before
    result["per_second"] = result["told"] / result["seconds"]
    thousands = max(1, result["told"]) / 1000
    result["cpu"] = {
        name: (used - cpu.get(name, 0.0)) / thousands for name, used in stack.cpu().items()
    }
    return result


def measure(directory: Path, case: tuple[str, int, int, int, int]) -> dict[str, dict[str, Any]]:
    _label, each, requests, _accept_floor, _end_floor = case
    shutil.rmtree(directory, ignore_errors=True)
    with Stack(directory) as stack:
        paused = accepted(stack, each)
    shutil.rmtree(directory, ignore_errors=True)
    with Stack(directory) as stack:
        stack.start_gateway()
        end_to_end(stack, each, max(1, requests // 10))
        whole = end_to_end(stack, each, requests)
    return {"accepted": paused, "end_to_end": whole}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--case", choices=[case[0] for case in CASES])
    args = parser.parse_args()
    met = True
    for case in CASES:
        if args.case in (None, case[0]):
            runs = [measure(ROOT / "var" / "bench", case) for _run in range(args.runs)]
            met &= report(case, runs)
    return 0 if met else 1


def report(case: tuple[str, int, int, int, int], runs: list[dict[str, dict[str, Any]]]) -> bool:
    label, each, _requests, accept_floor, end_floor = case
    say(f"\n({label}) {each} a request, 64 connections, {len(runs)} runs, median (least–most)")
    met = True
    for name, floor in (("accepted", accept_floor), ("end_to_end", end_floor)):
        rates = [run[name]["per_second"] for run in runs]
        verdict = "met" if median(rates) >= floor else "MISSED"
        met &= median(rates) >= floor
        say(
            f"  {name:<11} {median(rates):>8,.0f}/s ({min(rates):,.0f}–{max(rates):,.0f})"
            f"   floor {floor:,}/s {verdict}"
            f"   p50 {median(run[name]['p50_ms'] for run in runs):.0f} ms"
            f"   p99 {median(run[name]['p99_ms'] for run in runs):.0f} ms"
        )
        refused = [run[name]["failed"] for run in runs if run[name]["failed"]]
        if refused:
            say(f"  refused: {refused}")
    missing = sum(run["end_to_end"]["messages"] - run["end_to_end"]["told"] for run in runs)
    say(f"  never told of: {missing}")
    say("  CPU seconds per 1,000 messages, end to end:")
    for name in runs[0]["end_to_end"]["cpu"]:
        say(f"    {name:<10} {median(run['end_to_end']['cpu'][name] for run in runs):.3f}")
    return met


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
