"""An estimate says what a send would do, and leaves no trace."""

import json

import pytest
from django.db import connection

from billing.models import Entry, Rate, TierCount
from messaging.models import Batch, FrequencyCap, Message, NumberDay
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    world.make_prices()
    world.make_carrier()
    return world.make_customer()


def ask(client, customer, path="messages/estimate", **body):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers=customer.bearer,
    )


def test_it_tells_parts_encoding_price_and_route(client, customer):
    answer = ask(client, customer, to="13800138000", text="hello" * 20)

    assert answer.status_code == 200
    assert answer.json() == {
        "messages": [
            {
                "index": 0,
                "to": "+8613800138000",
                "state": "queued",
                "country": "CN",
                "message_class": "notice",
                "encoding": "ucs2",
                "parts": 2,
                "characters": [],
                "price": {"amount": "0.09", "currency": "CNY"},
                "basis": "delivered",
                "paid_by": "balance",
                "route": {"kind": "shared", "because": []},
            }
        ],
        "rejected": [],
        "total": {"messages": 1, "parts": 2, "price": {"amount": "0.09", "currency": "CNY"}},
        "is_covered": True,
    }


def test_it_names_the_characters_that_make_a_text_longer(client, customer):
    answer = ask(client, customer, to="+447400123456", text="naïve “quotes” – ok")

    [message] = answer.json()["messages"]
    assert (message["encoding"], message["characters"]) == ("ucs2", ["ï", "“", "”", "–"])


def test_it_tells_what_is_blocked_and_why(client, customer):
    answer = ask(client, customer, to=["13800138000", "12", "+33612345678"], text="hello").json()

    assert [(one["index"], one["code"]) for one in answer["rejected"]] == [
        (1, "number_invalid"),
        (2, "country_not_priced"),
    ]
    assert answer["total"]["messages"] == 1


def test_what_a_send_refuses_as_a_whole_is_refused_alike(client, customer):
    body = {"to": "12", "text": "hello"}

    estimate, send = ask(client, customer, **body), ask(client, customer, "messages", **body)

    assert estimate.status_code == send.status_code == 422
    assert estimate.json()["errors"] == send.json()["errors"]


def test_it_tells_the_price_to_who_cannot_pay(client, customer):
    poor = world.make_customer("Poor", balance="0.05")

    answer = ask(client, poor, to=["13800138000", "13900139000"], text="hello").json()

    assert answer["total"]["price"]["amount"] == "0.09"
    assert answer["is_covered"] is False


def test_a_send_costs_what_was_estimated(client, customer):
    world.publish(
        Rate(
            country="CN",
            price_micros=60_000,
            tier_mode="marginal",
            tier_scope="CN",
            tier_parts=[1, 3],
            tier_micros=[50_000, 20_000],
        )
    )
    body = {"to": ["13800138000", "13900139000", "15000150000"], "text": "hello" * 20}

    estimate = ask(client, customer, **body).json()
    send = ask(client, customer, "messages", **body).json()

    assert [one["price"] for one in estimate["messages"]] == [
        {"amount": amount, "currency": "CNY"} for amount in ("0.11", "0.07", "0.04")
    ]
    assert [one["price"] for one in send["messages"]] == [
        one["price"] for one in estimate["messages"]
    ]
    assert send["total"] == estimate["total"]


def test_a_package_pays_in_the_estimate_too(client, customer):
    from tests.billing import purse

    purse.package(customer, 1, expires_at=None)

    answer = ask(client, customer, to=["13800138000", "13900139000"], text="hello").json()

    assert [one["paid_by"] for one in answer["messages"]] == ["package", "balance"]


def test_it_leaves_no_trace_and_counts_for_no_cap(client, customer):
    FrequencyCap.objects.create(
        country="CN", message_class="notice", per="platform", window="day", most=1
    )
    entries = Entry.objects.count()

    for _count in range(3):
        assert ask(client, customer, to="13800138000", text="hello").status_code == 200

    assert [model.objects.count() for model in (Message, Batch, NumberDay)] == [0, 0, 0]
    assert (Entry.objects.count(), TierCount.objects.count()) == (entries, 0)
    assert customer.balance() == 100_000_000


def test_a_cap_blocks_in_the_estimate_too(client, customer):
    FrequencyCap.objects.create(
        country="CN", message_class="notice", per="signature", window="day", most=1
    )
    ask(client, customer, "messages", to="13800138000", text="hello")

    answer = ask(client, customer, to=["13800138000", "13900139000"], text="hello").json()

    assert [one["code"] for one in answer["rejected"]] == ["frequency_capped"]


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_no_ledger(client, customer, django_db_blocker):
    """Another session holds the customer's ledger."""
    import psycopg

    with psycopg.connect(**_elsewhere()) as other:
        other.execute("SELECT 1 FROM billing_ledgerhead FOR UPDATE")

        assert ask(client, customer, to="13800138000", text="hello").status_code == 200


def _elsewhere():
    facts = connection.get_connection_params()
    return {name: facts[name] for name in ("dbname", "user", "host", "port") if name in facts}


def test_ten_thousand_cost_a_constant_number_of_questions(
    client, customer, django_assert_max_num_queries
):
    numbers = [f"138{n:08}" for n in range(2000)]
    ask(client, customer, to="13800138000", text="hello")

    with django_assert_max_num_queries(12):
        assert ask(client, customer, to=numbers, text="hello").status_code == 200
