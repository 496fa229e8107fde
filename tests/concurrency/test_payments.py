"""The same payment told by many at once is credited once, on real PostgreSQL."""

from functools import partial

import pytest

from billing.models import Entry, Order, Wallet
from billing.services import settling
from smsplatform.core import clock
from tests import factories
from tests.billing.paying import order_of, payment_of, refund
from tests.concurrency.test_cancelling import Racers

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20
AT_ONCE = 5


def race(payment):
    told = partial(settling.apply, method="stripe", payment=payment, now=clock.now())
    racers = Racers(*[told] * AT_ONCE)
    try:
        return list(racers.race())
    finally:
        racers.close()


def test_one_payment_told_by_five_at_once_is_one_credit():
    for _round in range(ROUNDS):
        order = order_of(factories.AccountFactory(currency="CNY"))

        race(payment_of(order))

        assert Wallet.objects.get(account=order.account).balance == order.amount_micros
        assert Entry.objects.filter(account=order.account).count() == 1


def test_one_refund_told_by_five_at_once_is_taken_once():
    for _round in range(ROUNDS):
        order = order_of(factories.AccountFactory(currency="CNY"))

        race(payment_of(order, taken=(refund(50_000_000),)))

        assert Wallet.objects.get(account=order.account).balance == 150_000_000
        assert Order.objects.get(pk=order.pk).state == "partly_reversed"
