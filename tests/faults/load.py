"""A customer's load: keyed requests, repeated until they are answered, at an even pace."""

import contextlib
import http.client
import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.faults.ground import Ground

THREADS = 6
TIMEOUT_SECONDS = 15
AGAIN_SECONDS = 0.25
# Whoever is not answered for so long after the end of the load gives up.
PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Kind:
    """One sort of request. China goes by SMPP, the others by HTTP."""

    country: str
    template: str
    params: dict[str, str]
    on_unknown: str = ""
    ending: str = ""

    def body(self, to: list[str]) -> bytes:
        said = {"to": to, "template": self.template, "params": self.params}
        return json.dumps(
            said | ({"on_unknown": self.on_unknown} if self.on_unknown else {})
        ).encode()


CODE = {"code": "482913"}
SHIPPED = {"name": "王小明", "order": "2026-1122", "time": "18:00"}
LONG = {"name": "一位名字很长很长的顾客" * 3, "order": "2" * 35, "time": "2026-11-22 18:00"}
SALE = {"amount": "20", "time": "12-31"}

# Half of it by SMPP, half by HTTP; codes, notices, advertisements; either policy.
MIXED = (
    Kind("CN", "login_code", CODE),
    Kind("US", "login_code", CODE),
    Kind("CN", "order_shipped", SHIPPED),
    Kind("US", "order_shipped", SHIPPED, on_unknown="resend"),
    Kind("CN", "login_code", CODE, on_unknown="fail"),
    Kind("US", "member_day", SALE),
    Kind("CN", "order_shipped", LONG),
    Kind("US", "order_shipped", LONG, on_unknown="fail"),
)
SMPP = tuple(kind for kind in MIXED if kind.country == "CN")
HTTP = tuple(kind for kind in MIXED if kind.country == "US")


@dataclass(frozen=True)
class Call:
    began: float
    ended: float
    status: int  # 0: no answer


@dataclass
class Load:
    """Inside `with` it sends. `accepted`: number by message id, of every 202."""

    ground: Ground
    per_second: float = 100
    each: int = 10
    kinds: tuple[Kind, ...] = MIXED
    api_key: str = ""
    valid_for: int = 0
    threads: int = THREADS
    accepted: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    given_up: int = 0

    def __enter__(self) -> "Load":
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._serial = itertools.count()
        self._next_at = time.monotonic()
        self._name = f"{time.time_ns():x}"
        self._threads = [threading.Thread(target=self._run) for _thread in range(self.threads)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._stopped_at = time.monotonic()
        for thread in self._threads:
            thread.join()

    @property
    def worst_error_seconds(self) -> float:
        """The longest time in which nobody was answered while somebody asked."""
        worst, since = 0.0, None
        for call in sorted(self.calls, key=lambda one: one.ended):
            if call.status == 202:
                worst = max(worst, call.ended - since) if since is not None else worst
                since = None
            else:
                since = call.began if since is None else since
        return worst

    def _run(self) -> None:
        address = self.ground.facts["base_url"].removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=TIMEOUT_SECONDS)
        with contextlib.closing(connection):
            while self._wait_turn():
                with self._lock:
                    serial = next(self._serial)
                    kind = self.kinds[serial % len(self.kinds)]
                    to = self.ground.numbers(kind.country, self.each, kind.ending)
                self._send(connection, f"{self._name}-{serial}", self._body(kind, to))

    def _body(self, kind: Kind, to: list[str]) -> bytes:
        body = kind.body(to)
        if not self.valid_for:
            return body
        return json.dumps(json.loads(body) | {"valid_for": self.valid_for}).encode()

    def _wait_turn(self) -> bool:
        with self._lock:
            turn = self._next_at = max(self._next_at, time.monotonic() - 1) + (
                self.each / self.per_second
            )
        return not self._stopping.wait(max(0.0, turn - time.monotonic()))

    def _send(self, connection: http.client.HTTPConnection, key: str, body: bytes) -> None:
        """The same key and the same bytes, until there is an answer."""
        while True:
            began = time.monotonic()
            status, text = self._post(connection, key, body)
            self.calls.append(Call(began, time.monotonic(), status))
            if status == 202:
                told: dict[str, Any] = json.loads(text)
                self.accepted.update((one["id"], one["to"]) for one in told["messages"])
                return
            if 400 <= status < 500 and status not in (409, 429):
                self.refused.append(text.decode(errors="replace")[:300])
                return
            if self._stopping.is_set() and time.monotonic() > self._stopped_at + PATIENCE_SECONDS:
                self.given_up += 1
                return
            time.sleep(AGAIN_SECONDS)

    def _post(
        self, connection: http.client.HTTPConnection, key: str, body: bytes
    ) -> tuple[int, bytes]:
        headers = {
            "Authorization": f"Bearer {self.api_key or self.ground.facts['api_key']}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            connection.request("POST", "/api/v1/messages", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return 0, b""
