"""Run inside an installation: so many who ask for one message each, all at once.

`python -m tests.flows.crowd view 20 <key> <body>` prints how many were accepted. `view` asks the
REST view in Django, `task` the service, as a task of the queue does.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import django

from smsplatform.platform import environment


def through_the_view(key: str, body: str) -> bool:
    from django.test import Client

    answer = Client(HTTP_HOST="127.0.0.1").post(
        "/api/v1/messages",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    return answer.status_code == 202


def as_a_task(key: str, body: str) -> bool:
    from accounts.services import keys
    from messaging import access
    from messaging.services import acceptance
    from messaging.services.acceptance import Accepted

    facts = keys.find(key)
    assert facts is not None
    asked = access.parse(
        body=body.encode(), content_type="application/json", idempotency_key="", key=facts
    )
    return isinstance(acceptance.accept([asked])[0], Accepted)


WAYS = {"view": through_the_view, "task": as_a_task}


def main(way: str, count: str, key: str, body: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")
    environment.load()
    django.setup()
    from django.db import connections

    start = Barrier(int(count))

    def ask(_number: int) -> bool:
        try:
            start.wait()
            return WAYS[way](key, body)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(int(count)) as pool:
        print(sum(pool.map(ask, range(int(count)))))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(*sys.argv[1:])
