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
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from time import monotonic

from tests.sweep import databases, worker
from tests.sweep.worker import Told

# A process is replaced after so many runs: what has died in it stays in its memory.
RUNS_A_PROCESS = 200
KINDS = ("lost", "double_charged", "double_refunded", "stuck", "against_policy")
TELL_EVERY_SECONDS = 15.0


def main() -> int:
    os.environ["PYTHONHASHSEED"] = "0"  # of the processes that are started from here
    jobs = int(os.environ.get("JOBS") or os.cpu_count() or 1)
    with (
        databases.copies(jobs) as urls,
        ProcessPoolExecutor(
            jobs,
            multiprocessing.get_context("spawn"),
            worker.begin,
            (urls,),
            max_tasks_per_child=RUNS_A_PROCESS,
        ) as pool,
    ):
        return _sweep(pool)


def _sweep(pool: ProcessPoolExecutor) -> int:
    seed, scenario, point = (os.environ.get(name, "") for name in ("SEED", "SCENARIO", "POINT"))
    points: list[Future[Told]] = []
    seeds: list[Future[Told]] = []
    if seed:
        seeds = [pool.submit(worker.seed, int(seed), True)]
    elif point:
        points = [pool.submit(worker.point, scenario, int(point), True)]
    else:
        points = [pool.submit(worker.point, *one) for one in _points(pool, scenario)]
        count = 0 if scenario else int(os.environ.get("SEEDS") or 200)
        seeds = [pool.submit(worker.seed, number) for number in range(1, count + 1)]
    faults = _tell([*points, *seeds])
    counts = " ".join(f"{kind}={faults[kind]}" for kind in KINDS)
    _say(f"points={len(points)} seeds={len(seeds)} {counts}")
    return 1 if faults.total() else 0


def _points(pool: ProcessPoolExecutor, only: str) -> list[tuple[str, int]]:
    """Each scenario is counted first: up to the crash, a run repeats the run without one."""
    names = [only] if only else pool.submit(worker.names).result()
    counting = {name: pool.submit(worker.count, name) for name in names}
    counts = {name: counted.result() for name, counted in counting.items()}
    for name, count in counts.items():
        _say(f"{count:5} points  {name}")
    return [(name, point) for name, count in counts.items() for point in range(1, count + 1)]


def _tell(runs: Sequence[Future[Told]]) -> Counter[str]:
    faults: Counter[str] = Counter()
    told_at = monotonic()
    for done, run in enumerate(as_completed(runs), start=1):
        name, counts, words, story = run.result()
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
