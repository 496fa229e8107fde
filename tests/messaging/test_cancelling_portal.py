"""Taking back what has not left, as people do it."""

import pytest
from django.test import Client

from accounts.models import Event, Role
from messaging import access
from messaging.models import Batch
from messaging.services import cancelling
from tests import factories, world
from tests.messaging.line import Line, state
from tests.portal import hold_clock, sign_in

pytestmark = pytest.mark.django_db

PRICE = world.CODE_PRICE_MICROS
BUTTON = "Cancel this message"


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def account(line, client):
    return sign_in(client, account=line.customer.account)


def page(client, message_id, **more):
    return client.get(f"/messages/{message_id}", **more).text


def cancel(client, message_id):
    return client.post(f"/messages/{message_id}/cancel", follow=True)


def cancel_batch(client):
    return client.post(f"/batches/{Batch.objects.get().id}/cancel", follow=True)


def to(count):
    return [f"138001380{number:02}" for number in range(count)]


def test_a_message_that_waits_has_a_button_that_cancels_it(line, client, account):
    [message_id] = line.accept()
    assert BUTTON in page(client, message_id)
    assert BUTTON in page(client, message_id, headers={"HX-Request": "true"})

    shown = cancel(client, message_id).text

    assert (state(message_id), line.spent()) == ("cancelled", 0)
    assert "The message is cancelled and paid back." in shown
    assert "as somebody of your company asked" in shown
    assert "Somebody asked to cancel it" in shown
    assert Event.objects.get().actor in shown
    assert BUTTON not in shown


def test_it_is_asked_first_on_a_page_of_its_own_or_in_a_dialog(line, client, account):
    [message_id] = line.accept()
    whole = "You get its whole price back"
    for path in (f"/messages/{message_id}/cancel", f"/batches/{Batch.objects.get().id}/cancel"):
        for headers in ({}, {"HX-Request": "true"}):
            asked = client.get(path, headers=headers).text
            assert f'action="{path}"' in asked
            assert whole.lower() in asked.lower()

    assert state(message_id) == "queued"


def test_who_comes_too_late_is_told_so(line, client, account):
    [message_id] = line.accept()
    line.send()
    assert BUTTON not in page(client, message_id)

    shown = cancel(client, message_id).text

    assert "nobody can call it back" in shown
    assert (state(message_id), line.spent()) == ("sent", PRICE)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE])
def test_who_may_not_send_may_not_cancel(line, client, role):
    sign_in(client, role=role, account=line.customer.account)
    [message_id] = line.accept()

    assert BUTTON not in page(client, message_id)
    assert client.get(f"/messages/{message_id}/cancel").status_code == 403
    assert cancel(client, message_id).status_code == 403
    assert cancel_batch(client).status_code == 403
    assert state(message_id) == "queued"


def test_a_foreign_page_cannot_cancel(line, account):
    [message_id] = line.accept()
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, account=account)

    assert strict.post(f"/messages/{message_id}/cancel").status_code == 403
    assert strict.post(f"/batches/{Batch.objects.get().id}/cancel").status_code == 403
    assert state(message_id) == "queued"


def test_a_batch_shows_how_far_it_has_come_and_is_cancelled(line, client, account):
    line.accept(*to(4))
    line.claim(most=1)
    batch = Batch.objects.get()
    shown = client.get("/messages/", {"batch": str(batch.id)}).text
    assert "This batch" in shown
    assert "Cancel what has not left" in shown

    response = cancel_batch(client)

    assert response.redirect_chain == [(f"/messages/?batch={batch.id}", 302)]
    told = "Cancelled and paid back: 3. Too late, on their way: 1. Ended before: 0."
    assert told in response.text
    assert "Cancel what has not left" not in response.text
    assert line.spent() == PRICE


def test_a_large_batch_says_that_there_is_more_to_do(line, client, account, monkeypatch):
    monkeypatch.setattr(cancelling, "MOST", 2)
    monkeypatch.setattr(access, "CANCEL_SECONDS", 0.0)
    line.accept(*to(3))

    assert "Still waiting: 1. Cancel again to go on." in cancel_batch(client).text
    assert "Still waiting" not in cancel_batch(client).text
    assert line.spent() == 0


def test_a_batch_of_another_account_is_not_there(client, account):
    theirs = factories.MessageFactory()

    assert client.post(f"/batches/{theirs.batch_id}/cancel").status_code == 404
    assert "This batch" not in client.get("/messages/", {"batch": str(theirs.batch_id)}).text


def test_a_batch_on_the_list_costs_two_queries_more(
    line, client, account, monkeypatch, django_assert_num_queries
):
    hold_clock(monkeypatch)
    line.accept(*to(5))
    batch = Batch.objects.get()

    with django_assert_num_queries(6):
        client.get("/messages/", {"batch": str(batch.id)})
