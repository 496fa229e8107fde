"""Every crash point of every scenario, then the seeds; what it means is in docs/reliability.md.

make sweep                                      all of it
make sweep SEEDS=1000 JOBS=4                    more seeds, more processes
make sweep SEED=17                              one seed again, with its story
make sweep SCENARIO=a_long_message              one scenario
make sweep SCENARIO=a_long_message POINT=31     one crash again, with its story
"""

import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from time import monotonic

from tests.sweep import databases, worker
from tests.sweep.worker import Told

# Processes are replaced after so many runs each: what has died in them stays in their memory.
RUNS_A_PROCESS = 200
KINDS = ("lost", "double_charged", "double_refunded", "stuck", "against_policy")
TELL_EVERY_SECONDS = 15.0


Work = Callable[[], Told]


def main() -> int:
    os.environ["PYTHONHASHSEED"] = "0"  # of the processes that are started from here
    jobs = int(os.environ.get("JOBS") or os.cpu_count() or 1)
    with databases.copies(jobs) as urls:
        return _sweep(urls)


def _sweep(urls: Sequence[str]) -> int:
    seed, scenario, point = (os.environ.get(name, "") for name in ("SEED", "SCENARIO", "POINT"))
    points: list[Work] = []
    seeds: list[Work] = []
    if seed:
        seeds = [partial(worker.seed, int(seed), True)]
    elif point:
        points = [partial(worker.point, scenario, int(point), True)]
    else:
        points = [partial(worker.point, *one) for one in _points(urls, scenario)]
        count = 0 if scenario else int(os.environ.get("SEEDS") or 200)
        seeds = [partial(worker.seed, number) for number in range(1, count + 1)]
    faults = _tell(urls, [*points, *seeds])
    counts = " ".join(f"{kind}={faults[kind]}" for kind in KINDS)
    _say(f"points={len(points)} seeds={len(seeds)} {counts}")
    return 1 if faults.total() else 0


def _points(urls: Sequence[str], only: str) -> list[tuple[str, int]]:
    """Each scenario is counted first: up to the crash, a run repeats the run without one."""
    with _processes(urls) as pool:
        names = [only] if only else pool.submit(worker.names).result()
        counting = {name: pool.submit(worker.count, name) for name in names}
        counts = {name: counted.result() for name, counted in counting.items()}
    for name, count in counts.items():
        _say(f"{count:5} points  {name}")
    return [(name, point) for name, count in counts.items() for point in range(1, count + 1)]


def _processes(urls: Sequence[str]) -> ProcessPoolExecutor:
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(len(urls), spawn, worker.begin, (urls,))


def _told(urls: Sequence[str], runs: Sequence[Work]) -> Iterator[Told]:
    """As they end. The executor can replace its processes by itself, but stops for ever in some
    versions of Python when all have had their number of tasks."""
    size = RUNS_A_PROCESS * len(urls)
    for start in range(0, len(runs), size):
        with _processes(urls) as pool:
            for run in as_completed([pool.submit(work) for work in runs[start : start + size]]):
                yield run.result()


def _tell(urls: Sequence[str], runs: Sequence[Work]) -> Counter[str]:
    faults: Counter[str] = Counter()
    told_at = monotonic()
    for done, (name, counts, words, story) in enumerate(_told(urls, runs), start=1):
        faults += counts
        for line in story:
            _say(line)
        for line in words:
            _say(f"{name}: {line}")
        if monotonic() - told_at > TELL_EVERY_SECONDS:
            told_at = monotonic()
            _say(f"{done} of {len(runs)} runs, {faults.total()} faults")
    return faults


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
