"""The same payment, refund, card or coupon by many at once counts once, on real PostgreSQL."""

from functools import partial
from uuid import uuid4

import pytest

from billing.models import AutoTopup, Entry, Order, ProviderNotice, Refund, Reversal, Wallet
from billing.payments import Event
from billing.services import autotopup, notices, ordering, refunding, settling, topups
from billing.services.ordering import Wanted
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from tests import factories
from tests.billing.paying import order_of, package_order, payment_of, refund
from tests.concurrency.test_cancelling import Racers

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20
AT_ONCE = 5


def race(*works):
    racers = Racers(*works)
    try:
        return list(racers.race())
    finally:
        racers.close()


def tell(payment):
    return race(*[partial(settling.apply, method="stripe", payment=payment, now=clock.now())] * 5)


def refused(work):
    """Whether it was; everything but a refusal goes through."""
    try:
        work()
    except DomainError:
        return True
    return False


def account():
    return factories.AccountFactory(currency="CNY")


def test_one_payment_told_by_five_at_once_is_one_credit():
    for _round in range(ROUNDS):
        order = order_of(account())

        tell(payment_of(order))

        assert Wallet.objects.get(account=order.account).balance == order.amount_micros
        assert Entry.objects.filter(account=order.account).count() == 1


def test_one_refund_told_by_five_at_once_is_taken_once():
    for _round in range(ROUNDS):
        order = order_of(account())

        tell(payment_of(order, taken=(refund(50_000_000),)))

        assert Wallet.objects.get(account=order.account).balance == 150_000_000
        assert Order.objects.get(pk=order.pk).state == "partly_reversed"


def test_one_event_posted_by_five_at_once_is_one_notice():
    for nth in range(ROUNDS):
        event = Event(f"evt_{nth}", "charge.succeeded", "", "pi_1")
        store = partial(notices.store, provider="stripe", event=event, now=clock.now())

        assert sorted(race(*[store] * AT_ONCE)) == [False] * (AT_ONCE - 1) + [True]

    assert ProviderNotice.objects.count() == ROUNDS


def test_five_clerks_give_a_package_back_once():
    clerk = factories.UserFactory(is_staff=True)
    for _round in range(ROUNDS):
        order = package_order(account())
        settling.apply(method="stripe", payment=payment_of(order), now=clock.now())
        wants = [refunding.Wanted(order.amount_micros, "all", uuid4()) for _n in range(AT_ONCE)]
        works = [
            partial(refunding.refund, order=order, wanted=wanted, by=clerk, now=clock.now())
            for wanted in wants
        ]

        told = race(*[partial(refused, work) for work in works])

        assert sorted(told) == [False] + [True] * (AT_ONCE - 1)
        assert Refund.objects.filter(order=order).count() == 1
        assert Reversal.objects.get(order=order).amount_micros == order.amount_micros
        assert set(order.account.wallets.values_list("balance", flat=True)) == {0}


def test_a_balance_that_five_find_low_is_ordered_for_once():
    for _round in range(ROUNDS):
        plan = agreed(account())

        race(*[partial(autotopup._place, plan.pk, clock.now())] * AT_ONCE)

        assert Order.objects.filter(account=plan.account).count() == 1


def agreed(of):
    topups.credit(
        account=of,
        amount_micros=1_000_000,
        reference=f"topup:{uuid4()}",
        actor="tests",
        now=clock.now(),
    )
    return AutoTopup.objects.create(
        account=of,
        is_on=True,
        below_micros=20_000_000,
        amount_micros=100_000_000,
        month_most_micros=300_000_000,
        customer_key="cus_1",
        method_key="pm_1",
    )


def test_the_last_use_of_a_coupon_goes_to_one():
    package = factories.PackageFactory()
    offer = factories.OfferFactory(package=package, least_micros=50_000_000, most_micros=50_000_000)
    for _round in range(ROUNDS):
        coupon = factories.CouponFactory(most_uses=1)
        wants = [Wanted(offer, "transfer", uuid4(), coupon=coupon.code) for _n in range(AT_ONCE)]
        works = [
            partial(ordering.place, account=account(), wanted=wanted, by=None, now=clock.now())
            for wanted in wants
        ]

        told = race(*[partial(refused, work) for work in works])

        assert sorted(told) == [False] + [True] * (AT_ONCE - 1)
        assert Order.objects.filter(coupon=coupon).count() == 1
