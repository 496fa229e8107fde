"""The ledger of a filled month, booked by the real service: a charge for each request, a refund
for each message that is owed one. Chained, balanced, and valid to `manage.py verify`."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from billing.models import Entry
from billing.services import ledger
from messaging.states import NEVER_ACCEPTED, NOT_DELIVERED
from tests.bench.filling import PRICE_MICROS

GROUP = 50_000
_READ = 10_000

_BATCHES = """
    SELECT id, account_id, project_id, parts, count, price_micros, accepted_at
    FROM messaging_batch ORDER BY id
"""
_REFUNDED = """
    SELECT batch_id, id, parts, price_micros, state FROM messaging_message
    WHERE state = ANY(%s) ORDER BY id
"""
_LOST = sorted(str(state) for state in NEVER_ACCEPTED | NOT_DELIVERED)

Owed = tuple[UUID, datetime, ledger.Movement]


def book(wallets: dict[int, int]) -> int:
    """`wallets`: the balance of each account. Returns how many entries were booked."""
    booked = 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Millions of deferred foreign keys would wait in memory for the commit.
            cursor.execute("SET LOCAL session_replication_role = replica")
        movements = _movements(wallets)
        while group := list(itertools.islice(movements, GROUP)):
            books = ledger.open_books(wallets)
            for now, movement in group:
                books.append(movement, now=now)
            books.close()
            booked += len(group)
    return booked


def _movements(wallets: dict[int, int]) -> Iterator[tuple[datetime, ledger.Movement]]:
    refunds = _rows("refunds", _REFUNDED, [_LOST])
    refund = next(refunds, None)
    for batch_id, account_id, project_id, parts, count, price, at in _rows("batches", _BATCHES, []):
        facts: dict[str, Any] = {
            "wallet_id": wallets[account_id],
            "project_id": project_id,
            "message_class": "notice",
            "country": "CN",
            "unit_price_micros": PRICE_MICROS,
        }
        reference = f"batch:{batch_id}"
        yield at, ledger.Movement(
            kind=Entry.Kind.CHARGE.value, amount=-price, reference=reference, parts=parts,
            count=count, **facts,
        )  # fmt: skip
        while refund is not None and refund[0] == batch_id:
            yield at + timedelta(seconds=4), ledger.Movement(
                kind=Entry.Kind.REFUND.value, amount=refund[3], reference=f"message:{refund[1]}",
                parts=refund[2], count=1, actor=refund[4], **facts,
            )  # fmt: skip
            refund = next(refunds, None)


def _rows(name: str, sql: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    """By a cursor of the server's: millions of rows do not fit here at once."""
    with connection.cursor() as cursor:
        cursor.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", values)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(f"FETCH {_READ} FROM {name}")
            rows = cursor.fetchall()
        if not rows:
            return
        yield from rows
