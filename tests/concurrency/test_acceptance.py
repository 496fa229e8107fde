"""Many at once, and connections that die: what is told is what is so."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections

from billing.models import Entry
from messaging import access
from messaging.models import Batch, Due, IdempotencyKey, Message
from messaging.services import acceptance
from messaging.services.acceptance import Accepted
from smsplatform.core import clock
from tests import world
from tests.messaging import doors
from tests.messaging.doors import Ask

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 10


@pytest.fixture
def customer(transactional_db, monkeypatch):
    # A crowd on a busy machine is no ledger that somebody holds.
    monkeypatch.setattr(acceptance, "_LOCK_SECONDS", 60)
    world.make_prices()
    world.make_carrier()
    return world.make_customer()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(acceptance, "_ASK_EVERY_SECONDS", 0)


def request(customer, *, key="", to="13800138000", **more):
    facts = access.let_in(
        authorization=customer.bearer["Authorization"], address="127.0.0.1", now=clock.now()
    )
    body = {"to": to, "template": "login_code", "params": {"code": "123456"}, **more}
    return access.parse(
        body=json.dumps(body).encode(),
        content_type="application/json",
        idempotency_key=key,
        key=facts,
    )


def in_threads(work, count):
    """Each in its own thread with its own connection, all let go together."""
    start = threading.Barrier(count)

    def run(_number):
        try:
            start.wait()
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_fifty_requests_with_one_key_have_one_effect(customer):
    asked = request(customer, key="once")

    outcomes = in_threads(lambda: acceptance.accept([asked])[0], 50)

    assert Counter(outcome.is_replayed for outcome in outcomes) == {False: 1, True: 49}
    assert len({json.dumps(access.answer(outcome)) for outcome in outcomes}) == 1
    assert (Batch.objects.count(), Message.objects.count()) == (1, 1)
    assert (Due.objects.count(), IdempotencyKey.objects.count()) == (1, 1)
    assert customer.balance() == 100_000_000 - world.CODE_PRICE_MICROS


def test_fifty_requests_with_one_key_through_the_send_door_have_one_effect(customer):
    body = {"to": "13800138000", "template": "login_code", "params": {"code": "123456"}}
    headers = {**customer.bearer, "Content-Type": "application/json", "Idempotency-Key": "once"}

    with doors.asgi_server() as server:
        replies = server.all_at_once([Ask(json.dumps(body).encode(), headers)] * 50)

    assert {reply.status for reply in replies} == {202}
    assert len({json.dumps(reply.json) for reply in replies}) == 1
    assert Message.objects.count() == 1
    assert Entry.objects.filter(kind="charge").count() == 1


def test_one_key_with_two_bodies_is_one_effect_and_a_refusal(customer):
    asked = [request(customer, key="k", to=to) for to in ("13800138000", "13900139000")]

    outcomes = in_threads(lambda: acceptance.accept([asked.pop()])[0], 2)

    told = sorted(getattr(outcome, "code", "accepted") for outcome in outcomes)
    assert told == ["accepted", "idempotency_key_reused"]
    assert Message.objects.count() == 1


def test_two_requests_racing_for_the_last_credit_spend_it_once(customer):
    poor = world.make_customer("Poor", balance="0.045")
    asked = request(poor)

    outcomes = in_threads(lambda: acceptance.accept([asked])[0], 2)

    told = sorted(getattr(outcome, "code", "accepted") for outcome in outcomes)
    assert told == ["accepted", "insufficient_balance"]
    assert poor.balance() == 0
    assert Message.objects.count() == 1


def test_many_racing_for_little_never_spend_more_than_there_is(customer):
    poor = world.make_customer("Poor", balance="0.45")
    asked = [request(poor) for _each in range(3)]

    outcomes = in_threads(lambda: acceptance.accept(asked), THREADS)

    accepted = [one for group in outcomes for one in group if isinstance(one, Accepted)]
    assert (len(accepted), poor.balance()) == (10, 0)
    assert Message.objects.filter(account=poor.account).count() == 10
    assert -sum(Entry.objects.filter(kind="charge").values_list("amount", flat=True)) == 450_000


def test_groups_that_share_accounts_in_any_order_never_deadlock(customer):
    others = [world.make_customer(f"C{n}") for n in range(4)]
    asked = [request(one) for one in others]
    orders = [asked, asked[::-1]] * (THREADS // 2)

    outcomes = in_threads(lambda: acceptance.accept(orders.pop()), THREADS)

    assert all(isinstance(one, Accepted) for group in outcomes for one in group)
    spent = {100_000_000 - one.balance() for one in others}
    assert spent == {THREADS * world.CODE_PRICE_MICROS}


def lose_connection(monkeypatch, *, after_commit, times=1):
    """The next commits are lost on their way out, or only the answer is."""
    commit, lost = connection._commit, []

    def losing():
        if len(lost) == times:
            return commit()
        lost.append(True)
        if after_commit:
            commit()
        connection.connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "_commit", losing)
    return lost


@pytest.mark.usefixtures("impatient")
def test_a_commit_whose_answer_was_lost_is_accepted_once(customer, monkeypatch):
    asked = [request(customer), request(customer, key="k")]
    lost = lose_connection(monkeypatch, after_commit=True)

    outcomes = acceptance.accept(asked)

    assert lost
    assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]
    assert [outcome.is_replayed for outcome in outcomes] == [False, False]
    assert {outcome.batch.id for outcome in outcomes} == set(
        Batch.objects.values_list("id", flat=True)
    )
    assert Message.objects.count() == 2
    assert customer.balance() == 100_000_000 - 2 * world.CODE_PRICE_MICROS
    stored = {str(one.id): one.price_micros for one in Message.objects.all()}
    assert {str(m.id): m.price_micros for one in outcomes for m in one.messages} == stored


@pytest.mark.usefixtures("impatient")
def test_a_commit_that_was_lost_itself_is_tried_again(customer, monkeypatch):
    lose_connection(monkeypatch, after_commit=False)

    [outcome] = acceptance.accept([request(customer)])

    assert isinstance(outcome, Accepted)
    assert Batch.objects.get().id == outcome.batch.id
    assert customer.balance() == 100_000_000 - world.CODE_PRICE_MICROS


@pytest.mark.usefixtures("impatient")
def test_a_lost_answer_says_no_twice_for_who_had_no_money(customer, monkeypatch):
    poor = world.make_customer("Poor", balance="0.01")
    lose_connection(monkeypatch, after_commit=True)

    outcomes = acceptance.accept([request(customer), request(poor)])

    assert isinstance(outcomes[0], Accepted)
    assert outcomes[1].code == "insufficient_balance"
    assert Message.objects.count() == 1


@pytest.mark.usefixtures("impatient")
def test_a_database_that_stays_away_during_commit_leaves_the_outcome_unknown(customer, monkeypatch):
    lose_connection(monkeypatch, after_commit=False, times=1000)

    [outcome] = acceptance.accept([request(customer)])

    assert (outcome.status, outcome.code) == (503, "outcome_unknown")
    assert outcome.headers["Retry-After"]
    monkeypatch.undo()
    assert not Batch.objects.exists()


@pytest.mark.usefixtures("impatient")
def test_a_connection_lost_before_commit_is_tried_again(customer, monkeypatch):
    write, lost = acceptance._write, []

    def losing(*args):
        write(*args)
        if not lost:
            lost.append(True)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(acceptance, "_write", losing)

    [outcome] = acceptance.accept([request(customer)])

    assert lost
    assert isinstance(outcome, Accepted)
    assert Message.objects.count() == 1
    assert customer.balance() == 100_000_000 - world.CODE_PRICE_MICROS


@pytest.mark.usefixtures("impatient")
def test_a_connection_that_is_always_lost_before_commit_is_refused_truthfully(
    customer, monkeypatch
):
    def losing(*_args):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(acceptance, "_write", losing)

    [outcome] = acceptance.accept([request(customer)])

    assert (outcome.status, outcome.code) == (503, "unavailable")
    assert not Batch.objects.exists()
    assert customer.balance() == 100_000_000


def test_a_session_that_was_ended_between_two_requests_is_not_noticed(customer):
    acceptance.accept([request(customer)])
    asked = request(customer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    in_threads(lambda: connection.cursor().execute("SELECT pg_terminate_backend(%s)", [pid]), 1)

    [outcome] = acceptance.accept([asked])

    assert isinstance(outcome, Accepted)


def test_an_error_that_nobody_expected_harms_only_its_own_request(customer, monkeypatch):
    charge = acceptance.charge

    def failing(plan, books, now):
        if plan.request.reference == "poison":
            raise ZeroDivisionError
        charge(plan, books, now)

    monkeypatch.setattr(acceptance, "charge", failing)
    asked = [request(customer, reference=name) for name in ("a", "poison", "b")]

    outcomes = acceptance.accept(asked)

    assert [getattr(one, "status", 202) for one in outcomes] == [202, 500, 202]
    assert customer.balance() == 100_000_000 - 2 * world.CODE_PRICE_MICROS
