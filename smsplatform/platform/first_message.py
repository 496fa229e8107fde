"""Sends one message as a customer would, and prints its life as it happens.

Plain HTTP and nothing of Django, so that it starts at once. Run by the supervisor after the start:
`python -m smsplatform.platform.first_message var/demo.json`.
"""

import http.client
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

NUMBER = "+8613800138000"
SINK = "demo"
PATIENCE_SECONDS = 45.0
PAUSE_SECONDS = 0.1
FINAL = ("delivered", "undelivered", "failed", "expired", "cancelled", "rejected", "no_receipt")

Document = dict[str, Any]


class Unlucky(Exception):
    """The sentence for whoever watches."""


class Caller:
    def __init__(self, base_url: str, key: str = "") -> None:
        parts = urlsplit(base_url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **query: str) -> Document:
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, document: Document) -> Document:
        return self._ask("POST", path, json.dumps(document))

    def _ask(self, method: str, path: str, body: str | None = None) -> Document:
        headers = {**self._headers, "Content-Type": "application/json"}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            told = text.decode(errors="replace")[:300]
            raise Unlucky(f"{method} {path} was answered {answer.status}: {told}")
        document: Document = json.loads(text)
        return document


def body(facts: Document) -> Document:
    """What the curl line of the banner sends, too."""
    return {"to": NUMBER, "template": facts["template"]["code"]} | {
        "params": facts["template"]["params"]
    }


def live(facts: Document) -> None:
    api = Caller(facts["base_url"], facts["api_key"])
    sink = Caller(f"http://127.0.0.1:{facts['simulator']['http_port']}")
    seen = int(sink.get(f"/webhooks/{SINK}", limit="1")["next"])
    before = _amount(api.get("/api/v1/balance")["balance"])
    accepted = api.post("/api/v1/messages", body(facts))["messages"][0]
    after = _amount(api.get("/api/v1/balance")["balance"])
    message = _follow(api, accepted, f"price {_amount(accepted['price'])}")
    webhook = _webhook(sink, seen, accepted["id"])
    answered = f"the customer's end answered {webhook['answered']}"
    _say(webhook["time"], "told", f"{answered}, signature {webhook['signature']}")
    _say(time.time(), "paid", f"balance {before} before, {after} after")
    if message["state"] != "delivered":
        raise Unlucky(f"It ended as {message['state']}: {message['reason']}")


def _follow(api: Caller, accepted: Document, price: str) -> Document:
    """Until its end; each instant is told once, as soon as it is known."""
    told: set[str] = set()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        message = api.get(f"/api/v1/messages/{accepted['id']}")
        size = f"{message['parts']} part"
        known = [
            ("accepted", message["accepted_at"], f"{message['to']}, {size}, {price}"),
            ("sent", message["sent_at"], "to the simulated carrier, over SMPP"),
            (message["state"], message["finished_at"], "the carrier's receipt"),
        ]
        for word, instant, text in known:
            if instant and word not in told:
                told.add(word)
                _say(_seconds(instant), word, text)
        if message["state"] in FINAL:
            return message
        time.sleep(PAUSE_SECONDS)
    raise Unlucky(f"It did not end within {PATIENCE_SECONDS:g} s; see the logs.")


def _webhook(sink: Caller, after: int, message_id: str) -> Document:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        page = sink.get(f"/webhooks/{SINK}", after=str(after))
        after = page["next"]
        found = [one for one in page["requests"] if message_id in one["body"]]
        if found:
            return dict(found[-1])
        time.sleep(PAUSE_SECONDS)
    raise Unlucky("Its webhook did not arrive; see the gateway's log.")


def _amount(money: Document) -> str:
    return f"{money['amount']} {money['currency']}"


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def _say(seconds: float, word: str, text: str) -> None:
    instant = datetime.fromtimestamp(seconds, UTC).astimezone()
    sys.stdout.write(f"{instant:%H:%M:%S.%f}"[:12] + f"  {word:<11} {text}\n")
    sys.stdout.flush()


def main(path: Path) -> int:
    try:
        live(json.loads(path.read_text()))
    except (Unlucky, OSError, http.client.HTTPException) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
