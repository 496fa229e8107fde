"""Carriers that hang up, hang, refuse, throttle, are slow, or say strange things."""

import contextlib
from collections import Counter
from collections.abc import Iterator

from messaging.simulator.spelling import SPELLINGS
from messaging.smpp import status
from tests.faults.ground import Ground, pause
from tests.faults.load import CODE, HTTP, LONG, MIXED, SMPP, Kind
from tests.faults.stage import Stage, row

WINDOW = 50
THROTTLED_SECONDS = 20
DOWN_SECONDS = 75
# Shorter than the time after which an answer counts as missing: 30 s at SMPP binds.
LATE_SECONDS = 33
NOBODY_LISTENS = 9
SINGLE = tuple(kind for kind in MIXED if kind.params is not LONG)
ALL_STATUSES = (*range(1, 0x100), *range(0x400, 0x410))
SMPP_CODES = (Kind("CN", "login_code", CODE),)


@row("F30", "SMPP: reset after k of the window were answered, k = 0 to 50", runs=10)
def reset_in_a_window(stage: Stage) -> None:
    with stage.load(per_second=200, kinds=SMPP, each=20):
        for run in stage.strikes(1, 2):
            skip = round(WINDOW * run / max(1, stage.runs - 1))
            fault = {"act": "close", "carrier": "smpp", "skip": skip, "times": 1}
            stage.ground.control(faults=[{**fault, "keep": bool(run % 2)}])
            pause(1)
            stage.flows_again("smpp")


@row("F31", "SMPP: answers 33 s late in the same session", runs=1)
def answer_late(stage: Stage) -> None:
    fault = {"act": "delay", "carrier": "smpp", "seconds": LATE_SECONDS, "times": 30}
    with stage.load(per_second=40, kinds=SMPP):
        for _run in stage.strikes(1, 1):
            stage.ground.control(faults=[fault])
            pause(5)
    pause(LATE_SECONDS)
    stage.expect(resends(stage) == 0, f"{resends(stage)} resent although the answer came")


def resends(stage: Stage) -> int:
    return int(
        stage.ground.ask(
            "SELECT count(*) FROM messaging_attempt WHERE state = 'superseded'"
            " AND message_id >= %s",
            stage.judge.first_id,
        )[0][0]
    )


@row("F32", "SMPP: a centre that answers one message a second, and gets twenty", runs=1)
def answer_slowly(stage: Stage) -> None:
    stage.ground.control(faults=[{"act": "slow", "carrier": "smpp", "per_second": 1}])
    with stage.load(per_second=20, kinds=SMPP_CODES):
        for _run in stage.strikes(4, 4):
            pause(0)
    stage.until(lambda: stage.open_now() == 0, 150, "it gets through at its own pace")
    stage.expect(resends(stage) == 0, f"{resends(stage)} resent to a slow centre")


@row("F33", "both carriers throttle for 20 s, then take everything", runs=2)
def throttle(stage: Stage) -> None:
    codes = (status.THROTTLED, status.QUEUE_FULL)
    with stage.load(per_second=60):
        for run in stage.strikes(1, 2):
            ends = {"act": "answer", "until": THROTTLED_SECONDS}
            smpp = {**ends, "carrier": "smpp", "status": codes[run % 2]}
            stage.ground.control(faults=[smpp, {**ends, "carrier": "http", "status": 429}])
            pause(THROTTLED_SECONDS)
            stage.flows_again()
    stage.expect(states(stage).keys() <= {"sent", "delivered", "queued", "sending"}, "some failed")


def states(stage: Stage) -> Counter[str]:
    found = stage.ground.ask(
        "SELECT state, count(*) FROM messaging_message WHERE id >= %s GROUP BY state",
        stage.judge.first_id,
    )
    return Counter(dict(found))


@row("F34", "SMPP: every status 0x01 to 0xFF and 0x400 to 0x40F", runs=1)
def answer_every_status(stage: Stage) -> None:
    ground = stage.ground
    numbers = ground.numbers("CN", len(ALL_STATUSES))
    ground.control(
        faults=[
            {"act": "answer", "carrier": "smpp", "to": number[-8:], "status": code}
            | ({"times": 2} if code in (status.THROTTLED, status.QUEUE_FULL) else {})
            for number, code in zip(numbers, ALL_STATUSES, strict=True)
        ]
    )
    accepted = ground.send("every-status", to=numbers, template="login_code", params=CODE)
    stage.accept(accepted)
    stage.done = len(ALL_STATUSES)
    stage.until(lambda: stage.open_now() == 0, 150, "each status leads to an end")
    stage.say(f"ended as {dict(states(stage))}")


@row("F35", "ids: empty, repeated, too long, decimal, hexadecimal, zeros, capitals", runs=1)
def spell_ids(stage: Stage) -> None:
    """Of an id that carriers repeat, or that no receipt can name, the receipt may be nobody's."""
    stage.judge.waits_for_receipts = stage.judge.ids_are_plain = False
    for ids in SPELLINGS:
        spell(stage, ids)
    stage.done = len(SPELLINGS)


