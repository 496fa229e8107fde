"""What a held message looks like: to its owner, and to its reviewer."""

import pytest
from django.urls import reverse

from messaging.models import MessageText
from smsplatform.core.review import Item
from tests import factories, world
from tests.messaging.test_holding import LOAN, decide, line, to, turn  # noqa: F401 - a fixture
from tests.portal import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(line):  # noqa: F811
    message_ids = line.accept(*to(3), text=LOAN)
    turn(line)
    return message_ids


@pytest.fixture
def account(line, client):  # noqa: F811
    return sign_in(client, account=line.customer.account)


@pytest.fixture
def reviewer(client):
    client.force_login(factories.staff("mei@example.com"))
    return client


def page(client, message_id):
    return client.get(f"/messages/{message_id}").text


def test_its_owner_reads_that_a_reviewer_reads_it(client, account, held):
    shown = page(client, held[0])

    assert "In review" in shown
    assert "our staff read it before it may leave" in shown
    assert "Paid back, if nobody has read it" in shown
    assert "Cancel this message" in shown
    assert "In review" in client.get("/messages/?state=review").text


def test_its_owner_reads_why_it_was_rejected(line, client, account, held):  # noqa: F811
    decide(line, "rejected")

    shown = page(client, held[0])

    assert "may not be sent. Leave it out." in shown
    assert "A reviewer read it and rejected it" in shown
    assert "You were paid back" in shown


def test_its_owner_reads_that_it_was_let_go(line, client, account, held):  # noqa: F811
    decide(line)

    assert "A reviewer read it and let it go" in page(client, held[0])


def test_the_api_tells_the_same(line, client, held):  # noqa: F811
    url = f"/api/v1/messages/{held[0]}"
    shown = client.get(url, headers=line.customer.bearer).json()
    assert (shown["state"], shown["reason"], shown["review_reasons"]) == (
        "review",
        "words_need_review",
        [],
    )

    decide(line, "rejected")

    shown = client.get(url, headers=line.customer.bearer).json()
    assert (shown["state"], shown["reason"]) == ("rejected", "review_prohibited")
    [reason] = shown["review_reasons"]
    assert reason == {
        "code": "prohibited",
        "field": "text",
        "reason": "It offers or asks for what may not be sent.",
        "fix": "Leave it out.",
        "text": "It offers or asks for what may not be sent. Leave it out.",
    }


def test_an_estimate_tells_that_it_would_be_held(line, client):  # noqa: F811
    answer = client.post(
        "/api/v1/messages/estimate",
        {"to": "13800138000", "text": LOAN},
        "application/json",
        headers=line.customer.bearer,
    )

    assert [one["state"] for one in answer.json()["messages"]] == ["review"]


def desk_page(client):
    return client.get(reverse("admin:core_item_change", args=[Item.objects.get().pk]))


def test_a_reviewer_reads_the_text_with_its_words_marked_and_no_whole_number(reviewer, held):
    shown = desk_page(reviewer).text

    assert "<mark>贷款</mark>" in shown
    assert "× 3" in shown
    assert "13800138001" not in shown
    assert "+86138****8001" in shown
    assert "Let it go" in shown
    assert 'value="needs_more"' not in shown


def test_a_review_outlives_its_text(reviewer, held):
    MessageText.objects.all().delete()

    assert "no longer kept" in desk_page(reviewer).text


def test_a_review_of_many_costs_as_much_as_one_of_a_few(
    line,  # noqa: F811
    reviewer,
    held,
    django_assert_max_num_queries,
):
    world.make_template(line.customer.account, "other")
    for number in range(20):
        line.accept(f"139001390{number:02}", text=LOAN)
    turn(line)

    with django_assert_max_num_queries(16):
        desk_page(reviewer)
