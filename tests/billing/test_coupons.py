"""A coupon takes off what it says: once for an account, so many times in all, while it is valid."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.models import Order
from billing.services import ordering, settling, topups
from billing.services.ordering import Wanted
from reports.services import verification
from reports.services.invariants import payments
from smsplatform.core import clock
from smsplatform.core.errors import Invalid
from tests import factories
from tests.billing.paying import payment_of
from tests.portal import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer():
    """1,000 parts for 49.99."""
    package = factories.PackageFactory(parts=1000)
    return factories.OfferFactory(package=package, least_micros=49_990_000, most_micros=49_990_000)


def buy(offer, code, account=None, now=None):
    wanted = Wanted(offer, "transfer", uuid4(), coupon=code)
    account = account or factories.AccountFactory(currency="CNY")
    return ordering.place(account=account, wanted=wanted, by=None, now=now or clock.now())


@pytest.mark.parametrize(
    ("fields", "off"),
    [
        # 9.998, rounded down to cents.
        ({"percent": 20}, 9_990_000),
        ({"percent": 99}, 49_490_000),
        ({"percent": 0, "off_micros": 5_000_000, "currency": "CNY"}, 5_000_000),
    ],
)
def test_it_takes_off_what_it_says(offer, fields, off):
    coupon = factories.CouponFactory(**fields)

    order = buy(offer, f" {coupon.code.lower()} ")

    assert (order.amount_micros, order.discount_micros) == (49_990_000 - off, off)
    assert order.coupon == coupon


def test_what_is_bought_with_it_is_the_whole_package(offer):
    order = buy(offer, factories.CouponFactory().code)
    topups.open_account(account=order.account)

    settling.apply(method="transfer", payment=payment_of(order), now=clock.now())

    order.refresh_from_db()
    assert (order.state, order.wallet.balance) == ("paid", 1000)
    found = verification.check(since=None, now=clock.now(), invariants=payments.ALL)
    assert [finding.rows for finding in found if finding.rows] == []


def refused(offer, code, **more):
    with pytest.raises(Invalid):
        buy(offer, code, **more)
    return True


@pytest.mark.parametrize(
    "fields",
    [
        {"percent": 0, "off_micros": 5_000_000, "currency": "GBP"},
        {"percent": 0, "off_micros": 49_990_000, "currency": "CNY"},
        {"most_uses": 0},
    ],
)
def test_one_that_does_not_fit_is_refused(offer, fields):
    assert refused(offer, factories.CouponFactory(**fields).code)
    assert not Order.objects.exists()


def test_one_of_another_offer_or_of_a_top_up_is_refused(offer):
    other = factories.CouponFactory(offer=factories.OfferFactory())

    assert refused(offer, other.code)
    assert refused(factories.OfferFactory(), factories.CouponFactory().code)


def test_before_and_after_its_time_it_is_refused(offer):
    coupon = factories.CouponFactory()

    assert refused(offer, coupon.code, now=coupon.starts_at - timedelta(seconds=1))
    assert refused(offer, coupon.code, now=coupon.ends_at)


def test_an_account_uses_it_once_unless_it_gives_the_order_up(offer):
    account, coupon = factories.AccountFactory(currency="CNY"), factories.CouponFactory()
    order = buy(offer, coupon.code, account)
    assert refused(offer, coupon.code, account=account)

    ordering.cancel(order=order, by=None, now=clock.now())

    assert buy(offer, coupon.code, account).discount_micros


def test_it_is_used_as_often_as_it_says(offer):
    coupon = factories.CouponFactory(most_uses=2)
    buy(offer, coupon.code)
    buy(offer, coupon.code)

    assert refused(offer, coupon.code)


def test_the_page_says_at_the_field_what_is_wrong(offer, client):
    account = sign_in(client)
    type(account).objects.filter(pk=account.pk).update(currency="CNY")
    form = {"method": "transfer", "form_key": uuid4(), "coupon": "NOTHING"}

    page = client.post(reverse("buy-offer", args=[offer.pk]), form).content.decode()

    assert "No such coupon is valid for this." in page