def spell(stage: Stage, ids: str) -> None:
    ground = stage.ground
    spelling = {"decimal": "hex_answers", "hexadecimal": "decimal_answers"}.get(ids, "alike")
    ground.ask("UPDATE messaging_carrier SET id_spelling = %s", spelling)
    ground.control(ids=ids)
    before = states(stage)["delivered"]
    try:
        with stage.load(per_second=20, kinds=SINGLE, each=5) as load:
            pause(2)
        count = len(load.accepted)
        if ids == "duplicate":
            stage.until(lambda: stage.open_now("sent") == 0, 60, "repeated ids are sent")
        else:
            stage.until(
                lambda: states(stage)["delivered"] - before >= count, 60, f"“{ids}” is delivered"
            )
    finally:
        ground.ask("UPDATE messaging_carrier SET id_spelling = 'alike'")


@row("F36", "SMPP: bind refused, wrong password, bind without an answer, a link that hangs", runs=4)
def hang(stage: Stage) -> None:
    cut = {"act": "close", "carrier": "smpp", "times": 1}
    faults: list[list[dict[str, object]]] = [
        [{"act": "answer", "on": "bind", "status": status.BIND_FAILED, "until": 8}, cut],
        [{"act": "answer", "on": "bind", "status": status.INVALID_PASSWORD, "until": 8}, cut],
        [{"act": "silence", "on": "bind", "until": 8}, cut],
        [{"act": "silence", "on": "link", "until": 40}],
    ]
    with stage.load(per_second=40, kinds=SMPP):
        for run in stage.strikes(2, 3):
            stage.ground.control(faults=faults[run % len(faults)])
            pause(9 if run % len(faults) < 3 else 40)
            stage.flows_again("smpp")


@row("F37", "SMPP: the second part of a long message refused, or never answered", runs=1)
def refuse_a_part(stage: Stage) -> None:
    ground = stage.ground
    numbers = ground.numbers("CN", 40)
    acts = [
        {"act": "answer", "status": status.SYSTEM_ERROR},
        {"act": "answer", "status": status.THROTTLED},
        {"act": "answer", "status": status.INVALID_DESTINATION},
        {"act": "silence", "keep": True},
    ]
    ground.control(
        faults=[
            {**acts[n % 4], "carrier": "smpp", "to": number[-8:], "skip": 1, "times": 1}
            for n, number in enumerate(numbers)
        ]
    )
    stage.accept(ground.send("long", to=numbers, template="order_shipped", params=LONG))
    stage.done = len(numbers)
    stage.until(lambda: stage.open_now() == 0, 60, "each ends")
    stage.judge.whole_once = True


@row("F38", "HTTP: reset, silence, 500, half a body, 404, 429, refused connections", runs=7)
def break_http(stage: Stage) -> None:
    # For seconds, not for a number of times: a carrier that is being tried gets a handful at once,
    # and each of them would be refused for minutes.
    faults: list[dict[str, object]] = [
        {"act": "close"},
        {"act": "close", "keep": False},
        {"act": "silence"},
        {"act": "break", "status": 500},
        {"act": "break"},
        {"act": "answer", "status": 404},
        {"act": "answer", "status": 429},
    ]
    with stage.load(per_second=60, kinds=HTTP):
        for run in stage.strikes(1, 2):
            fault = {**faults[run % len(faults)], "carrier": "http", "until": 3}
            stage.ground.control(faults=[fault])
            pause(3)
            stage.flows_again("http")
        with refused_http(stage.ground):
            pause(8)
        stage.flows_again("http")


@contextlib.contextmanager
def refused_http(ground: Ground) -> Iterator[None]:
    """The simulator's HTTP port is its control's too: the carrier is pointed elsewhere."""
    carrier = ground.carrier("http")
    port = ground.facts["simulator"]["http_port"]
    change = "UPDATE messaging_carrier SET port = %s WHERE id = %s"
    ground.ask(change, NOBODY_LISTENS, carrier)
    try:
        yield
    finally:
        ground.ask(change, port, carrier)


@row("F39", "both carriers down for 75 s: what is valid for 60 s expires, the rest waits", runs=1)
def both_down(stage: Stage) -> None:
    stage.ground.control(faults=[{"act": "close", "on": "listen", "until": DOWN_SECONDS}])
    with refused_http(stage.ground):
        with (
            stage.load(per_second=30, valid_for=60, threads=2) as short,
            stage.load(per_second=30, threads=2) as patient,
        ):
            pause(5)
        pause(DOWN_SECONDS - 5)
    stage.done = 1
    stage.until(lambda: stage.open_now("sent") == 0, 120, "the patient ones go")
    expired = states(stage)["expired"]
    stage.expect(expired == len(short.accepted), f"{expired} of {len(short.accepted)} expired")
    stage.say(f"{len(patient.accepted)} patient ones: {dict(states(stage))}")


@row("F40", "SMPP: up 4 s, down 4 s, for 48 s (of an hour)", runs=6)
def flap(stage: Stage) -> None:
    fault = {"act": "close", "on": "listen", "after": 4, "until": 8, "every": 8}
    stage.ground.control(faults=[fault])
    with stage.load(per_second=60, kinds=SMPP):
        for _run in stage.strikes(8, 8):
            pause(0)
        stage.ground.control(faults=[])
        stage.flows_again("smpp")
    stage.say(f"{resends(stage)} resends")
