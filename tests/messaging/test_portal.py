"""The list of messages and one message's life, as people see them."""

import html
import re
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Role
from messaging import queries
from smsplatform.core import clock, days
from tests import factories
from tests.portal import hold_clock, sign_in

pytestmark = pytest.mark.django_db

NUMBER, SHOWN, MASKED = "+8613812345678", "+86 138 1234 5678", "+86138****5678"


@pytest.fixture
def account(client):
    return sign_in(client)


def test_the_list_shows_number_state_and_price(client, account):
    factories.MessageFactory(account=account, number=NUMBER, delivered=True)

    text = client.get("/messages/").text

    assert SHOWN in text
    assert "Delivered" in text
    assert "CN¥0.045" in text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE])
def test_some_roles_see_neither_number_nor_text(client, role):
    account = sign_in(client, role=role)
    message = factories.MessageFactory(account=account, number=NUMBER)

    pages = [client.get(path).text for path in ("/", "/messages/", f"/messages/{message.id}")]

    assert all(MASKED in page for page in pages)
    assert not any(SHOWN in page or NUMBER in page or "482913" in page for page in pages)


def test_the_list_is_filtered_by_what_a_person_types(client, account):
    factories.MessageFactory(account=account, number=NUMBER)
    factories.MessageFactory(account=account, number="+8613900000000", delivered=True)

    by_number = client.get("/messages/", {"number": "138 1234 5678"}).text
    by_state = client.get("/messages/", {"state": "delivered"}).text

    assert SHOWN in by_number
    assert "139 0000" not in by_number
    assert SHOWN not in by_state


def test_days_are_days_of_the_accounts_zone(client, account):
    today = days.containing(clock.now(), account.timezone)
    factories.MessageFactory(account=account, number=NUMBER)

    found = client.get("/messages/", {"first_date": today, "last_date": today}).text
    missed = client.get("/messages/", {"last_date": today - timedelta(days=1)}).text

    assert SHOWN in found
    assert "No message fits this filter" in missed


@pytest.mark.parametrize(
    "question",
    [
        {"number": "12"},
        {"number": "\x00"},
        {"batch": "x"},
        {"cursor": "x"},
        {"state": "lost"},
        {"first_date": "0001-01-01"},
        {"last_date": "9999-12-31"},
    ],
)
def test_a_filter_that_cannot_be_read_is_answered_with_a_page(client, account, question):
    response = client.get("/messages/", question)

    assert response.status_code == 200
    assert "The filter cannot be read" in response.text


def test_older_messages_are_a_link_away_and_keep_the_filter(client, account):
    project = factories.ProjectFactory(account=account)
    for _ in range(51):
        factories.MessageFactory(account=account, project=project)

    page = client.get("/messages/", {"state": "queued"})
    cursor = page.context["page"].next_cursor
    older = client.get("/messages/", {"state": "queued", "cursor": str(cursor)})

    assert f"?state=queued&amp;cursor={cursor}" in page.text
    assert len(older.context["page"].messages) == 1


def test_a_filter_that_fits_rarely_says_how_far_it_looked_and_leads_on(
    client, account, monkeypatch
):
    monkeypatch.setattr(queries, "MOST_LOOKED_AT", 2)
    now = clock.now()
    for age, is_sent in enumerate([True, True, False, True, False, True]):
        accepted_at = now - timedelta(hours=age)
        factories.MessageFactory(account=account, accepted_at=accepted_at, sent=is_sent)

    pages = list(_follow(client, "/messages/?state=queued"))

    assert ["Your messages back to <time" in page for page in pages] == [True, True, False]
    assert ["None in this stretch of time" in page for page in pages] == [True, False, False]
    assert [page.count('class="row-link"') for page in pages] == [0, 1, 1]


def _follow(client, path):
    """The pages that "Look further back" leads through."""
    while path:
        text = client.get(path).text
        yield text
        link = re.search(r'href="([^"]+)"[^>]*>\s*Look further back', text)
        path = link and f"/messages/{html.unescape(link[1])}"


def test_an_empty_list_says_what_to_do(client, account):
    assert "Send the first message" in client.get("/messages/").text


def test_what_belongs_to_another_account_is_not_there(client, account):
    theirs = factories.MessageFactory()

    assert client.get(f"/messages/{theirs.id}").status_code == 404
    assert client.get(f"/messages/{uuid4()}").status_code == 404


def test_a_life_shows_text_reason_and_refund(client, account):
    wallet = factories.WalletFactory(account=account)
    message = factories.MessageFactory(account=account, wallet=wallet, undelivered=True)
    factories.EntryFactory(wallet=wallet, reference=f"message:{message.id}")
    factories.WebhookDeliveryFactory(message=message, delivered=True)

    text = client.get(f"/messages/{message.id}").text

    assert "482913" in text
    assert "could not bring it to the phone" in text
    assert "MK:0012" in text
    assert "You were paid back CN¥0.045." in text
    assert "hooks.example.com, 1 try" in text


def test_an_unknown_outcome_is_still_sending_and_says_when_it_is_decided(client, account):
    message = factories.MessageFactory(account=account, uncertain=True)

    text = client.get(f"/messages/{message.id}").text

    assert "Sending" in text
    assert "Uncertain" not in text
    assert "Outcome not known yet, decided by" in text


def test_a_life_refreshes_itself_until_it_has_ended(client, account):
    moving = factories.MessageFactory(account=account, sent=True)
    ended = factories.MessageFactory(account=account, delivered=True)

    part = client.get(f"/messages/{moving.id}", headers={"HX-Request": "true"}).text

    assert part.lstrip().startswith('<div id="life"')
    assert "hx-trigger" in part
    assert "hx-trigger" not in client.get(f"/messages/{ended.id}").text


@pytest.mark.parametrize(
    "trait",
    ["scheduled", "sending", "sent", "delivered", "no_receipt", "failed", "cancelled"],
)
def test_every_state_is_explained(client, account, trait):
    message = factories.MessageFactory(account=account, **{trait: True})

    assert client.get(f"/messages/{message.id}").context["explanation"].what


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ("repeated", "changed nothing"),
        ("late", "no money moved again"),
        ("conflict", "the first one counts"),
        ("after_refund", "had been paid back"),
        ("superseded", "an earlier try"),
    ],
)
def test_a_receipt_that_changed_nothing_says_why(client, account, effect, words):
    message = factories.MessageFactory(account=account, delivered=True)
    factories.ReceiptFactory(message=message, effect=effect)

    assert words in client.get(f"/messages/{message.id}").text


def test_text_is_quoted_never_run(client, account):
    message = factories.MessageFactory(account=account, body="<script>alert(1)</script>")

    assert "<script>alert" not in client.get(f"/messages/{message.id}").text


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_needs_four_queries_however_long_it_is(
    client, account, count, monkeypatch, django_assert_num_queries
):
    hold_clock(monkeypatch)
    for _ in range(count):
        factories.MessageFactory(account=account)

    with django_assert_num_queries(4):  # session, user, memberships, messages
        client.get("/messages/")


def test_a_life_needs_twelve_queries(client, account, monkeypatch, django_assert_num_queries):
    hold_clock(monkeypatch)
    message = factories.MessageFactory(account=account, delivered=True)
    factories.WebhookDeliveryFactory(message=message)

    with django_assert_num_queries(12):  # session, user, memberships, and a life's nine
        client.get(f"/messages/{message.id}")
