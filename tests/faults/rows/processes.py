"""Processes that die, freeze, stop, or are there twice."""

import contextlib
import random
import resource
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from smsplatform.platform import processes
from tests.faults.ground import Ground, pause
from tests.faults.load import HTTP, SMPP
from tests.faults.stage import Stage, row

# A lease is taken over after ten seconds without a heartbeat.
TAKEOVER_SECONDS = 30
FROZEN_SECONDS = 20
STARVED_SECONDS = 8


@row("F01", "kill -9 the gateway at random moments (F02: in the middle of a window)", runs=5)
def kill_gateway(stage: Stage) -> None:
    with stage.load(per_second=120, kinds=SMPP):
        for _run in stage.strikes():
            stage.ground.signal("gateway", signal.SIGKILL)
            stage.flows_again("smpp")


@row("F03", "freeze the owner of the bind, another takes over, wake it after 20 s", runs=2)
def freeze_gateway(stage: Stage) -> None:
    ground, carrier = stage.ground, stage.ground.carrier("smpp")
    second = ground.second("gateway")
    try:
        with stage.load(per_second=80, kinds=SMPP):
            for _run in stage.strikes(3, 5):
                owner = stage.until(lambda: ground.owner_of(carrier), 30, "somebody holds the bind")
                freeze_and_wake(stage, owner, carrier)
    finally:
        second.end()
        ground.extras.remove(second)


def freeze_and_wake(stage: Stage, owner: int, carrier: int) -> None:
    ground = stage.ground
    ground.freeze(owner)
    began = time.monotonic()
    taken = stage.until(
        lambda: ground.owner_of(carrier) not in (0, owner), TAKEOVER_SECONDS, "a takeover"
    )
    stage.resume_seconds = max(stage.resume_seconds, time.monotonic() - began)
    epoch = epoch_of(ground, carrier)
    pause(max(0.0, FROZEN_SECONDS - (time.monotonic() - began)))
    woken_at = time.time()
    ground.wake(owner)
    pause(4)
    if taken:
        nothing_of_the_woken(stage, carrier, epoch, woken_at)


def epoch_of(ground: Ground, carrier: int) -> int:
    rows = ground.ask("SELECT epoch FROM messaging_lease WHERE name = %s", f"carrier:{carrier}")
    return int(rows[0][0])


def nothing_of_the_woken(stage: Stage, carrier: int, epoch: int, woken_at: float) -> None:
    """It commits nothing, and what it had been permitted to write it writes no more."""
    old = stage.ground.ask(
        "SELECT m.number, extract(epoch FROM a.claimed_at), a.state,"
        "   extract(epoch FROM a.submitting_at) FROM messaging_attempt a"
        " JOIN messaging_message m ON m.id = a.message_id"
        " WHERE a.carrier_id = %s AND a.epoch < %s AND a.claimed_at > to_timestamp(%s)",
        carrier, epoch, stage.judge.began,
    )  # fmt: skip
    committed = [one for one in old if one[1] > woken_at or (one[3] or 0) > woken_at]
    stage.expect(not committed, f"the woken one committed: {committed[:2]}")
    numbers = {one[0].lstrip("+"): one for one in old if one[2] != "released"}
    late = [
        one
        for one in stage.ground.submitted(stage.judge.log_start)[0]
        if one.time > woken_at and one.to.lstrip("+") in numbers and is_first(stage, one.to)
    ]
    stage.expect(not late, f"the woken one wrote: {late[:2]}")


def is_first(stage: Stage, number: str) -> bool:
    """Not resent meanwhile: then the later attempt is whose copy it is."""
    rows = stage.ground.ask(
        "SELECT attempts FROM messaging_message WHERE number = %s", "+" + number.lstrip("+")
    )
    return bool(rows) and rows[0][0] == 1


@row("F04", "kill -9 the web server under load", runs=4)
def kill_web(stage: Stage) -> None:
    with stage.load(per_second=150):
        for _run in stage.strikes(1, 3):
            stage.ground.signal("web", signal.SIGKILL)
            stage.flows_again()


