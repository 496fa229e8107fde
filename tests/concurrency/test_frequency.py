"""Caps are exact however many ask at once, through whichever door."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from messaging.models import FrequencyCap, Message
from messaging.services import acceptance, frequency
from smsplatform.core import remember
from tests import world
from tests.concurrency.test_acceptance import request
from tests.messaging import doors
from tests.messaging.doors import Ask

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "13800138000"
BODY = {"to": NUMBER, "template": "login_code", "params": {"code": "123456"}}


@pytest.fixture
def customer(transactional_db, monkeypatch):
    # A crowd on a busy machine is no ledger that somebody holds.
    monkeypatch.setattr(acceptance, "_LOCK_SECONDS", 60)
    world.make_prices()
    world.make_carrier()
    return world.make_customer()


def cap(per, most):
    FrequencyCap.objects.create(
        country="CN", message_class="verification", per=per, window="day", most=most
    )
    remember.forget()


def at_once(works):
    """Each in its own thread with its own connection, all let go together."""
    start = threading.Barrier(len(works))

    def run(work):
        try:
            start.wait()
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def codes(outcomes):
    return Counter(getattr(outcome, "code", "accepted") for outcome in outcomes)


def test_a_hundred_through_every_door_cannot_pass_a_cap(customer):
    cap("signature", 10)
    ask = Ask(json.dumps(BODY).encode(), {**customer.bearer, "Content-Type": "application/json"})

    def directly():
        return getattr(acceptance.accept([request(customer)])[0], "status", 202)

    with doors.asgi_server() as server:
        works = [lambda: [reply.status for reply in server.all_at_once([ask] * 60)]]
        works += [lambda: [doors.through_django(ask).status] for _count in range(20)]
        works += [lambda: [directly()] for _count in range(20)]
        statuses = Counter(status for told in at_once(works) for status in told)

    assert statuses == {202: 10, 429: 90}
    assert Message.objects.count() == 10


def test_a_group_that_is_too_large_is_cut_at_the_cap(customer):
    cap("signature", 10)
    works = [
        lambda: acceptance.accept([request(customer) for _count in range(6)]) for _count in range(4)
    ]

    outcomes = [outcome for group in at_once(works) for outcome in group]

    assert codes(outcomes) == {"accepted": 10, "frequency_capped": 14}


def test_customers_together_cannot_pass_the_platforms_cap(customer):
    cap("platform", 10)
    customers = [customer, *(world.make_customer(f"Company {number}") for number in range(7))]
    works = [
        lambda one=one: acceptance.accept([request(one) for _count in range(3)])
        for one in customers
    ]

    outcomes = [outcome for group in at_once(works) for outcome in group]

    assert codes(outcomes) == {"accepted": 10, "frequency_capped": 14}
    assert Message.objects.count() == 10


def test_who_loses_the_race_for_a_numbers_first_row_judges_again(customer, monkeypatch):
    """The row appears between reading and writing."""
    cap("platform", 1)
    other = world.make_customer("Other Ltd")
    asked = request(other)
    admit = frequency.Counters.admit

    def late(counters, *args):
        monkeypatch.setattr(frequency.Counters, "admit", admit)
        at_once([lambda: acceptance.accept([request(customer)])])
        return admit(counters, *args)

    monkeypatch.setattr(frequency.Counters, "admit", late)

    [outcome] = acceptance.accept([asked])

    assert outcome.code == "frequency_capped"
    assert Message.objects.count() == 1
