"""One credit however often it is told; what goes back, goes back once."""

import pytest

from accounts.models import Event
from billing.models import Difference, Entry, Reversal, Wallet
from billing.payments import Standing
from reports.services import verification
from reports.services.invariants import payments
from tests import factories
from tests.billing.paying import (
    NOW,
    dispute,
    order_of,
    package_order,
    refund,
    state_of,
    tell,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return factories.AccountFactory(currency="CNY")


def balance(account):
    return Wallet.objects.get(account=account, unit="micros").balance


def parts(account):
    return Wallet.objects.get(account=account, unit="parts").balance


def use(account, count):
    Wallet.objects.filter(account=account, unit="parts").update(balance=1000 - count)


def test_five_times_told_is_one_credit(account):
    order = order_of(account)

    for _each in range(5):
        assert tell(order)

    assert balance(account) == order.amount_micros
    assert Entry.objects.filter(kind="topup").count() == 1


def test_an_account_is_told_once_of_each_thing(account):
    order = order_of(account)

    for _each in range(2):
        tell(order, refund(50_000_000))
        tell(order, refund(50_000_000, stands=False))

    kinds = Event.objects.filter(account=account).values_list("kind", flat=True)
    assert sorted(kinds) == ["order.paid", "order.reversed", "order.reversed"]


def test_a_paid_package_is_given_once(account):
    order = package_order(account)

    tell(order)
    tell(order)

    assert (parts(account), balance(account)) == (1000, 0)


@pytest.mark.parametrize(
    "said",
    [
        {"amount_micros": 199_990_000},
        {"amount_micros": 2_000_000_000},
        {"currency": "JPY"},
    ],
)
def test_another_amount_or_currency_credits_nothing_and_is_shown(account, said):
    order = order_of(account)

    tell(order, **said)

    assert (state_of(order), balance(account)) == ("open", 0)
    assert Difference.objects.get().kind == "amount"


def test_a_second_payment_for_a_paid_order_is_a_difference(account):
    order = order_of(account)
    tell(order)

    tell(order, payment_key="pi_other", checkout_key="cs_other")

    assert balance(account) == order.amount_micros
    assert Difference.objects.get().key == "cs_other"


@pytest.mark.parametrize("said", ["", "nonsense", "6f1ddcb0-32a3-4a52-9d3e-5b0dcbb4a3ff"])
def test_a_payment_of_nobody_is_a_difference(account, said):
    order = order_of(account)

    assert not tell(order, order=said)
    assert Difference.objects.get().kind == "unknown"


def test_what_waits_credits_nothing(account):
    order = order_of(account)

    tell(order, standing=Standing.WAITING)

    assert (state_of(order), balance(account)) == ("open", 0)


def test_a_refund_is_taken_once_and_in_parts(account):
    order = order_of(account)

    tell(order, refund(50_000_000))
    tell(order, refund(50_000_000))
    assert (state_of(order), balance(account)) == ("partly_reversed", 150_000_000)

    tell(order, refund(50_000_000), refund(150_000_000, "re_2"))
    assert (state_of(order), balance(account)) == ("reversed", 0)
    assert Reversal.objects.count() == 2


def test_a_replayed_payment_does_not_pay_a_reversed_order_again(account):
    order = order_of(account)
    tell(order, refund(order.amount_micros))

    tell(order)

    assert (state_of(order), balance(account)) == ("reversed", 0)


def test_a_dispute_goes_below_the_floor(account):
    order = order_of(account)
    tell(order)
    Wallet.objects.filter(account=account).update(balance=10_000_000)

    tell(order, dispute(order.amount_micros))

    assert balance(account) == 10_000_000 - order.amount_micros


def test_a_dispute_that_is_won_is_given_back_once(account):
    order = order_of(account)
    tell(order, dispute(order.amount_micros))

    tell(order, dispute(order.amount_micros, stands=False))
    tell(order, dispute(order.amount_micros, stands=False))

    assert (state_of(order), balance(account)) == ("paid", order.amount_micros)


def test_a_refund_that_failed_takes_nothing(account):
    order = order_of(account)

    tell(order, refund(50_000_000, stands=False))

    assert (state_of(order), balance(account)) == ("paid", order.amount_micros)


def test_more_than_was_paid_is_never_taken(account):
    order = order_of(account)

    tell(order, refund(order.amount_micros), dispute(order.amount_micros))

    assert balance(account) == 0
    assert Difference.objects.get().kind == "reversed"


@pytest.mark.parametrize(
    ("used", "taken", "left"),
    [
        (0, 50_000_000, (0, 0)),
        (0, 25_000_000, (500, 0)),
        (400, 50_000_000, (0, -20_000_000)),
        (900, 25_000_000, (0, -20_000_000)),
    ],
)
def test_a_package_gives_what_is_left_and_the_balance_the_rest(account, used, taken, left):
    order = package_order(account, parts=1000, price=50_000_000)
    tell(order)
    use(account, used)

    tell(order, refund(taken))

    assert (parts(account), balance(account)) == left


def test_many_small_refunds_of_a_package_take_what_one_takes(account):
    order = package_order(account, parts=1000, price=50_000_000)
    tell(order)

    thirds = [refund(16_660_000, "re_1"), refund(16_670_000, "re_2"), refund(16_670_000, "re_3")]
    for count in range(1, 4):
        tell(order, *thirds[:count])

    assert (parts(account), balance(account)) == (0, 0)


def test_a_refund_of_less_than_a_part_takes_no_more_than_it_must(account):
    order = package_order(account, parts=10, price=50_000_000)
    tell(order)

    for count in range(1, 4):
        tell(order, *(refund(10_000, f"re_{n}") for n in range(count)))

    assert (parts(account), balance(account)) == (9, 0)
    assert not faults()


def test_a_package_that_comes_back_is_what_was_taken(account):
    order = package_order(account)
    tell(order)
    use(account, 400)
    tell(order, dispute(order.amount_micros))

    tell(order, dispute(order.amount_micros, stands=False))

    assert (parts(account), balance(account)) == (600, 0)


def test_verify_agrees_with_what_was_paid_taken_and_returned(account):
    order, package = order_of(account), package_order(account)
    tell(order, refund(50_000_000))
    tell(package, dispute(package.amount_micros))
    tell(package, dispute(package.amount_micros, stands=False))

    assert not faults()


@pytest.mark.parametrize(
    "fault",
    [
        lambda order: type(order).objects.filter(pk=order.pk).update(reversed_micros=1),
        lambda order: type(order).objects.filter(pk=order.pk).update(amount_micros=1),
        lambda order: type(order).objects.filter(pk=order.pk).update(paid_at=None),
        lambda _order: Reversal.objects.update(money_micros=1),
    ],
)
def test_verify_sees_what_was_meddled_with(account, fault):
    order = order_of(account, amount_micros=200_000_000)
    tell(order, refund(50_000_000, "re_1"), refund(50_000_000, "re_2"))
    tell(order, refund(50_000_000, stands=False), refund(50_000_000, "re_2", stands=False))
    assert not faults()

    fault(order)

    assert faults()


def faults():
    found = verification.check(since=None, now=NOW, invariants=payments.ALL)
    return [row for finding in found for row in finding.rows]
