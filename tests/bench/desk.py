"""The review desk with a thousand submissions: how long a reviewer waits for the queue, for a page,
and for the next one after a decision. Each is asked as a browser asks, by one reviewer."""

import http.client
import re
import time
from urllib.parse import urlencode

from tests.bench.board import Board, Line, say
from tests.bench.desk_seed import SUBMISSIONS
from tests.bench.stack import Stack

QUEUE = "/staff/core/item/"
TIMES = 40
# Templates and caches are warm for everybody but the first reviewer of a day.
WARM_TIMES = 5
MOST_MS = 300.0


class Desk(Stack):
    def fill(self) -> None:
        self.cookies = self.seed("tests.bench.desk_seed")


def measure(*, runs: int, board: Board) -> None:
    say(f"\n(desk) {SUBMISSIONS:,} submissions wait, one reviewer")
    found = [_run() for _run_again in range(runs)]
    for place, (name, most) in enumerate(
        (("p95 of opening the queue", MOST_MS), ("p95 of a decision and the next page", None))
    ):
        values = [one[place] for one in found]
        board.add(Line("desk", name, values, "ms", at_most=most))


def _run() -> tuple[float, float]:
    with Desk() as desk:
        reviewer = Reviewer(desk)
        opened = [reviewer.open_queue() for _time in range(WARM_TIMES + TIMES)]
        decided = [reviewer.approve_next() for _time in range(WARM_TIMES + TIMES)]
    return _p95(opened[WARM_TIMES:]), _p95(decided[WARM_TIMES:])


def _p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)] * 1000


class Reviewer:
    def __init__(self, desk: Desk) -> None:
        self._to = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)
        self._origin = f"http://127.0.0.1:{desk.port}"
        self._cookies = dict(desk.cookies)
        self._page = ""

    def open_queue(self) -> float:
        seconds, _location, html = self._ask("GET", QUEUE)
        self._page = f"{QUEUE}{_first(html)}/change/"
        return seconds

    def approve_next(self) -> float:
        """From the key to the next submission's page."""
        _seconds, _location, html = self._ask("GET", self._page)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', html)
        assert token
        form = {"decision": "approved", "csrfmiddlewaretoken": token[1]}
        decided, self._page, _html = self._ask(
            "POST", self._page.replace("/change/", "/decide/"), urlencode(form)
        )
        shown, _location, _html = self._ask("GET", self._page)
        return decided + shown

    def _ask(self, method: str, path: str, body: str = "") -> tuple[float, str, str]:
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Origin": self._origin,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        started = time.perf_counter()
        self._to.request(method, path, body or None, headers)
        answer = self._to.getresponse()
        html = answer.read().decode()
        seconds = time.perf_counter() - started
        assert answer.status in (200, 302), (answer.status, path, html[:500])
        for cookie in answer.headers.get_all("Set-Cookie", ()):
            name, _equals, rest = cookie.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        return seconds, answer.headers.get("Location", ""), html


def _first(html: str) -> str:
    found = re.search(rf"{QUEUE}(\d+)/change/", html)
    assert found, html[:2000]
    return found[1]