@row("F05", "kill -9 one process of a worker: idle, busy, sentinel, pusher, monitor", runs=8)
def kill_worker_processes(stage: Stage) -> None:
    with stage.load(per_second=100, kinds=HTTP):
        for run in stage.strikes(1, 3):
            found = sorted(stage.ground.processes(("send", "jobs")[run % 2]))
            if found:
                processes.send([found[run // 2 % len(found)]], signal.SIGKILL)
            stage.flows_again("http")


@row("FAREND", "kill -9 the far end itself: connections refused until it is there again", runs=3)
def kill_far_end(stage: Stage) -> None:
    with stage.load(per_second=80):
        for _run in stage.strikes(1, 3):
            stage.ground.signal("simulator", signal.SIGKILL)
            stage.flows_again()


@row("F05S", "freeze a worker that submits, another takes over, wake it after 20 s", runs=2)
def freeze_worker(stage: Stage) -> None:
    ground, carrier = stage.ground, stage.ground.carrier("http")
    with stage.load(per_second=60, kinds=HTTP):
        for _run in stage.strikes(2, 4):
            owner = stage.until(lambda: ground.owner_of(carrier), 30, "a worker submits")
            if owner:
                freeze_and_wake(stage, owner, carrier)


@row("F09", "SIGTERM to the gateway under load, as a deployment does", runs=3)
def stop_gateway(stage: Stage) -> None:
    with stage.load(per_second=150, kinds=SMPP):
        for _run in stage.strikes(1, 2):
            pid = stage.ground.signal("gateway", signal.SIGTERM)
            stage.until(lambda pid=pid: not processes.is_alive(pid), 25, "it ends")
            stage.flows_again("smpp")
    stage.expect(stage.uncertain_now() == 0, "a polite stop leaves outcomes unknown")


@row("F10", "two gateways and two workers at the same work", runs=1)
def everything_twice(stage: Stage) -> None:
    seconds = [stage.ground.second(name) for name in ("gateway", "send")]
    try:
        with stage.load(per_second=250):
            for _run in stage.strikes(10, 10):
                stage.flows_again()
    finally:
        for extra in seconds:
            extra.end(signal.SIGTERM)
            stage.ground.extras.remove(extra)


@row("F11", "the gateway gets no more memory for 8 s", runs=2)
def starve_of_memory(stage: Stage) -> None:
    with stage.load(per_second=80, kinds=SMPP):
        for _run in stage.strikes(1, 2):
            limit(stage, "gateway", resource.RLIMIT_AS, lambda pid: used_bytes(pid) + 1_000_000)
            stage.flows_again("smpp")


@row("F12", "web server and gateway get no more file descriptors for 8 s", runs=2)
def starve_of_descriptors(stage: Stage) -> None:
    stage.limits_api = False  # who cannot accept a connection cannot say so
    with stage.load(per_second=60):
        for run in stage.strikes(1, 2):
            limit(stage, ("web", "gateway")[run % 2], resource.RLIMIT_NOFILE, open_files)
            stage.flows_again()


def limit(stage: Stage, name: str, what: int, most: Callable[[int], int]) -> None:
    """What it has it keeps; more it gets only after a while."""
    before: dict[int, tuple[int, int]] = {}
    for pid in stage.ground.processes(name):
        with contextlib.suppress(OSError):
            before[pid] = resource.prlimit(pid, what)
            resource.prlimit(pid, what, (most(pid), before[pid][1]))
    pause(STARVED_SECONDS)
    for pid, limits in before.items():
        with contextlib.suppress(OSError):
            resource.prlimit(pid, what, limits)


def used_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@row("KILLS", "kills and freezes at random moments, 500 messages/s, two gateways", runs=50)
def kills_and_freezes(stage: Stage) -> None:
    stage.settle_seconds = 900
    stage.limits_api = False  # blows follow each other faster than that
    second = stage.ground.second("gateway")
    waking: list[threading.Timer] = []
    try:
        with stage.load(per_second=500, each=20, threads=12):
            for _run in stage.strikes(3, 6):
                strike(stage, waking)
                if not second.lives:
                    second.revive()
        for timer in waking:
            timer.join()
    finally:
        second.end()
        stage.ground.extras.remove(second)


def strike(stage: Stage, waking: list[threading.Timer]) -> None:
    """Any process of ours but the judge's; half of the blows freeze for 3 to 15 seconds."""
    ground = stage.ground
    name = random.choice(("gateway", "gateway", "second", "second", "web", "send", "jobs"))  # noqa: S311
    found = [one.pid for one in ground.extras] if name == "second" else ground.processes(name)
    if not found:
        return
    pid = random.choice(found)  # noqa: S311
    if random.random() < 0.5 and name != "web":  # noqa: S311
        try:
            ground.freeze(pid)
        except ProcessLookupError:
            return
        timer = threading.Timer(random.uniform(3, 15), ground.wake, [pid])  # noqa: S311
        timer.start()
        waking.append(timer)
    else:
        processes.send([pid], signal.SIGKILL)
