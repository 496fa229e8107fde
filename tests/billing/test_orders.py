"""An order until it is paid: placed once, bounded, cancelled, expired."""

from datetime import timedelta
from uuid import uuid4

import pytest

from billing.models import Entry, Order
from billing.services import catalogue, ordering
from smsplatform.core.errors import Invalid
from tests import factories
from tests.billing.paying import NOW, payment_of, place, state_of, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return factories.AccountFactory(currency="CNY")


def test_a_form_that_is_sent_twice_is_one_order(account):
    form_key, offer = uuid4(), factories.OfferFactory()

    first = place(account, form_key=form_key, offer=offer)
    second = place(account, form_key=form_key, offer=offer)

    assert first.pk == second.pk
    assert Order.objects.count() == 1


def test_nothing_is_credited_by_placing(account):
    place(account)

    assert not Entry.objects.exists()


@pytest.mark.parametrize("amount", [None, 0, -10_000_000, 9_990_000, 50_000_010_000, 10_000_001])
def test_an_amount_outside_the_offer_or_finer_than_a_cent_is_refused(account, amount):
    with pytest.raises(Invalid):
        place(account, amount=amount)

    assert not Order.objects.exists()


def test_a_fixed_price_is_the_offer_s_whatever_is_asked(account):
    offer = factories.OfferFactory(least_micros=50_000_000, most_micros=50_000_000)

    assert place(account, offer=offer, amount=1).amount_micros == 50_000_000


def test_an_offer_in_another_currency_is_refused(account):
    with pytest.raises(ordering.OfferGone):
        place(account, offer=factories.OfferFactory(currency="GBP"))


def test_without_keys_only_a_bank_transfer_is_offered(account):
    with pytest.raises(ordering.MethodNotOffered):
        place(account, method="stripe")


def test_samples_are_sold_in_a_demonstration_only(account, settings):
    catalogue.install()
    sample = factories.OfferFactory(is_sample=True)

    with pytest.raises(ordering.OfferGone):
        place(account, offer=sample)
    settings.DEMO = True
    assert place(account, offer=sample).is_open


def test_samples_are_installed_once():
    catalogue.install()
    catalogue.install()

    assert (
        list(factories.OfferFactory._meta.model.objects.values_list("is_sample")) == [(True,)] * 4
    )


def test_unpaid_orders_are_bounded(account):
    offer = factories.OfferFactory()
    for _each in range(ordering.MOST_OPEN):
        place(account, offer=offer)

    with pytest.raises(ordering.TooManyOpen):
        place(account, offer=offer)


def test_what_is_cancelled_is_not_cancelled_again(account):
    order = place(account)
    ordering.cancel(order=order, by=None, now=NOW)

    with pytest.raises(ordering.NotOpen):
        ordering.cancel(order=order, by=None, now=NOW)


def test_what_nobody_paid_expires(account):
    order, young = place(account), place(account, now=NOW + timedelta(days=1))

    assert ordering.expire_due(now=NOW + timedelta(days=21)) == 1
    assert (state_of(order), state_of(young)) == ("expired", "open")


def test_money_that_comes_after_the_end_is_credited_all_the_same(account):
    order = factories.OrderFactory(account=account, method="stripe", state="expired")

    assert tell(order)
    assert state_of(order) == "paid"
    assert Entry.objects.get().amount == payment_of(order).amount_micros
