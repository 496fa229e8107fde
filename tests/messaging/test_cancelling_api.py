"""POST …/cancel for a message and a batch, and a batch's progress, as a key sees them."""

from uuid import uuid4

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts.models import Event
from messaging import access
from messaging.models import Batch, Message
from messaging.services import cancelling
from messaging.services.dispatch import Outcome
from tests import factories, world
from tests.messaging.line import Line, state

pytestmark = pytest.mark.django_db

PRICE = world.CODE_PRICE_MICROS


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def api(line):
    client = APIClient(headers=line.customer.bearer)
    client.get("/api/v1/balance")
    return client


def cancel(api, message_id):
    return api.post(f"/api/v1/messages/{message_id}/cancel")


def cancel_batch(api, batch_id=None):
    return api.post(f"/api/v1/batches/{batch_id or Batch.objects.get().id}/cancel")


def to(count):
    return [f"138001380{number:02}" for number in range(count)]


def test_a_message_that_waits_is_cancelled_and_shown(line, api):
    [message_id] = line.accept()

    response = cancel(api, message_id)

    assert response.status_code == 200
    shown = response.json()
    assert (shown["id"], shown["state"]) == (str(message_id), "cancelled")
    assert shown["reason"] == "cancelled_by_customer"
    assert line.spent() == 0
    assert Event.objects.get().actor == f"API key {line.customer.key.id}"


def test_a_client_that_missed_the_answer_may_ask_again(line, api):
    [message_id] = line.accept()

    first, second = cancel(api, message_id), cancel(api, message_id)

    assert (second.status_code, second.json()) == (200, first.json())


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_message_that_has_left_is_refused_with_its_state(line, api, language):
    [message_id] = line.accept()
    line.send()

    response = api.post(
        f"/api/v1/messages/{message_id}/cancel", headers={"Accept-Language": language}
    )

    body = response.json()
    assert (response.status_code, body["code"]) == (409, "not_cancellable")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert ("“sent”" in body["message"]) == (language == "en")
    assert (state(message_id), line.spent()) == ("sent", PRICE)


def test_an_unknown_outcome_is_called_by_its_public_name(line, api):
    [message_id] = line.accept()
    line.answer(line.submit(), Outcome.UNKNOWN)

    assert "“sending”" in cancel(api, message_id).json()["message"]


@pytest.mark.parametrize("what", ["messages", "batches"])
def test_what_is_not_ours_is_not_found_and_not_touched(line, api, what):
    theirs = factories.MessageFactory()
    their_id = theirs.id if what == "messages" else theirs.batch_id

    for asked in (their_id, uuid4(), "nonsense"):
        response = api.post(f"/api/v1/{what}/{asked}/cancel")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert state(theirs.id) == "queued"


def test_a_batch_is_cancelled_and_counts_every_message_once(line, api):
    line.accept(*to(6))
    line.answer(line.submit(most=1), Outcome.REFUSED)
    line.claim(most=2)
    batch = Batch.objects.get()

    response = cancel_batch(api)

    assert response.status_code == 200
    expected = {
        "batch_id": str(batch.id),
        "cancelled": 3,
        "on_their_way": 2,
        "ended": 1,
        "waiting": 0,
    }
    assert response.json() == expected
    assert line.spent() == 2 * PRICE
    assert cancel_batch(api).json() == expected
    assert Event.objects.count() == 1


def test_a_large_batch_is_gone_on_with_by_asking_again(line, api, monkeypatch):
    monkeypatch.setattr(cancelling, "MOST", 2)
    monkeypatch.setattr(access, "CANCEL_SECONDS", 0.0)
    line.accept(*to(5))

    told = [cancel_batch(api).json() for _request in range(3)]

    assert [(one["cancelled"], one["waiting"]) for one in told] == [(2, 3), (4, 1), (5, 0)]
    assert line.spent() == 0


def test_a_batch_shows_how_far_it_has_come(line, api):
    line.accept(*to(4), reference="order 7")
    batch = Batch.objects.get()
    line.answer(line.submit(most=1), Outcome.UNKNOWN)
    line.claim(most=1)

    shown = api.get(f"/api/v1/batches/{batch.id}").json()

    assert {name: count for name, count in shown["states"].items() if count} == {
        "queued": 2,
        "sending": 2,
    }
    assert "uncertain" not in shown["states"]
    assert shown["total"] == {
        "messages": 4,
        "parts": 4,
        "price": {"amount": "0.18", "currency": "CNY"},
    }
    assert (shown["id"], shown["reference"]) == (str(batch.id), "order 7")
    assert shown["accepted_at"].endswith("Z")


@pytest.mark.parametrize("count", [1, 30])
def test_a_batch_is_two_queries_however_large(line, api, count, django_assert_num_queries):
    line.accept(*to(count))
    batch = Batch.objects.get()

    with django_assert_num_queries(2):
        api.get(f"/api/v1/batches/{batch.id}")


def test_a_suspended_account_may_take_back_what_waits(line, api):
    line.accept()
    line.customer.account.__class__.objects.filter(pk=line.customer.account.pk).advance("suspended")

    assert cancel_batch(api).json()["cancelled"] == 1
    assert Message.objects.get().state == "cancelled"


def test_the_description_of_the_api_knows_what_may_be_cancelled():
    schema = SchemaGenerator().get_schema(request=None, public=True)

    one = schema["paths"]["/api/v1/messages/{message_id}/cancel"]["post"]
    whole = schema["paths"]["/api/v1/batches/{batch_id}/cancel"]["post"]
    assert "requestBody" not in one
    assert set(one["responses"]) == {"200", "401", "403", "404", "409"}
    assert set(whole["responses"]) == {"200", "401", "403", "404"}
    counts = schema["components"]["schemas"]["StateCounts"]["properties"]
    assert "queued" in counts
    assert "uncertain" not in counts
    assert schema["components"]["schemas"]["MessageShown"]["properties"]["sent_at"]["nullable"]
