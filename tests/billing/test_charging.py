"""Which wallet pays, what is booked for it, and that it is given back once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from billing.models import Entry
from billing.services import ledger
from billing.services.charging import InsufficientBalance
from tests import world
from tests.billing.purse import (
    NOW,
    PRICE,
    charge,
    code,
    customer,
    entries,
    left,
    package,
    paid_by,
    refund,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return customer()


def test_the_balance_pays_the_price_of_every_part(acme):
    [payment] = charge(acme, code(parts=3))

    assert (payment.wallet_id, payment.price_micros) == (acme.wallet.pk, 3 * PRICE)
    assert acme.balance() == 100_000_000 - 3 * PRICE


def test_a_package_pays_its_parts_and_no_money(acme):
    wallet = package(acme, 10)

    [payment] = charge(acme, code(parts=3))

    assert (payment.wallet_id, payment.price_micros) == (wallet.pk, 0)
    assert left(wallet) == 7
    assert acme.balance() == 100_000_000


def test_the_specific_pays_before_the_general(acme):
    for_all = package(acme, 10)
    for_china = package(acme, 10, country="CN")
    for_codes_in_china = package(acme, 10, country="CN", message_class="verification")

    order = [paid_by(acme, code(parts=10))[0] for _each in range(3)]

    assert order == [for_codes_in_china.pk, for_china.pk, for_all.pk]


def test_a_gift_pays_before_what_was_bought(acme):
    bought = package(acme, 10, days=1)
    gift = package(acme, 10, days=300, is_gift=True)

    assert paid_by(acme, code(parts=10)) == [gift.pk]
    assert paid_by(acme, code(parts=10)) == [bought.pk]


def test_the_earliest_expiry_pays_first_and_no_expiry_last(acme):
    never = package(acme, 10, expires_at=None)
    late = package(acme, 10, days=60)
    early = package(acme, 10, days=5)

    order = [paid_by(acme, code(parts=10))[0] for _each in range(3)]

    assert order == [early.pk, late.pk, never.pk]


def test_a_package_with_fewer_parts_left_is_skipped_and_kept(acme):
    small = package(acme, 2)

    assert paid_by(acme, code(parts=3), code(parts=2)) == [acme.wallet.pk, small.pk]
    assert left(small) == 0


@pytest.mark.parametrize("days", [0, -1])
def test_an_expired_package_is_not_used(acme, days):
    expired = package(acme, 10, days=days)

    assert paid_by(acme, code()) == [acme.wallet.pk]
    assert left(expired) == 10


def test_a_package_for_elsewhere_is_not_used(acme):
    package(acme, 10, country="GB")
    package(acme, 10, message_class="marketing")

    assert paid_by(acme, code()) == [acme.wallet.pk]


def test_a_package_is_used_up_across_the_messages_of_one_request(acme):
    wallet = package(acme, 5)

    payers = paid_by(acme, *[code(parts=2)] * 4)

    assert payers == [wallet.pk, wallet.pk, acme.wallet.pk, acme.wallet.pk]
    assert left(wallet) == 1


def test_the_entries_of_a_request_sum_to_the_prices_of_its_messages(acme):
    package(acme, 3)

    payments = charge(
        acme, code(), code(parts=2), code(parts=4), code(country="GB", price=300_000), code()
    )

    booked = Entry.objects.filter(kind="charge", wallet=acme.wallet)
    assert -sum(entry.amount for entry in booked) == sum(one.price_micros for one in payments)
    assert sum(entry.count for entry in entries("charge")) == 5
    assert sum(entry.parts for entry in entries("charge")) == 9


def test_there_is_one_entry_for_each_wallet_class_country_and_price(acme):
    charge(acme, code(), code(), code(country="GB", price=300_000), code(price=50_000))

    booked = entries("charge")
    assert [(one.country, one.unit_price_micros, one.count) for one in booked] == [
        ("CN", PRICE, 2),
        ("GB", 300_000, 1),
        ("CN", 50_000, 1),
    ]
    assert [one.line for one in booked] == [0, 1, 2]
    assert len({one.reference for one in booked}) == 1


def test_too_little_for_the_whole_request_books_nothing(acme):
    wallet = package(acme, 1)
    dear = code(price=60_000_000)

    with pytest.raises(InsufficientBalance) as refusal:
        charge(acme, code(), dear, dear)

    assert refusal.value.facts == {"needed": "120.00", "available": "100.00", "currency": "CNY"}
    assert entries("charge") == []
    assert (left(wallet), acme.balance()) == (1, 100_000_000)


def test_the_last_micro_can_be_spent(acme):
    charge(acme, code(price=100_000_000))

    assert acme.balance() == 0
    with pytest.raises(InsufficientBalance):
        charge(acme, code(price=1))


def test_a_credit_line_is_spent_to_its_floor(acme):
    type(acme.wallet).objects.update(floor=-50_000_000)

    charge(acme, code(price=150_000_000))

    assert acme.balance() == -50_000_000
    with pytest.raises(InsufficientBalance) as refusal:
        charge(acme, code(price=1))
    assert refusal.value.facts["available"] == "0.00"


def test_a_balance_below_its_floor_still_sends_what_a_package_pays(acme):
    package(acme, 1)
    type(acme.wallet).objects.filter(pk=acme.wallet.pk).update(balance=-5)

    charge(acme, code())

    with pytest.raises(InsufficientBalance):
        charge(acme, code())


def test_an_account_without_a_wallet_is_refused_as_any_other(acme):
    stranger = world.make_customer("No wallet", balance="0")
    stranger.wallet.delete()

    with pytest.raises(InsufficientBalance):
        charge(stranger, code())


def test_a_reference_is_charged_once(acme):
    charge(acme, code(), reference="batch:1")

    with pytest.raises(IntegrityError), transaction.atomic():
        charge(acme, code(), reference="batch:1")

    assert acme.balance() == 100_000_000 - PRICE


def test_a_refund_goes_back_to_the_wallet_that_paid(acme):
    wallet = package(acme, 2)
    by_package, by_balance = charge(acme, code(parts=2), code(parts=2))

    refund(acme, by_package, uuid4(), parts=2)
    refund(acme, by_balance, uuid4(), parts=2)

    assert (left(wallet), acme.balance()) == (2, 100_000_000)
    fields = ("amount", "parts", "count", "unit_price_micros", "message_class", "country")
    booked = [tuple(getattr(one, name) for name in fields) for one in entries("refund")]
    assert booked == [
        (2, 2, 1, 0, "verification", "CN"),
        (2 * PRICE, 2, 1, PRICE, "verification", "CN"),
    ]


def test_a_refund_after_the_package_expired_still_goes_there(acme):
    wallet = package(acme, 1)
    [payment] = charge(acme, code())
    type(wallet).objects.filter(pk=wallet.pk).update(expires_at=NOW - timedelta(days=1))

    refund(acme, payment, uuid4())

    assert left(wallet) == 1


def test_the_database_refuses_a_second_refund(acme):
    message_id = uuid4()
    [payment] = charge(acme, code())
    refund(acme, payment, message_id)

    with pytest.raises(IntegrityError), transaction.atomic():
        refund(acme, payment, message_id)

    assert acme.balance() == 100_000_000


def test_what_cost_nothing_is_not_refunded(acme):
    [payment] = charge(acme, code(price=0))

    refund(acme, payment, uuid4())

    assert entries("refund") == []


def test_books_that_nobody_wrote_in_close_without_a_trace(acme, django_assert_num_queries):
    books = ledger.open_books([acme.account.pk])

    with django_assert_num_queries(0):
        books.close()
