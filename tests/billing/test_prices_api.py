"""GET /api/v1/prices: what the account is offered."""

import pytest

from billing.models import Rate
from billing.services import samples
from smsplatform.core import clock, remember
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return world.make_customer()


def prices(client, customer, **filters):
    answer = client.get("/api/v1/prices", filters, headers=customer.bearer)
    assert answer.status_code == 200
    return answer.json()["prices"]


def told(rows):
    return [(row["country"], row["message_class"], row["prefix"]) for row in rows]


def test_a_contract_hides_what_everybody_pays(client, customer):
    world.publish(Rate(country="CN", price_micros=60), Rate(country="GB", price_micros=70))
    world.publish(Rate(country="CN", price_micros=50), account=customer.account)

    amounts = {row["country"]: row["price"]["amount"] for row in prices(client, customer)}

    assert amounts == {"CN": "0.00005", "GB": "0.00007"}


def test_prefixes_stand_below_what_they_are_of(client, customer):
    world.publish(
        Rate(country="CN", price_micros=60),
        Rate(country="CN", price_micros=50, prefix="86138", message_class="notice"),
        Rate(country="", price_micros=90),
    )

    assert told(prices(client, customer)) == [
        (None, "verification", ""),
        (None, "notice", ""),
        (None, "marketing", ""),
        ("CN", "verification", ""),
        ("CN", "notice", ""),
        ("CN", "notice", "86138"),
        ("CN", "marketing", ""),
    ]
    assert told(prices(client, customer, country="FR")) == [
        ("FR", name, "") for name in ("verification", "notice", "marketing")
    ]


def test_tiers_are_told(client, customer):
    world.publish(
        Rate(
            country="CN",
            price_micros=60,
            tier_mode="marginal",
            tier_scope="domestic",
            tier_parts=[10],
            tier_micros=[50],
        )
    )

    assert prices(client, customer)[0]["tiers"] == {
        "mode": "marginal",
        "counted_as": "domestic",
        "steps": [{"above": 10, "price": {"amount": "0.00005", "currency": "CNY"}}],
    }


def test_samples_say_that_they_are_some(client, customer):
    samples.install(now=clock.now())
    remember.forget()

    rows = prices(client, customer, country="CN")

    assert [(row["is_sample"], row["tiers"]) for row in rows] == [(True, None)] * 3


def test_a_country_that_is_none_is_refused(client, customer):
    answer = client.get("/api/v1/prices", {"country": "china"}, headers=customer.bearer)

    assert answer.status_code == 422
