"""What the supervisor asks the database about its workers; it must never hang on an answer."""

import dataclasses
from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection

from smsplatform.core import queue
from smsplatform.platform import roster
from smsplatform.platform.children import Child
from smsplatform.platform.errors import PlatformError
from smsplatform.platform.postgres import Postgres
from smsplatform.platform.roster import Roster
from smsplatform.platform.supervisor import Supervisor
from smsplatform.platform.watchdog import Watchdog

REASON = "its queue waits and nothing begins"
LONGEST_QUESTION = "5s"


def watchdog(platform: Supervisor, cluster: str) -> Watchdog:
    return Watchdog(
        oldest_waiting_seconds=lambda: _ask(queue.oldest_waiting_seconds, cluster, None),
        seconds_since_last_start=lambda: _ask(queue.seconds_since_last_start, cluster, 0.0),
        started_at=lambda: platform.started_at(cluster),
        restart=lambda: platform.restart(cluster, REASON),
        limit_seconds=settings.WATCHDOG_SECONDS,
    )


def worker(children: Roster, cluster: str) -> Child:
    """Whoever starts it knows that its former life is over."""

    def prepare() -> None:
        if _ask(queue.take_back, cluster, None) is None:
            raise PlatformError("the database does not answer")

    return dataclasses.replace(children.worker(cluster), prepare=prepare)


def server(platform: Supervisor, postgres: Postgres) -> Child:
    """A cluster of workers survives its database's death, but not always with all its tasks."""
    child = postgres.as_child()

    def prepare() -> None:
        postgres.prepare()
        for cluster in roster.CLUSTERS:
            if platform.started_at(cluster) is not None:
                platform.restart(cluster, "its database went away")

    return dataclasses.replace(child, prepare=prepare)


def _ask(
    question: Callable[[str], float | None], cluster: str, otherwise: float | None
) -> float | None:
    """A database that does not answer says nothing about the worker."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{LONGEST_QUESTION}'")
        return question(cluster)
    except Error:
        connection.close()
        return otherwise
