"""A cap holds across processes: two that serve the API, the view in Django, and a task."""

import contextlib
import http.client
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.flows import running
from tests.flows.running import ROOT, Running

NUMBER = "+8613900139077"
MOST = 10
# Of the caps that China's pack brings only this one.
ONE_CAP = """
    UPDATE messaging_frequencycap SET most = %s, is_active =
        (country, message_class, per, "window") = ('CN', 'verification', 'signature', 'day')
    RETURNING is_active
"""


def test_a_hundred_clients_of_four_processes_cannot_pass_a_cap() -> None:
    with running.installation(WEB_WORKERS="2") as platform, platform:
        assert (True,) in platform.ask(ONE_CAP, MOST)
        body = json.dumps({"to": NUMBER, "template": "login_code", "params": {"code": "482913"}})

        with ThreadPoolExecutor(3) as pool:
            crowds = [
                pool.submit(over_http, platform, body, 60),
                pool.submit(beside, platform, "view", body),
                pool.submit(beside, platform, "task", body),
            ]
            accepted = [crowd.result() for crowd in crowds]

        stored = platform.ask("SELECT count(*) FROM messaging_message WHERE number = %s", NUMBER)
        assert sum(accepted) == MOST, accepted
        assert stored == [(MOST,)]
        assert platform.manage("verify").returncode == 0


def over_http(platform: Running, body: str, count: int) -> int:
    start = Barrier(count)
    address = platform.facts["base_url"].removeprefix("http://")
    headers = {
        "Authorization": f"Bearer {platform.facts['api_key']}",
        "Content-Type": "application/json",
    }

    def ask(_number: int) -> bool:
        with contextlib.closing(http.client.HTTPConnection(address, timeout=60)) as connection:
            connection.connect()
            start.wait()
            connection.request("POST", "/api/v1/messages", body, headers)
            return connection.getresponse().status == 202

    with ThreadPoolExecutor(count) as pool:
        return sum(pool.map(ask, range(count)))


def beside(platform: Running, way: str, body: str) -> int:
    """In a process of its own, on the same database."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.flows.crowd", way, "20", platform.facts["api_key"], body],
        env=platform.environment, cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout)
