"""Receipts that come twice, too early, in the wrong order, for nobody, or make no sense."""

import contextlib
import functools
import http.client
import json
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from messaging.simulator import log
from tests.faults.ground import Ground, pause
from tests.faults.load import CODE, SMPP, Kind
from tests.faults.stage import Stage, row

FLOOD = 20_000
INBOUND = 300
NONSENSE = (b"", b"{", b"[]", b"null", b'{"id":1}', b'{"id":"x","status":[]}', b"\xff" * 100)


def ending(*digits: str) -> tuple[Kind, ...]:
    """Of either carrier."""
    return tuple(
        Kind(country, "login_code", CODE, ending=each)
        for each in digits
        for country in ("CN", "US")
    )


@row("F50", "receipts three and a hundred times, out of order, contradicting each other", runs=2)
def repeat_receipts(stage: Stage) -> None:
    with stage.load(per_second=40, each=5, kinds=ending("0004", "0009", "0010", "0011")) as load:
        for _run in stage.strikes(2, 3):
            pause(0)
    stage.until(lambda: stage.open_now() == 0, 60, "all end")
    told_once(stage, set(load.accepted))
    # Two callbacks that contradict each other at once may come in either order; a bind has one.
    wrong = stage.ground.ask(
        "SELECT m.number, m.state, string_agg(r.outcome || ' ' || r.effect || ' ' || r.received_at,"
        " ', ' ORDER BY r.id) FROM messaging_message m"
        " JOIN messaging_carrier c ON c.id = m.carrier_id"
        " LEFT JOIN messaging_receipt r ON r.message_id = m.id"
        " WHERE m.id >= %s AND m.state <> 'delivered'"
        " AND (c.kind = 'smpp' OR m.number NOT LIKE '%%0010')"
        " GROUP BY m.number, m.state",
        stage.judge.first_id,
    )
    stage.expect(not wrong, f"{len(wrong)} not as the first final word said: {wrong[:2]}")


def told_once(stage: Stage, accepted: set[str]) -> None:
    """Nothing was hurt, so no webhook had to be repeated."""
    pause(8)  # the last receipts of a hundred
    posts: Counter[str] = Counter()
    place = stage.judge.webhooks_start
    for _offset, line in log.read_lines(stage.ground.var / "simulator" / "webhooks.log", place):
        facts = json.loads(line)
        if facts["name"] == "demo":
            posts[json.loads(facts["body"])["data"]["id"]] += 1
    twice = [one for one in accepted if posts[one] > 1]
    stage.expect(not twice, f"{len(twice)} messages ended more than once")


@row("F51", "receipts before the answer, and after a kill -9 before the answer's commit", runs=3)
def early_receipts(stage: Stage) -> None:
    with stage.load(per_second=60, each=5, kinds=ending("0005")):
        for _run in stage.strikes(1, 2):
            stage.ground.signal("gateway", signal.SIGKILL)
            stage.flows_again()


@row("F52", "20 000 receipts (of 100 000) for ids that nobody knows, under load", runs=1)
def flood(stage: Stage) -> None:
    with stage.load(per_second=60, kinds=SMPP):
        for _run in stage.strikes(1, 1):
            before = stored(stage.ground)
            deliver(stage, what="unknown", times=FLOOD, account="demo")
            stage.flows_again("smpp")
    acknowledged = tally(stage.ground)["acknowledged"]
    # Receipts of the load itself come on top.
    stage.expect(stored(stage.ground) - before >= acknowledged, "acknowledged and not stored")
    stage.ground.ask(
        "UPDATE messaging_receipt SET applied_at = now(), effect = 'unknown'"
        " WHERE raw_id LIKE 'unknown%%'"
    )


def deliver(stage: Stage, strike: Callable[[], Any] | None = None, /, **order: Any) -> None:
    """Until each was acknowledged, refused, or lost with its connection."""
    stage.ground.control(deliver=[order])
    if strike:
        strike()

    def is_over() -> bool:
        it = tally(stage.ground)
        return bool(it["acknowledged"] + it["refused"] + it["lost"] == it["wanted"])

    stage.until(is_over, 180, f"{order['what']} is dealt with")
    it = tally(stage.ground)
    stage.say(
        f"{order['what']}: " + ", ".join(f"{it[name]} {name}" for name in it if name != "what")
    )


def tally(ground: Ground) -> dict[str, Any]:
    """Of the last order."""
    last: dict[str, Any] = ground.simulator("/control")["delivered"][-1]
    return last


def stored(ground: Ground) -> int:
    return int(ground.ask("SELECT count(*) FROM messaging_receipt")[0][0])


@row("F55", "500 receipts that make no sense, by SMPP, and nonsense to the HTTP callback", runs=2)
def malformed(stage: Stage) -> None:
    ground = stage.ground
    with stage.load(per_second=60):
        for _run in stage.strikes(1, 2):
            pid = ground.main_process("gateway")
            deliver(stage, what="malformed", account="demo")
            post_nonsense(stage)
            stage.flows_again()
            stage.expect(ground.main_process("gateway") == pid, "the gateway died of nonsense")
    it = tally(ground)
    stage.expect(it["lost"] == 0, f"{it['lost']} ended the session")


def post_nonsense(stage: Stage) -> None:
    submitted, _end = stage.ground.submitted(stage.judge.log_start)
    url = next(one.callback_url for one in submitted if one.callback_url)
    host, _slash, path = url.removeprefix("http://").partition("/")
    for body in NONSENSE:
        with contextlib.closing(http.client.HTTPConnection(host, timeout=10)) as connection:
            connection.request("POST", f"/{path}", body, {"Content-Type": "application/json"})
            code = connection.getresponse().status
            stage.expect(code < 500, f"{code} for {body!r:.40}")


@row("F56", "messages from phones among the receipts, and a kill -9 while they come", runs=2)
def inbound(stage: Stage) -> None:
    """What was not acknowledged comes again: each is stored once, and each word is obeyed."""
    with stage.load(per_second=80, kinds=SMPP):
        for run in stage.strikes(1, 2):
            text = f"您好 {time.time_ns()} {{n}}"
            phones = f"861370{run:03}{{n}}"
            order = {"what": "inbound", "account": "demo", "times": INBOUND, "repeat": True}
            kill = functools.partial(stage.ground.signal, "gateway", signal.SIGKILL)
            deliver(stage, kill, **order, **{"from": "8613911112222", "text": text})
            deliver(stage, kill, **order, **{"from": phones, "text": "TD"})
            stage.flows_again("smpp")
            heard_once(stage, text.removesuffix("{n}"), f"+{phones.removesuffix('{n}')}")


def heard_once(stage: Stage, text: str, phones: str) -> None:
    stored = stage.ground.ask(
        "SELECT count(*), count(DISTINCT text) FROM messaging_inbound WHERE text LIKE %s",
        f"{text}%",
    )[0]
    stage.expect(stored == (INBOUND, INBOUND), f"{stored} of {INBOUND} messages are stored")
    stopped = stage.ground.ask(
        "SELECT count(*) FROM messaging_suppression WHERE number LIKE %s AND lifted_at IS NULL",
        f"{phones}%",
    )[0][0]
    stage.expect(stopped == INBOUND, f"{stopped} of {INBOUND} words that stop are obeyed")
