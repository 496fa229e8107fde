"""A month of a million requests becomes invoices: how long that takes, and in how much memory.

200 customers, one charge for each request and a refund for two in a hundred, booked by the real
service. The months are closed by a process of its own, so that its peak is that of the closing.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import django

from smsplatform.platform import postgres
from tests.bench.board import Board, Line, say
from tests.bench.far_end import DIRECTORY
from tests.bench.processes import ROOT, free_ports
from tests.bench.stack import environment

CHARGES = 1_000_000
CUSTOMERS = 200
REFUND_EVERY = 50
MOST_SECONDS = 120
MOST_MB = 500
GROUP = 50_000
PRICES = {"CN": 45_000, "GB": 285_001, "US": 63_007}
CLASSES = ("verification", "notice", "marketing")
MONTH = datetime(2026, 10, 1, tzinfo=UTC)
AFTER = datetime(2026, 11, 2, tzinfo=UTC)
_STEP = timedelta(days=30) / CHARGES


def measure(*, runs: int, board: Board) -> None:
    say(f"\n(close) {CHARGES:,} charges of {CUSTOMERS} customers become invoices, {runs} runs")
    found = [_run() for _again in range(runs)]
    for name, key, unit, most in (
        ("closing a month", "seconds", "s", MOST_SECONDS),
        ("memory at its peak", "mb", "MB", MOST_MB),
        ("invoices", "invoices", "", None),
    ):
        board.add(Line("close", name, [one[key] for one in found], unit, at_most=most))


def _run() -> dict[str, float]:
    with postgres.temporary(DIRECTORY) as server:
        web, sink = free_ports(2)
        asked = environment(server.url, web=web, sink=sink)
        _python("fill", asked)
        found: dict[str, float] = json.loads(_python("close", asked))
    return found


def _python(deed: str, asked: dict[str, str]) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.closing", deed],
        env=asked, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return ran.stdout


def fill() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    wallets = [_customer(number) for number in range(CUSTOMERS)]
    for first in range(0, CHARGES, GROUP):
        _book(wallets, range(first, first + GROUP))


def _customer(number: int) -> tuple[int, int, int]:
    from accounts.models import Account, Project
    from billing.models import Wallet
    from billing.services import topups

    account = Account.objects.create(name=f"Customer {number}", timezone="UTC")
    project = Project.objects.create(account=account, name="Main")
    topups.credit(
        account=account, amount_micros=10**13, reference=f"topup:{number}", actor="bench", now=MONTH
    )
    return account.pk, project.pk, Wallet.objects.get(account=account).pk


def _book(wallets: list[tuple[int, int, int]], numbers: range) -> None:
    from django.db import transaction

    from billing.services import ledger

    with transaction.atomic():
        books = ledger.open_books([account for account, _project, _wallet in wallets])
        for number in numbers:
            _account, project, wallet = wallets[number % CUSTOMERS]
            for movement in _movements(number, project, wallet):
                books.append(movement, now=MONTH + number * _STEP)
        books.close()


def _movements(number: int, project_id: int, wallet_id: int) -> Iterator[object]:
    from billing.services import ledger

    country = sorted(PRICES)[number // CUSTOMERS % len(PRICES)]
    facts = {
        "wallet_id": wallet_id,
        "project_id": project_id,
        "message_class": CLASSES[number // CUSTOMERS // 3 % len(CLASSES)],
        "country": country,
        "unit_price_micros": PRICES[country],
        "parts": 1,
        "count": 1,
    }
    yield ledger.Movement(
        kind="charge", amount=-PRICES[country], reference=f"batch:{number}", **facts
    )
    if number // CUSTOMERS % REFUND_EVERY == 0:
        yield ledger.Movement(
            kind="refund", amount=PRICES[country], reference=f"message:{number}", **facts
        )


def close() -> None:
    from billing.services import month_end

    started = time.perf_counter()
    invoices = month_end.close_ended(now=AFTER)
    found = {
        "seconds": time.perf_counter() - started,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "invoices": invoices,
    }
    _check(invoices)
    sys.stdout.write(json.dumps(found))


def _check(invoices: int) -> None:
    """Each is its range to the micro, by a sum that asks no invoice line."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM billing_invoice i WHERE i.net_micros <> (
                SELECT -sum(e.amount) FROM billing_entry e
                WHERE e.account_id = i.account_id AND e.seq BETWEEN i.from_seq AND i.to_seq
                  AND e.kind <> 'topup')
            """
        )
        (wrong,) = cursor.fetchone()
    if wrong or invoices != CUSTOMERS:
        raise AssertionError(f"{wrong} of {invoices} invoices are not their ranges")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")
    django.setup()
    {"fill": fill, "close": close}[sys.argv[1]]()
