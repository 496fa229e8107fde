"""The database dies, hangs up in the middle of a COMMIT, is full, locked, or has no room."""

import contextlib
import os
import random
import signal
import time

import psycopg

from smsplatform.platform import processes
from tests.faults.ground import Ground, pause
from tests.faults.grounds import ProxiedGround, SmallDiskGround
from tests.faults.load import CODE, Kind
from tests.faults.stage import Stage, row

LOCKED_SECONDS = 20
FULL_SECONDS = 15
EXHAUSTED_SECONDS = 10
# A neighbour of a locked customer waits no longer.
NEIGHBOUR_SECONDS = 5
CODES = (Kind("CN", "login_code", CODE), Kind("US", "login_code", CODE))


@row("F20", "PostgreSQL: immediate restart under load", runs=4)
def restart_immediately(stage: Stage) -> None:
    kill_postmaster(stage, signal.SIGQUIT)


@row("F21", "PostgreSQL: kill -9 of the postmaster under load", runs=3)
def kill_the_postmaster(stage: Stage) -> None:
    kill_postmaster(stage, signal.SIGKILL)


@row("POSTGRES", "PostgreSQL: killed twenty times under load, immediately", runs=20)
def kill_often(stage: Stage) -> None:
    stage.settle_seconds = 600
    kill_postmaster(stage, signal.SIGQUIT)


def kill_postmaster(stage: Stage, signum: signal.Signals) -> None:
    with stage.load(per_second=100):
        for _run in stage.strikes(2, 4):
            os.kill(stage.ground.postmaster(), signum)
            stage.until(lambda: stage.ground.try_ask("SELECT 1"), 60, "PostgreSQL answers")
            stage.flows_again()


@row("F21B", "PostgreSQL: kill -9 of one backend under load", runs=4)
def kill_backend(stage: Stage) -> None:
    with stage.load(per_second=100):
        for _run in stage.strikes(1, 3):
            found = stage.until(lambda: backends(stage.ground), 30, "PostgreSQL answers")
            processes.send([random.choice(found)], signal.SIGKILL)  # noqa: S311
            stage.flows_again()


def backends(ground: Ground) -> list[int]:
    rows = ground.try_ask(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
        " AND pid <> pg_backend_pid()"
    )
    return [int(row[0]) for row in rows]


@row(
    "F22", "connections cut during COMMIT: after it was sent, and before", runs=24, ground="proxied"
)
def cut_commits(stage: Stage) -> None:
    assert isinstance(stage.ground, ProxiedGround)
    proxy = stage.ground.proxy
    with stage.load(per_second=100):
        for run in stage.strikes(0.2, 1.5):
            proxy.cut(is_forwarded=run % 3 != 2)
            stage.until(lambda: not proxy.is_waiting, 20, "somebody commits")
        stage.flows_again()
    stage.expect(proxy.cuts >= stage.done, f"only {proxy.cuts} connections were cut")


@row("F23", "PostgreSQL's disk full for 15 s, then freed", runs=2, ground="small disk")
def fill_disk(stage: Stage) -> None:
    assert isinstance(stage.ground, SmallDiskGround)
    stage.limits_api = False  # a full disk accepts nothing
    with stage.load(per_second=40):
        for _run in stage.strikes(2, 3):
            stage.ground.fill()
            pause(FULL_SECONDS)
            stage.ground.free()
            stage.flows_again()


@row("F25", "a customer's ledger locked for 20 s; a neighbour goes on", runs=1)
def lock_ledger(stage: Stage) -> None:
    ground = stage.ground
    neighbour = ground.tell(f'other("Neighbour {time.time_ns()}")')
    stage.limits_api = False  # of the one who is locked
    with (
        stage.load(per_second=40),
        stage.load(
            per_second=40, kinds=CODES, api_key=neighbour["api_key"], threads=3
        ) as next_door,
    ):
        for _run in stage.strikes(2, 2):
            with ground.connect() as session:
                session.execute(
                    "SELECT 1 FROM billing_ledgerhead WHERE account_id = %s FOR UPDATE",
                    [ground.rich["account_id"]],
                )
                pause(LOCKED_SECONDS)
            stage.flows_again()
    slowest = max((call.ended - call.began for call in next_door.calls), default=0.0)
    stage.say(f"the neighbour waited at most {slowest:.1f} s")
    stage.expect(slowest <= NEIGHBOUR_SECONDS, f"a lock of one holds others up: {slowest:.1f} s")


@row("F26", "deadlocks on purpose: messages and ledger locked the wrong way round", runs=10)
def deadlock(stage: Stage) -> None:
    ground = stage.ground
    ground.control(shares={"undelivered": 1})
    met = 0
    try:
        with stage.load(per_second=100):
            for _run in stage.strikes(0.5, 1.5):
                met += lock_backwards(ground)
            stage.flows_again()
    finally:
        ground.control(shares={"delivered": 1})
    stage.say(f"{met} deadlocks in which the intruder was the victim")


def lock_backwards(ground: Ground) -> int:
    """Messages that are about to be refunded, and then the ledger that pays for it."""
    with contextlib.suppress(psycopg.errors.DeadlockDetected), ground.connect() as session:
        session.execute(
            "SELECT 1 FROM messaging_message WHERE state = 'sent' ORDER BY id LIMIT 100 FOR UPDATE"
        )
        pause(0.3)
        session.execute(
            "SELECT 1 FROM billing_ledgerhead WHERE account_id = %s FOR UPDATE",
            [ground.rich["account_id"]],
        )
        session.rollback()
        return 0
    return 1


@row("F28", "every connection of PostgreSQL taken for 10 s, the gateway killed meanwhile", runs=2)
def exhaust_connections(stage: Stage) -> None:
    with stage.load(per_second=60):
        for _run in stage.strikes(1, 2):
            with contextlib.ExitStack() as held:
                stage.ground.signal("gateway", signal.SIGKILL)
                deadline = time.monotonic() + EXHAUSTED_SECONDS
                while time.monotonic() < deadline:
                    with contextlib.suppress(psycopg.OperationalError):
                        held.enter_context(contextlib.closing(stage.ground.connect()))
            stage.flows_again()
