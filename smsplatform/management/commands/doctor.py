import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, connection

from messaging.models import Carrier, Lease
from messaging.services import leases
from smsplatform import checks
from smsplatform.core import clock, queue
from smsplatform.management import preparing
from smsplatform.platform import roster

LEAST_FREE_BYTES = 2 * 2**30


class Command(BaseCommand):
    help = "Says what runs and what does not. Exit code 1 where something is wrong."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        is_well = True
        for what, question in QUESTIONS.items():
            for problem in _ask(question):
                is_well = False
                self.stdout.write(f"  WRONG  {what}: {problem}")
                break
            else:
                self.stdout.write(f"  ok     {what}")
        if not is_well:
            raise SystemExit(1)


def _ask(question: Callable[[], Iterator[str]]) -> Iterator[str]:
    try:
        yield from question()
    except Error as error:
        yield str(error).strip().splitlines()[0]


def _database() -> Iterator[str]:
    for problem in checks.check_server_keeps_what_it_said(None, databases=["default"]):
        yield problem.msg


def _migrations() -> Iterator[str]:
    if not preparing.is_migrated():
        yield "the database is older than the code; run manage.py migrate"


def _disk() -> Iterator[str]:
    free = shutil.disk_usage(settings.BASE_DIR).free
    if free < LEAST_FREE_BYTES:
        yield f"only {free / 2**30:.1f} GB are free"


def _web() -> Iterator[str]:
    address = f"{settings.WEB_HOST}:{settings.WEB_PORT}"
    if not roster.answers(settings.WEB_HOST, settings.WEB_PORT, "/api/v1/balance"):
        yield f"nobody answers at {address}"


def _workers() -> Iterator[str]:
    for cluster in roster.CLUSTERS:
        waiting = queue.oldest_waiting_seconds(cluster)
        if waiting and waiting > settings.WATCHDOG_SECONDS:
            yield f"a task has waited {waiting:.0f} s in {cluster}"


def _gateway() -> Iterator[str]:
    alive = Lease.objects.filter(heartbeat_at__gt=clock.now() - timedelta(seconds=leases.SECONDS))
    for carrier in Carrier.objects.filter(kind=Carrier.Kind.SMPP, is_active=True):
        if not alive.filter(name=leases.of_carrier(carrier.id)).exists():
            yield f"nobody holds the connection to {carrier.name}"


def _backlog() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM messaging_due"
            " WHERE due_at < clock_timestamp() - interval '2 minutes'"
        )
        count = cursor.fetchone()[0]
    if count:
        yield f"{count} have waited more than two minutes"


def _simulator() -> Iterator[str]:
    port = settings.SIMULATOR_HTTP_PORT
    if settings.DEMO and not roster.answers("127.0.0.1", port, "/control"):
        yield f"nobody answers at 127.0.0.1:{port}"


QUESTIONS = {
    "database": _database,
    "migrations": _migrations,
    "disk": _disk,
    "web": _web,
    "workers": _workers,
    "connections to carriers": _gateway,
    "messages that are due": _backlog,
    "simulator": _simulator,
}
