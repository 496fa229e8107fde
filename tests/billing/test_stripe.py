"""Stripe's own library against the far end: checkout, events, refunds, days of silence."""

from datetime import timedelta

import pytest
from django.urls import reverse

from billing import payments
from billing.models import Difference, Entry, Order, ProviderNotice, Wallet
from billing.services import notices, ordering, reconciling
from smsplatform.core import clock
from tests import factories
from tests.billing import paying
from tests.billing.paying import KEY, SECRET, place, signed, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def stripe():
    with paying.running() as far_end:
        yield far_end


@pytest.fixture(autouse=True)
def _keys(settings, stripe):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
    settings.STRIPE_API = stripe.address
    stripe.events.clear()
    stripe.shop.things.clear()


@pytest.fixture
def order():
    account = factories.AccountFactory(currency="CNY")
    return place(account, method="stripe", now=clock.now())


def address_of(order, now=None):
    order.refresh_from_db()
    back = "http://shop.example/"
    return ordering.begin(order=order, back_url=back, now=now or clock.now())


def begin(order):
    return address_of(order).rsplit("/", 1)[-1]


def pay(stripe, order, method="alipay"):
    """As by the page; returns the key of the payment."""
    session = stripe.shop.pay(begin(order), method)
    return session["payment_intent"]


def post(client, body, headers):
    return client.post(
        reverse("stripe-events"), body, content_type="application/json", headers=headers
    )


def tell(client, kind, thing):
    return post(client, *signed(kind, thing))


def process():
    notices.process_due(now=clock.now() + timedelta(seconds=1))


def balance():
    return sum(Wallet.objects.filter(unit="micros").values_list("balance", flat=True))


def test_the_page_shows_what_is_bought(stripe, order):
    assert "Top-up" in stripe.page(address_of(order))


def test_a_checkout_that_is_begun_twice_is_one(stripe, order):
    assert begin(order) == begin(order)


def test_a_checkout_that_another_member_begins_anew_is_the_same(stripe, order):
    """Before and after its key is kept; whoever pays, Stripe is asked for the same thing."""
    first = begin(order)
    assert begin(order) == first

    Order.objects.update(checkout_key="")

    assert begin(order) == first


def test_a_checkout_that_is_begun_in_the_last_minute_is_open_long_enough(stripe, order):
    late = order.expires_at - timedelta(minutes=1)

    key = address_of(order, now=late).rsplit("/", 1)[-1]

    assert stripe.shop.things[key]["expires_at"] >= (late + timedelta(minutes=30)).timestamp()


def test_there_is_nothing_to_pay_at_a_checkout_that_is_paid(stripe, order):
    pay(stripe, order)

    assert address_of(order) == ""


def test_a_paid_checkout_is_credited_with_how_it_was_paid(stripe, order, client):
    pay(stripe, order)
    session = stripe.shop.listed("checkout.session", {})["data"][0]

    assert tell(client, "checkout.session.completed", session).status_code == 200
    process()

    order.refresh_from_db()
    assert (order.state, order.paid_with, balance()) == ("paid", "alipay", order.amount_micros)


def test_the_same_event_five_times_is_one_notice(stripe, order, client):
    pay(stripe, order)
    body, headers = signed("checkout.session.completed", stripe.shop.things[order_key()])

    answers = {post(client, body, headers).status_code for _each in range(5)}
    process()

    assert answers == {200}
    assert ProviderNotice.objects.count() == 1
    assert Entry.objects.filter(kind="topup").count() == 1


def order_key():
    return Order.objects.get().checkout_key


def test_a_refund_that_overtakes_the_payment_is_booked_with_it(stripe, order, client):
    payment_key = pay(stripe, order)
    refund = stripe.shop.refund(payment_key, 5_000)

    tell(client, "refund.created", refund)
    process()

    assert (state_of(order), balance()) == ("partly_reversed", 150_000_000)


