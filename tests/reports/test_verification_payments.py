"""Faults of what was bought, paid and taken back."""

from datetime import UTC, datetime

import pytest
from django.db.models import F

from billing.models import Order, Reversal
from billing.services import settling
from tests import factories
from tests.billing.paying import order_of, payment_of, refund
from tests.reports.faults import broken

pytestmark = pytest.mark.django_db

TAKEN = 50_000_000


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def order(now):
    """Paid, and a part of it given back."""
    bought = order_of(factories.AccountFactory(currency="CNY"))
    payment = payment_of(bought, taken=(refund(TAKEN),))
    settling.apply(method="stripe", payment=payment, now=now)
    assert (broken(now), bought.reversals.count()) == (set(), 1)
    return bought


def test_i16_an_order_that_was_credited_otherwise(order, now):
    Order.objects.update(amount_micros=F("amount_micros") + 1)

    assert broken(now) == {"I16"}


def test_i16_a_reversal_that_was_booked_otherwise(order, now):
    Reversal.objects.update(money_micros=F("money_micros") + 1)

    assert broken(now) == {"I16"}


def test_i16_an_order_that_forgot_what_was_taken_back(order, now):
    Order.objects.update(reversed_micros=F("reversed_micros") + 1)

    assert broken(now) == {"I16"}
