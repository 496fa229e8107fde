"""Frequency caps: exact windows, counted at acceptance, told with the time at which they end."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Batch, CapExemption, FrequencyCap, Message, NumberDay
from messaging.services import acceptance, packs
from messaging.services.acceptance import Accepted
from smsplatform.core import clock, partitions, remember
from templates_app.models import MessageClass
from tests import world
from tests.messaging.test_acceptance import ask, code_to

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 4, 0, 0, tzinfo=UTC)  # 12:00 in Shanghai
CODE, NOTICE = MessageClass.VERIFICATION, MessageClass.NOTICE


@pytest.fixture
def at():
    """Sets the clock."""

    def move(instant):
        clock.use(lambda: instant)
        remember.forget()
        return instant

    partitions.make_all_ahead(now=NOON)
    move(NOON)
    yield move
    clock.use(None)
    remember.forget()


@pytest.fixture
def customer(at):
    world.make_prices()
    world.make_carrier()
    return world.make_customer()


def cap(per, window, most, message_class=CODE, **more):
    remember.forget()
    return FrequencyCap.objects.create(
        **{"country": "CN", "message_class": message_class, "per": per, "window": window}
        | {"most": most}
        | more
    )


def send(customer, **more):
    return acceptance.accept([code_to(customer, **more)])[0]


def passes(customer, **more):
    return isinstance(send(customer, **more), Accepted)


def test_a_full_cap_refuses_charges_nothing_and_says_which_and_until_when(customer, at):
    cap("signature", "minute", 1)
    at(NOON + timedelta(seconds=20))
    assert passes(customer)
    balance = customer.balance()

    refusal = send(customer)

    assert (refusal.code, refusal.status) == ("frequency_capped", 429)
    assert refusal.headers["Retry-After"] == "40"
    [error] = refusal.errors
    assert (error.field, error.facts["cap"], error.facts["most"]) == ("to", "signature", 1)
    assert error.facts["retry_at"] == "2026-11-23T04:01:00Z"
    assert "clock minute" in error.sentence()
    assert customer.balance() == balance
    assert Message.objects.count() == Batch.objects.count() == 1


def test_a_minute_is_the_clocks(customer, at):
    cap("signature", "minute", 1)
    at(NOON + timedelta(seconds=59, milliseconds=999))
    assert passes(customer)
    assert not passes(customer)

    at(NOON + timedelta(seconds=60))

    assert passes(customer)


def test_an_hour_is_that_of_the_caps_zone(customer, at):
    cap("signature", "hour", 1, zone="Asia/Kolkata")  # half an hour off
    at(NOON + timedelta(minutes=29, seconds=59))
    assert passes(customer)
    at(NOON + timedelta(minutes=30))
    assert passes(customer)
    at(NOON + timedelta(minutes=89, seconds=59))
    assert not passes(customer)


def test_a_day_slides_and_is_over_to_the_millisecond(customer, at):
    cap("signature", "day", 2)
    for seconds in (0, 10):
        at(NOON + timedelta(seconds=seconds))
        assert passes(customer)

    at(NOON + timedelta(days=1, milliseconds=-1))
    refusal = send(customer)
    assert refusal.errors[0].facts["retry_at"] == "2026-11-24T04:00:00Z"

    at(NOON + timedelta(days=1))
    assert passes(customer)
    assert not passes(customer)
    at(NOON + timedelta(days=1, seconds=10))
    assert passes(customer)


def test_another_signature_class_or_number_has_a_count_of_its_own(customer):
    cap("signature", "day", 1)
    world.make_signature(customer.account, "Other")
    world.make_template(customer.account, "order", message_class=NOTICE)
    remember.forget()

    assert passes(customer, signature="Acme")
    assert passes(customer, signature="Other")
    assert passes(customer, signature="Acme", to="13800138001")
    notice = ask(
        customer, to="13800138000", template="order", params={"code": "1234"}, signature="Acme"
    )
    assert isinstance(acceptance.accept([notice])[0], Accepted)
    assert not passes(customer, signature="Acme")


def test_a_template_cap_counts_a_template_with_a_signature(customer):
    cap("template", "day", 1)
    world.make_template(customer.account, "second_code")
    remember.forget()
    again = ask(customer, to="13800138000", template="second_code", params={"code": "1234"})

    assert passes(customer)
    assert isinstance(acceptance.accept([again])[0], Accepted)
    assert not passes(customer)


def test_a_platform_cap_counts_all_customers_across_midnight(customer, at):
    cap("platform", "day", 2)
    other = world.make_customer("Other Ltd")
    at(datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC))
    assert passes(customer)
    at(datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC))
    assert passes(other)

    assert not passes(customer)
    assert not passes(other)
    assert passes(customer, to="13800138001")
    at(datetime(2026, 11, 25, 0, 0, 0, tzinfo=UTC))
    assert passes(other)


def test_the_rows_of_one_request_count_for_each_other(customer):
    cap("signature", "day", 2)
    numbers = ["13800138000", "13800138001", "13800138000", "13800138000", "12"]

    outcome = send(customer, to=numbers)

    assert [message.position for message in outcome.messages] == [0, 1, 2]
    assert [(one.index, one.problem.code) for one in outcome.rejected] == [
        (3, "frequency_capped"),
        (4, "number_invalid"),
    ]
    batch = Batch.objects.get()
    assert (batch.count, batch.parts) == (3, 3)
    assert batch.last_id == outcome.messages[-1].id
    assert customer.balance() == 100_000_000 - 3 * world.CODE_PRICE_MICROS


def test_the_requests_of_one_group_count_for_each_other(customer):
    cap("signature", "day", 2)
    cap("platform", "day", 3)

    outcomes = acceptance.accept([code_to(customer) for _count in range(4)])

    assert [isinstance(one, Accepted) for one in outcomes] == [True, True, False, False]


def test_what_could_not_be_paid_is_not_counted(customer):
    cap("signature", "day", 1)
    cap("platform", "day", 1)
    poor = world.make_customer("Poor", balance="0.01")

    outcomes = acceptance.accept([code_to(poor), code_to(customer)])

    assert outcomes[0].code == "insufficient_balance"
    assert isinstance(outcomes[1], Accepted)


def test_a_retry_with_its_key_is_answered_as_before_and_not_counted(customer):
    cap("signature", "minute", 1)
    first = send(customer, idempotency_key="k")

    again = send(customer, idempotency_key="k")

    assert again.is_replayed
    assert again.messages[0].id == first.messages[0].id


def test_an_accounts_own_cap_replaces_the_general_one(customer):
    cap("signature", "day", 1)
    cap("signature", "day", 2, account=customer.account)
    other = world.make_customer("Other Ltd")

    assert [passes(customer) for _count in range(3)] == [True, True, False]
    assert [passes(other) for _count in range(2)] == [True, False]


def test_an_inactive_cap_of_an_account_lifts_the_general_one(customer):
    cap("signature", "day", 1)
    cap("signature", "day", 1, account=customer.account, is_active=False)

    assert [passes(customer) for _count in range(3)] == [True, True, True]


def test_a_number_may_be_exempt(customer):
    cap("signature", "day", 1)
    cap("platform", "day", 1)
    CapExemption.objects.create(account=customer.account, number="+8613800138000")
    other = world.make_customer("Other Ltd")

    assert [passes(customer) for _count in range(3)] == [True, True, True]
    assert [passes(other) for _count in range(2)] == [True, False]


def test_another_country_has_no_chinese_caps(customer):
    cap("signature", "day", 1)

    assert [passes(customer, to="+447400123456") for _count in range(2)] == [True, True]


def test_the_longest_wait_is_told(customer, at):
    cap("signature", "minute", 1)
    cap("signature", "hour", 1)
    assert passes(customer)

    assert send(customer).errors[0].facts["window"] == "clock hour"


def queries_of(customer, *to):
    """What a request costs when all that may be remembered is."""
    send(customer)
    with CaptureQueriesContext(connection) as queries:
        assert passes(customer, to=list(to))
    return len(queries)


def test_caps_cost_no_way_to_the_server_of_their_own(customer):
    without = queries_of(customer, "13800138001", "13800138002")
    cap("signature", "day", 100)
    with_one = queries_of(customer, "13800138003", "13800138004")
    cap("platform", "day", 100)
    with_both = queries_of(customer, "13800138005", "13800138006")

    assert (without, with_one, with_both) == (without,) * 3


def test_the_chinese_pack_is_installed_once_and_not_over_what_staff_decided():
    packs.install()
    FrequencyCap.objects.update(is_active=False)
    packs.install()

    assert FrequencyCap.objects.count() == len(packs.CAPS)
    assert not FrequencyCap.objects.filter(is_active=True).exists()


def test_days_of_numbers_are_dropped_when_no_cap_looks_at_them(customer, at):
    cap("platform", "day", 5)
    assert passes(customer)

    later = NOON + timedelta(days=3)
    partitions.make_all_ahead(now=later)
    dropped = partitions.drop_days_before(
        table="messaging_numberday", before=later - timedelta(days=1)
    )

    assert dropped >= 2
    assert not NumberDay.objects.exists()
    at(later)
    assert passes(customer)
