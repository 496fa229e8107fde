"""Several workers close the same months at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import Error, connections

from billing.models import DocumentNumber, Invoice
from billing.services import invoicing, month_end
from tests.billing.test_invoicing import book
from tests.billing.test_month_end import make

pytestmark = pytest.mark.django_db(transaction=True)
CLOSERS = 4
LEDGERS = 12
OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)
AFTER = datetime(2026, 11, 2, tzinfo=UTC)


def at_once(work):
    """Each in its own thread with its own connection, all let go together."""
    start = threading.Barrier(CLOSERS)

    def run(number):
        try:
            start.wait()
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLOSERS) as threads:
        return list(threads.map(run, range(CLOSERS)))


def test_racing_closers_leave_no_gap_and_close_nothing_twice():
    for number in range(LEDGERS):
        book(make("UTC", name=str(number)), now=OCTOBER)

    made = at_once(lambda _number: month_end.close_ended(now=AFTER))

    assert sum(made) == LEDGERS
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == list(range(1, LEDGERS + 1))
    assert Invoice.objects.values("account").distinct().count() == LEDGERS


def test_a_connection_that_dies_with_a_number_gives_it_back(monkeypatch):
    """The backend ends after the number was taken: what it held is free for the next one."""
    book(make("UTC"), now=OCTOBER)
    with monkeypatch.context() as broken:
        broken.setattr(invoicing, "_store", _die)
        with pytest.raises(Error):
            month_end.close_ended(now=AFTER)
    connections.close_all()

    assert month_end.close_ended(now=AFTER) == 1
    assert DocumentNumber.objects.get(series="invoice").last == 1
    assert Invoice.objects.get().number == 1


def _die(*_args):
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
