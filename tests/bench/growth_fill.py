"""Prepare a database for the measurement of growth: customers, and a month of their messages.

Run with Django's environment set: `python -m tests.bench.growth_fill ROWS`; 0 rows make the empty
database that the full one is compared with.
"""

import os
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import django

from tests.bench.board import say

CUSTOMERS = 200
LONGEST_SPAN = timedelta(days=21)
TEXTS_KEPT = timedelta(days=3)
TEMPLATE = "bench"


def main(rows: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")
    django.setup()
    from django.core.management import call_command

    from smsplatform.core import clock, partitions

    call_command("migrate", verbosity=0)
    now = clock.now()
    partitions.make_ahead(table="messaging_messagetext", unit="day", now=now - TEXTS_KEPT)
    customers = _customers(now)
    if rows:
        _fill(rows, now, customers)


def _customers(now: datetime) -> list[tuple[Any, ...]]:
    from accounts.models import WebhookEndpoint
    from accounts.services import webhooks
    from tests import world

    world.make_prices()
    found = []
    for number in range(CUSTOMERS):
        customer = world.make_customer(f"Customer {number}", balance="900000000.00")
        template = world.make_template(customer.account, TEMPLATE)
        endpoint = webhooks.create_endpoint(
            account=customer.account, url="https://a.example/", secret="whsec_" + "A" * 43 + "="
        )
        found.append((number, customer, template, endpoint))
    WebhookEndpoint.objects.update(created_at=now - timedelta(days=60))
    return [
        (
            number, customer.account.id, customer.project.id, customer.wallet.id, template.id,
            customer.signature.id, endpoint.id,
        )
        for number, customer, template, endpoint in found
    ]  # fmt: skip


def _fill(rows: int, now: datetime, customers: list[tuple[Any, ...]]) -> None:
    from django.conf import settings
    from django.db import connection

    from reports.services import rollup
    from tests import world
    from tests.bench import filling, growth_ledger

    carrier = world.make_carrier()
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    start = max(month, now - LONGEST_SPAN)
    facts = {
        "customers": CUSTOMERS,
        "carrier": carrier.id,
        "route": carrier.routes.get().id,
        "text_ms": int((now - TEXTS_KEPT).timestamp() * 1000),
    }
    plan = filling.Plan(rows=rows, start=start, end=now - timedelta(minutes=10), facts=facts)
    with _said("messages and what became of them"):
        filling.pipeline(url=os.environ["DATABASE_URL"], plan=plan, customers=customers)
    with _said("the ledger"):
        growth_ledger.book({customer[1]: customer[3] for customer in customers})
    with _said("VACUUM and statistics, as autovacuum would have by now"), connection.cursor() as c:
        c.execute("VACUUM (ANALYZE)")
    with _said("the daily figures of yesterday and today"):
        rollup.rebuild_recent(now=now, days_back=1)
    assert settings.DATABASES


class _said:  # noqa: N801 - reads as a sentence
    """Says what takes how long."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        self.started = time.perf_counter()

    def __exit__(self, *_error: object) -> None:
        say(f"  {self.what}: {time.perf_counter() - self.started:,.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]))
