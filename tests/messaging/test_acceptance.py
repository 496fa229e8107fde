"""Accepting: what is stored, what is charged, what is refused."""

import json

import pytest
from django.db import connection

from billing.models import Entry, Rate
from messaging import access
from messaging.models import Batch, Due, Message, MessageText
from messaging.services import acceptance
from messaging.services.acceptance import Accepted
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    world.make_prices()
    world.make_carrier()
    return world.make_customer()


def ask(customer, *, idempotency_key="", **body):
    key = access.let_in(
        authorization=customer.bearer["Authorization"], address="127.0.0.1", now=clock.now()
    )
    return access.parse(
        body=json.dumps(body).encode(),
        content_type="application/json",
        idempotency_key=idempotency_key,
        key=key,
    )


def code_to(customer, to="13800138000", **more):
    return ask(customer, to=to, template="login_code", params={"code": "123456"}, **more)


def test_an_accepted_message_is_stored_with_its_text_and_charged_once(customer):
    [outcome] = acceptance.accept([code_to(customer)])

    assert isinstance(outcome, Accepted)
    message = Message.objects.get()
    assert (message.number, message.state, message.parts) == ("+8613800138000", "queued", 1)
    text = MessageText.objects.get(message_id=message.id).text
    assert text == "【Acme】Your code is 123456. It is valid for 5 minutes."
    assert message.price_micros == world.CODE_PRICE_MICROS
    assert customer.balance() == 100_000_000 - world.CODE_PRICE_MICROS
    charge = Entry.objects.get(kind="charge")
    assert (charge.amount, charge.reference) == (-45_000, f"batch:{message.batch_id}")
    assert Due.objects.get().message_id == message.id


def test_a_bad_row_does_not_block_the_good_ones(customer):
    request = ask(customer, to=["13800138000", "12", "+442079460000"], text="hello")

    [outcome] = acceptance.accept([request])

    assert [message.position for message in outcome.messages] == [0]
    assert [(one.index, one.problem.code) for one in outcome.rejected] == [
        (1, "number_invalid"),
        (2, "number_not_mobile"),
    ]
    assert Batch.objects.get().count == 1


def test_a_group_keeps_the_good_requests_when_a_neighbour_is_refused(customer):
    poor = world.make_customer("Poor", balance="0.01")

    outcomes = acceptance.accept([code_to(customer), code_to(poor), code_to(customer)])

    assert [isinstance(one, Accepted) for one in outcomes] == [True, False, True]
    assert outcomes[1].code == "insufficient_balance"
    assert not Message.objects.filter(account=poor.account).exists()
    assert poor.balance() == 10_000


def test_twins_of_one_key_in_one_group_are_accepted_once(customer):
    twins = [code_to(customer, idempotency_key="k1") for _count in range(3)]

    outcomes = acceptance.accept(twins)

    assert {one.batch.id for one in outcomes} == {Batch.objects.get().id}
    assert [one.is_replayed for one in outcomes] == [False, True, True]
    assert customer.balance() == 100_000_000 - world.CODE_PRICE_MICROS


def test_a_repeated_key_is_answered_from_what_was_stored(customer):
    request = ask(customer, to=["13800138000", "12"], text="hello", idempotency_key="k2")
    [first] = acceptance.accept([request])

    [second] = acceptance.accept([request])

    assert second.is_replayed
    assert access.answer(second) == access.answer(first)
    assert Batch.objects.count() == 1


def test_a_key_with_another_body_is_refused(customer):
    acceptance.accept([code_to(customer, idempotency_key="k3")])

    [outcome] = acceptance.accept([code_to(customer, to="13900139000", idempotency_key="k3")])

    assert isinstance(outcome, DomainError)
    assert outcome.code == "idempotency_key_reused"
    assert Message.objects.count() == 1


def test_the_number_of_queries_does_not_grow_with_the_group(customer, django_assert_num_queries):
    """What was asked within the last second is not asked again."""
    acceptance.accept([code_to(customer)])

    with django_assert_num_queries(10):
        acceptance.accept([code_to(customer) for _count in range(50)])


def test_one_bad_request_in_a_shared_commit_never_harms_its_neighbours(customer):
    """The database itself refuses: the group is retried by halves until the bad one is alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE messaging_message ADD CONSTRAINT planted CHECK (reference <> 'poison')"
        )
    requests = [code_to(customer, reference=f"r{n}") for n in range(7)]
    requests[4] = code_to(customer, reference="poison")

    outcomes = acceptance.accept(requests)

    assert [isinstance(one, Accepted) for one in outcomes] == [True] * 4 + [False] + [True] * 2
    assert outcomes[4].status == 500
    assert Message.objects.count() == 6
    assert customer.balance() == 100_000_000 - 6 * world.CODE_PRICE_MICROS


def test_a_message_and_its_charge_keep_the_row_that_made_their_price(customer):
    acceptance.accept([code_to(customer)])

    rate = Rate.objects.get(country="CN")
    assert Message.objects.get().rate_id == rate.pk
    assert Entry.objects.get(kind="charge").rate_id == rate.pk
