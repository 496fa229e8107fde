"""The search box of the shell leads to the message, or to the list that holds it."""

import pytest

from tests import factories
from tests.portal import sign_in

pytestmark = pytest.mark.django_db

NUMBER, SHOWN = "+8613812345678", "+86 138 1234 5678"


@pytest.fixture
def account(client):
    return sign_in(client)


def find(client, typed):
    return client.get("/messages/", {"find": typed})


def test_an_id_leads_to_the_message(client, account):
    message = factories.MessageFactory(account=account)

    assert find(client, f" {message.id} ").url == f"/messages/{message.id}"


def test_the_id_of_somebody_elses_message_leads_to_an_empty_list(client, account):
    theirs = factories.MessageFactory()

    response = client.get("/messages/", {"find": str(theirs.id)}, follow=True)

    assert response.redirect_chain == [(f"/messages/?batch={theirs.id}", 302)]
    assert "No message fits this filter" in response.text


def test_a_number_leads_to_its_messages_however_it_is_written(client, account):
    factories.MessageFactory(account=account, number=NUMBER)

    response = client.get("/messages/", {"find": "138-1234-5678"}, follow=True)

    assert SHOWN in response.text


@pytest.mark.parametrize("reference", ["order 7", "20261123", "A-1024/ü"])
def test_anything_else_is_a_reference(client, account, reference):
    factories.MessageFactory(account=account, number=NUMBER, reference=reference)
    factories.MessageFactory(account=account, number="+8613900000000")

    text = client.get("/messages/", {"find": reference}, follow=True).text

    assert SHOWN in text
    assert "139 0000" not in text


@pytest.mark.parametrize("typed", ["\x00", "x" * 65])
def test_what_can_be_no_reference_is_told_so(client, account, typed):
    text = client.get("/messages/", {"find": typed}, follow=True).text

    assert "The filter cannot be read" in text


def test_nothing_typed_is_the_whole_list(client, account):
    factories.MessageFactory(account=account, number=NUMBER)

    assert SHOWN in find(client, "  ").text
