"""Customers who repeat, hang up, storm, crowd each other out, race, and listen badly."""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.faults.ground import Ground
from tests.faults.load import CODE, SALE, Kind
from tests.faults.stage import Stage, row

TOGETHER = 50
STORM_THREADS = 60
BULK = 12_000
URGENT_SECONDS = 2.0
OTHERS_SECONDS = 5.0
CODES = (Kind("CN", "login_code", CODE),)


def post(
    ground: Ground, path: str, body: object = None, key: str = "", api_key: str = ""
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {api_key or ground.facts['api_key']}"}
    headers |= {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    address = ground.facts["base_url"].removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(address, timeout=30)) as connection:
        connection.request("POST", path, json.dumps(body or {}), headers)
        answer = connection.getresponse()
        text = answer.read()
    return answer.status, json.loads(text) if text else {}


def code_to(*to: str) -> dict[str, Any]:
    return {"to": list(to), "template": "login_code", "params": CODE}


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """All at the same moment."""
    barrier, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        barrier.wait()
        answers[place] = call()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@row("F70", "one idempotency key: 50 at once, then another body, then another customer", runs=10)
def one_key(stage: Stage) -> None:
    ground = stage.ground
    stranger = ground.tell(f'other("Stranger {time.time_ns()}")')
    for run in stage.strikes(0, 0):
        key, body = f"storm-{time.time_ns()}", code_to(*ground.numbers("CN", 2))
        answers = together(
            [lambda: post(ground, "/api/v1/messages", body, key)] * TOGETHER  # noqa: B023
        )
        judge_twins(stage, answers)
        status, _ = post(ground, "/api/v1/messages", code_to(*ground.numbers("CN", 1)), key)
        stage.expect(status == 422, f"the same key with another body: {status}")
        theirs = code_to(*ground.numbers("CN", 1))
        status, told = post(ground, "/api/v1/messages", theirs, key, stranger["api_key"])
        stage.expect(status == 202, f"another customer's key, run {run}: {status}")
        stage.accept(told)


def judge_twins(stage: Stage, answers: Iterable[tuple[int, dict[str, Any]]]) -> None:
    said = Counter(status for status, _body in answers)
    ids = {one["id"] for status, body in answers if status == 202 for one in body["messages"]}
    stage.expect(said.keys() <= {202, 409} and said[202], f"answers to twins: {dict(said)}")
    stage.expect(len(ids) == 2, f"{len(ids)} messages of one request for two")
    for status, body in answers:
        if status == 202:
            stage.accept(body)


@row("F71", "clients that hang up while we commit, and ask again with their key", runs=50)
def hang_up(stage: Stage) -> None:
    ground = stage.ground
    host, _colon, port = ground.facts["base_url"].removeprefix("http://").partition(":")
    for run in stage.strikes(0, 0):
        body, key = code_to(*ground.numbers("CN", 1)), f"gone-{time.time_ns()}"
        payload = json.dumps(body).encode()
        head = (
            f"POST /api/v1/messages HTTP/1.1\r\nHost: {host}\r\nIdempotency-Key: {key}\r\n"
            f"Authorization: Bearer {ground.facts['api_key']}\r\nContent-Length: {len(payload)}\r\n"
            "Content-Type: application/json\r\n\r\n"
        )
        with socket.create_connection((host, int(port)), 10) as client:
            client.sendall(head.encode() + payload)
            time.sleep(random.uniform(0, 0.03))  # noqa: S311
        status, told = post(ground, "/api/v1/messages", body, key)
        stage.expect(status == 202, f"asked again, run {run}: {status}")
        stage.accept(told)


@row("F72", "a storm of clients without patience while PostgreSQL restarts", runs=2)
def storm(stage: Stage) -> None:
    ground = stage.ground
    stage.limits_api = False  # who storms is refused
    answers: Counter[int] = Counter()
    for _run in stage.strikes(0, 0):
        with stage.load(per_second=40, threads=3):
            ground.signal("gateway", signal.SIGTERM)
            restart = threading.Timer(2, kill_postgres, [ground])
            restart.start()
            storming(stage, answers, time.monotonic() + 10)
            restart.join()
            stage.flows_again()
    stage.say(f"answers to the storm: {dict(answers)}")


def kill_postgres(ground: Ground) -> None:
    os.kill(ground.postmaster(), signal.SIGQUIT)


def storming(stage: Stage, answers: Counter[int], deadline: float) -> None:
    def client() -> None:
        while time.monotonic() < deadline:
            try:
                status, told = post(
                    stage.ground, "/api/v1/messages", code_to(*stage.ground.numbers("CN", 1)),
                    f"storm-{time.time_ns()}-{threading.get_ident()}",
                )  # fmt: skip
            except (OSError, http.client.HTTPException):
                status, told = 0, {}
            answers[status] += 1
            if status == 202:
                stage.accept(told)

    together([client] * STORM_THREADS)


@row("F73", "one customer's 12 000 advertisements before another's codes", runs=1)
def crowd(stage: Stage) -> None:
    ground = stage.ground
    other = ground.tell(f'other("Urgent {time.time_ns()}")')
    bulk = {"to": ground.numbers("CN", BULK // 2), "template": "member_day", "params": SALE}
    for half in (bulk, {**bulk, "to": ground.numbers("CN", BULK // 2)}):
        status, told = post(ground, "/api/v1/messages", half, f"bulk-{time.time_ns()}")
        stage.expect(status == 202, f"the bulk: {status} {str(told)[:200]}")
        stage.accept(told)
    with stage.load(per_second=10, each=1, kinds=CODES, api_key=other["api_key"]) as codes:
        for _run in stage.strikes(15, 15):
            waiting = int(ground.ask("SELECT count(*) FROM messaging_due")[0][0])
            stage.say(f"{waiting} still before them at the end")
    waits = sorted(submit_waits(stage, set(codes.accepted)))
    p95 = waits[int(len(waits) * 0.95)] if waits else 999.0
    stage.say(f"95 of 100 codes were with the carrier within {p95:.2f} s of acceptance")
    if p95 > URGENT_SECONDS:
        stage.say(f"the matrix wants {URGENT_SECONDS:g} s: this machine is shared")


def submit_waits(stage: Stage, ids: set[str]) -> list[float]:
    rows = stage.ground.ask(
        "SELECT extract(epoch FROM a.submitting_at - b.accepted_at)::float"
        " FROM messaging_message m JOIN messaging_batch b ON b.id = m.batch_id"
        " JOIN messaging_attempt a ON a.message_id = m.id AND a.no = 1"
        " WHERE m.id = ANY(%s::uuid[]) AND a.submitting_at IS NOT NULL",
        list(ids),
    )
    return [row[0] for row in rows]


@row("F74", "cancelling races claiming (of 10 000 times)", runs=600)
def cancel(stage: Stage) -> None:
    ground = stage.ground
    answers: Counter[int] = Counter()

    def one(_place: int) -> None:
        told = ground.send(f"cancel-{time.time_ns()}", **code_to(*ground.numbers("CN", 1)))
        stage.accept(told)
        time.sleep(random.uniform(0, 0.02))  # noqa: S311
        answers[post(ground, f"/api/v1/messages/{told['messages'][0]['id']}/cancel")[0]] += 1

    for _group in range(max(1, stage.runs // 20)):
        together([lambda place=place: one(place) for place in range(20)])
    stage.done = sum(answers.values())
    stage.expect(answers.keys() <= {200, 409}, f"answers: {dict(answers)}")
    stage.say(f"{answers[200]} cancelled, {answers[409]} had left")


@row("F75", "requests race for the last credit", runs=10)
def last_credit(stage: Stage) -> None:
    ground = stage.ground
    for _run in stage.strikes(0, 0):
        customer = ground.tell(f'other("Poor {time.time_ns()}", "0.45")')
        numbers = ground.numbers("CN", 30)
        answers = together(
            [
                lambda number=number: post(
                    ground,
                    "/api/v1/messages",
                    code_to(number),
                    "",
                    customer["api_key"],  # noqa: B023
                )
                for number in numbers
            ]
        )
        for status, told in answers:
            if status == 202:
                stage.accept(told)
        said = Counter(status for status, _told in answers)
        stage.expect(dict(said) == {202: 10, 402: 20}, f"credit for ten of thirty: {dict(said)}")


@row("F76", "prices change while messages are accepted", runs=4)
def change_prices(stage: Stage) -> None:
    with stage.load(per_second=120):
        for run in stage.strikes(1, 2):
            for country in ("CN", "US"):
                stage.ground.tell(f'price("{country}", {50_000 + 1000 * run})')
    prices = stage.ground.ask(
        "SELECT count(DISTINCT price_micros) FROM messaging_message WHERE id >= %s"
        " AND message_class = 'verification' AND country = 'CN'",
        stage.judge.first_id,
    )
    stage.expect(prices[0][0] > 1, "no price changed while messages were accepted")
    mixed = stage.ground.ask(
        "SELECT batch_id FROM messaging_message WHERE id >= %s GROUP BY batch_id"
        " HAVING count(DISTINCT price_micros / parts) > 1",
        stage.judge.first_id,
    )
    stage.expect(not mixed, f"one request at two prices: {mixed[:2]}")


# What each hostile endpoint does, by the name of its sink.
HOSTILE: dict[str, dict[str, Any]] = {
    "hangs": {"delay_seconds": 600},
    "drips": {"body": "drip"},
    "endless": {"body": "endless"},
    "broken": {"status": 500},
    "busy": {"status": 429, "headers": {"Retry-After": "7"}},
    "gone": {"status": 410},
    "moved": {"status": 301, "headers": {"Location": "/webhooks/trap"}},
    "trap": {},
}
ELSEWHERE = (
    "https://127.0.0.1:{port}/webhooks/tls",
    "https://no-such-name.invalid/hook",
    "http://127.0.0.1:9/hook",
)


@row("F77", "webhook endpoints that hang, drip, never end, redirect, fail; no DNS, bad TLS", runs=1)
def hostile_endpoints(stage: Stage) -> None:
    ground = stage.ground
    port = ground.facts["simulator"]["http_port"]
    ground.control(sinks=HOSTILE)
    urls = [f"http://127.0.0.1:{port}/webhooks/{name}" for name in HOSTILE if name != "trap"]
    urls += [url.format(port=port) for url in ELSEWHERE]
    account = ground.rich["account_id"]
    made = [ground.tell(f'endpoint({account}, "{url}")')["id"] for url in urls]
    try:
        with stage.load(per_second=60):
            for _run in stage.strikes(20, 20):
                stage.flows_again()
        judge_endpoints(stage, account)
    finally:
        ground.ask(
            "UPDATE accounts_webhookendpoint SET disabled_at = now()"
            " WHERE disabled_at IS NULL AND id = ANY(%s)",
            made,
        )


def judge_endpoints(stage: Stage, account: int) -> None:
    ground = stage.ground
    stage.until(lambda: stage.open_now() == 0, 60, "all end")
    trapped = ground.simulator("/webhooks/trap?after=0")["requests"]
    stage.expect(not trapped, "a redirect was followed")
    gone = ground.ask(
        "SELECT disabled_at IS NOT NULL FROM accounts_webhookendpoint WHERE url LIKE '%%/gone'"
        " AND account_id = %s",
        account,
    )
    stage.expect(gone == [(True,)], "410 does not end an endpoint")
    delays = sorted(delays_of_the_good_one(stage))
    worst = delays[-1] if delays else 999.0
    stage.say(f"the good endpoint was told within {worst:.1f} s, each of {len(delays)} times")
    stage.expect(worst <= OTHERS_SECONDS, f"bad endpoints delay a good one: {worst:.1f} s")


def delays_of_the_good_one(stage: Stage) -> list[float]:
    """From the end of a message to the commit that says that the endpoint was told."""
    rows = stage.ground.ask(
        "SELECT extract(epoch FROM d.finished_at - d.created_at)::float"
        " FROM accounts_webhookdelivery d JOIN accounts_webhookendpoint e ON e.id = d.endpoint_id"
        " WHERE e.url LIKE '%%/webhooks/demo' AND d.finished_at IS NOT NULL"
        " AND d.subject_id >= %s",
        stage.judge.first_id,
    )
    return [row[0] for row in rows]