def test_an_event_that_lies_changes_nothing(stripe, order, client):
    """Signed, and yet Stripe says otherwise when it is asked."""
    begin(order)
    session = {**stripe.shop.things[order_key()], "payment_status": "paid", "status": "complete"}

    tell(client, "checkout.session.completed", session)
    process()

    assert (state_of(order), balance()) == ("open", 0)


def test_an_event_of_something_unknown_is_parked(stripe, client):
    tell(client, "checkout.session.completed", {"id": "cs_nobody", "object": "checkout.session"})
    process()

    assert ProviderNotice.objects.get().state == "parked"


def forged(order):
    session = {"id": "cs_1", "object": "checkout.session"}
    body, headers = signed("checkout.session.completed", session)
    other = signed("checkout.session.completed", session, secret="whsec_other")
    stale = signed("checkout.session.completed", session, ago=360)
    altered = (body.replace(b"cs_1", b"cs_2"), headers)
    return [other, stale, altered, (body, {}), (b"\xff", headers), (b"", {})]


def test_forged_stale_and_altered_events_are_refused_and_change_nothing(order, client):
    for body, headers in forged(order):
        assert post(client, body, headers).status_code == 400

    assert not ProviderNotice.objects.exists()


def test_an_event_about_something_else_is_answered_and_forgotten(client):
    assert (
        tell(client, "customer.created", {"id": "cus_1", "object": "customer"}).status_code == 200
    )
    assert not ProviderNotice.objects.exists()


def test_a_notice_waits_while_stripe_is_away(stripe, order, client, settings):
    pay(stripe, order)
    tell(client, "checkout.session.completed", stripe.shop.things[order_key()])
    settings.STRIPE_API = "http://127.0.0.1:1"
    process()
    assert ProviderNotice.objects.get().state == "waiting"

    settings.STRIPE_API = stripe.address
    notices.process_due(now=clock.now() + timedelta(minutes=5))

    assert (ProviderNotice.objects.get().state, state_of(order)) == ("done", "paid")


def test_what_three_silent_days_kept_back_is_credited_and_shown(stripe, order):
    pay(stripe, order)
    now = clock.now() + timedelta(hours=2)

    reconciling.reconcile(method="stripe", now=now)
    reconciling.reconcile(method="stripe", now=now)

    assert (state_of(order), balance()) == ("paid", order.amount_micros)
    assert [one.kind for one in Difference.objects.all()] == ["late"]


def test_who_paid_while_no_event_came_is_credited_soon(stripe, order):
    pay(stripe, order)
    waiting = place(factories.AccountFactory(currency="CNY"), method="stripe", now=clock.now())
    begin(waiting)

    reconciling.look_after_open(method="stripe", now=clock.now() + timedelta(minutes=10))

    assert (state_of(order), state_of(waiting)) == ("paid", "open")
    assert not Difference.objects.exists()


def test_a_dispute_nobody_told_of_is_found(stripe, order):
    payment_key = pay(stripe, order)
    reconciling.reconcile(method="stripe", now=clock.now())
    stripe.shop.dispute(payment_key)

    reconciling.reconcile(method="stripe", now=clock.now())

    assert (state_of(order), balance()) == ("reversed", 0)


def test_what_we_credited_and_stripe_does_not_know_is_shown(stripe):
    factories.OrderFactory(
        method="stripe", state="paid", paid_at=clock.now(), checkout_key="cs_gone"
    )

    reconciling.reconcile(method="stripe", now=clock.now())

    assert Difference.objects.get().kind == "missing"


def test_a_cancelled_checkout_cannot_be_paid(stripe, order):
    key = begin(order)
    order.refresh_from_db()

    ordering.cancel(order=order, by=None, now=clock.now())

    assert stripe.shop.things[key]["status"] == "expired"


def test_a_page_that_cannot_be_reached_leaves_the_order_open(order, settings):
    settings.STRIPE_API = "http://127.0.0.1:1"

    with pytest.raises(ordering.CannotPayNow):
        begin(order)
    assert state_of(order) == "open"


def test_a_wrong_key_is_told_as_unreachable(settings, order):
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"

    with pytest.raises(payments.Unreachable):
        payments.online("stripe").look(checkout_key="cs_1")
