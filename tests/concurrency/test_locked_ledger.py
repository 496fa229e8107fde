"""Somebody holds one customer's ledger: that customer is told so, and nobody else waits for it."""

import contextlib
import threading

import pytest
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from billing.models import Entry
from billing.services import ledger
from messaging.models import Message
from messaging.services import acceptance
from messaging.services.acceptance import Accepted, NotAccepted
from tests import world
from tests.concurrency.test_acceptance import request

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customers(transactional_db, monkeypatch):
    monkeypatch.setattr(acceptance, "_LOCK_SECONDS", 0.2)
    world.make_prices()
    world.make_carrier()
    return [world.make_customer(name) for name in ("Held", "Free")]


@contextlib.contextmanager
def held(customer):
    """By a session of its own, until the end of the block."""
    is_held, may_end = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            ledger.open_books([customer.account.pk])
            is_held.set()
            may_end.wait(30)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert is_held.wait(10)
        yield
    finally:
        may_end.set()
        thread.join()


def test_a_held_ledger_costs_its_customer_a_503_and_its_neighbours_nothing(customers):
    locked, neighbour = customers
    group = [request(locked), request(neighbour), request(locked), request(neighbour)]
    with held(locked):
        outcomes = acceptance.accept(group)

    assert [type(outcome) for outcome in outcomes] == [NotAccepted, Accepted] * 2
    assert Message.objects.count() == 2
    assert Entry.objects.filter(kind="charge", account=locked.account).count() == 0


def test_a_ledger_that_was_let_go_accepts_again(customers):
    locked, _neighbour = customers
    with held(locked):
        acceptance.accept([request(locked)])

    [outcome] = acceptance.accept([request(locked)])

    assert isinstance(outcome, Accepted)


def test_which_ledgers_are_free_is_told_without_waiting(customers):
    locked, neighbour = customers
    nobody = 10**9
    with held(locked):
        wanted = [locked.account.pk, neighbour.account.pk, nobody]
        assert ledger.free(wanted) == {neighbour.account.pk, nobody}


def test_whoever_else_waits_makes_nobody_wait_longer(customers):
    """Two web processes ask for the same ledger: the second does not wait twice."""
    locked, _neighbour = customers
    outcomes, refused_by = [], []

    def ask():
        try:
            outcomes.extend(acceptance.accept([request(locked)]))
        finally:
            connection.close()

    def watch(execute, sql, params, many, context):
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            refused_by.append(type(error.__cause__))
            raise

    with held(locked):
        first = threading.Thread(target=ask)
        first.start()
        with connection.execute_wrapper(watch):
            outcomes += acceptance.accept([request(locked)])
        first.join()

    assert [type(outcome) for outcome in outcomes] == [NotAccepted] * 2
    assert refused_by == [QueryCanceled]
