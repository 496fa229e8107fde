"""What a customer sees of buying."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from billing.models import Order
from tests import factories
from tests.portal import hold_clock, sign_in

pytestmark = pytest.mark.django_db


def buy(client, offer, **said):
    form = {"amount": "200.00", "method": "transfer", "form_key": uuid4(), **said}
    return client.post(reverse("buy-offer", args=[offer.pk]), form)


def test_a_transfer_leads_to_the_order_with_its_reference(client, settings):
    settings.BANK_DETAILS = ["Bank of Samples, 6222"]
    sign_in(client)

    answer = buy(client, factories.OfferFactory())

    order = Order.objects.get()
    page = client.get(answer.headers["Location"]).content.decode()
    assert order.reference in page
    assert "Bank of Samples, 6222" in page


def test_an_amount_out_of_bounds_is_said_at_its_field(client):
    sign_in(client)

    answer = buy(client, factories.OfferFactory(), amount="9.99")

    assert "10.00" in answer.content.decode()
    assert not Order.objects.exists()


@pytest.mark.parametrize("amount", ["", "x", "NaN", "1e99", "-5", "10.001"])
def test_what_is_no_amount_is_refused(client, amount):
    sign_in(client)

    assert buy(client, factories.OfferFactory(), amount=amount).status_code == 200
    assert not Order.objects.exists()


def test_who_may_only_look_cannot_buy(client):
    sign_in(client, role=Role.DEVELOPER)

    assert buy(client, factories.OfferFactory()).status_code == 403


def test_the_catalogue_shows_what_is_on_sale_and_no_samples(client):
    sign_in(client)
    factories.OfferFactory(name="Real")
    factories.OfferFactory(name="Withdrawn", is_on_sale=False)
    factories.OfferFactory(name="Just a sample", is_sample=True)

    page = client.get(reverse("buy")).content.decode()

    assert "Real" in page
    assert "Withdrawn" not in page
    assert "Just a sample" not in page


def test_anybody_reads_what_is_on_sale_and_signs_in_to_buy(client):
    real = factories.OfferFactory(name="Real")
    factories.OfferFactory(name="Abroad", currency="GBP", refund_rule="none")
    factories.OfferFactory(name="Just a sample", is_sample=True)

    page = client.get(reverse("public-offers")).content.decode()

    assert "Real" in page
    assert "Abroad" in page
    assert "It cannot be paid back." in page
    assert "Just a sample" not in page
    answer = client.get(reverse("buy-offer", args=[real.pk]))
    assert answer.headers["Location"].startswith(reverse("account_login"))


def test_the_list_asks_as_often_for_one_order_as_for_many(client, monkeypatch):
    account = sign_in(client)
    hold_clock(monkeypatch)
    factories.OrderFactory(account=account)
    client.get(reverse("order-list"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("order-list"))
    factories.OrderFactory.create_batch(5, account=account)

    with CaptureQueriesContext(connection) as many:
        client.get(reverse("order-list"))

    assert len(many) == len(one)


def test_a_form_may_lead_to_the_payment_page_and_nowhere_else(client, settings):
    settings.PAYMENT_PAGES = ["https://pay.example"]
    sign_in(client)

    policy = client.get(reverse("buy")).headers["Content-Security-Policy"]

    assert policy.endswith("form-action 'self' https://pay.example")
