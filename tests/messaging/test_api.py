"""GET /api/v1/messages and /api/v1/messages/<id>: what a key may read of what was sent."""

from datetime import timedelta
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.services import keys
from messaging import queries
from smsplatform.core import clock, remember
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/api/v1/messages"


@pytest.fixture
def project():
    remember.forget()
    return factories.ProjectFactory()


@pytest.fixture
def api(project):
    _key, text = keys.create(project=project, name="reader", scopes=["messages:read"])
    client = APIClient(headers={"Authorization": f"Bearer {text}"})
    # The key is remembered, so that it is in no count of queries.
    client.get(URL)
    return client


@pytest.fixture
def make(project):
    def message(**fields):
        return factories.MessageFactory(account=project.account, project=project, **fields)

    return message


def ids(response):
    assert response.status_code == 200, response.json()
    return [message["id"] for message in response.json()["messages"]]


def test_nobody_has_sent_anything(api):
    assert api.get(URL).json() == {"messages": [], "next_cursor": None}


def test_a_message_is_shown_with_what_was_promised_and_what_became_of_it(api, make):
    message = make(delivered=True, reference="order 7")

    [shown] = api.get(URL).json()["messages"]

    assert shown["id"] == str(message.id)
    assert (shown["to"], shown["state"], shown["outcome_known"]) == (
        message.number,
        "delivered",
        True,
    )
    assert shown["price"] == {"amount": "0.045", "currency": "CNY"}
    assert (shown["parts"], shown["country"], shown["reference"]) == (1, "CN", "order 7")
    for name in ("accepted_at", "send_at", "valid_until", "sent_at", "finished_at"):
        assert shown[name].endswith("Z"), name
    assert "wallet_id" not in shown
    assert "route_id" not in shown


def test_what_is_uncertain_is_shown_as_sending(api, make):
    make(uncertain=True)

    [shown] = api.get(URL, {"state": "sending"}).json()["messages"]

    assert (shown["state"], shown["outcome_known"]) == ("sending", False)
    assert api.get(URL, {"state": "uncertain"}).status_code == 422


def test_the_cursor_leads_through_everything_once(api, make):
    now = clock.now()
    made = [str(make(accepted_at=now - timedelta(seconds=age)).id) for age in range(7)]

    found, cursor = [], {}
    for _page in range(3):
        page = api.get(URL, {"limit": 3, **cursor})
        found += ids(page)
        cursor = {"cursor": page.json()["next_cursor"]}

    assert found == made
    assert cursor == {"cursor": None}


def test_an_empty_page_leads_on_where_not_all_was_looked_at(api, make, monkeypatch):
    monkeypatch.setattr(queries, "MOST_LOOKED_AT", 2)
    now = clock.now()
    queued = make(accepted_at=now - timedelta(seconds=9))
    for age in range(2):
        make(delivered=True, accepted_at=now - timedelta(seconds=age))

    first = api.get(URL, {"state": "queued"})
    second = api.get(URL, {"state": "queued", "cursor": first.json()["next_cursor"]})

    assert (ids(first), ids(second)) == ([], [str(queued.id)])
    assert second.json()["next_cursor"] is None


def test_a_list_may_be_narrowed_by_state_batch_and_time(api, make):
    now = clock.now()
    old = make(delivered=True, accepted_at=now - timedelta(hours=20))
    new = make(accepted_at=now)

    assert ids(api.get(URL, {"state": "delivered"})) == [str(old.id)]
    assert ids(api.get(URL, {"batch_id": str(new.batch_id)})) == [str(new.id)]
    day = (now - timedelta(hours=10)).isoformat()
    assert ids(api.get(URL, {"accepted_from": day})) == [str(new.id)]
    assert ids(api.get(URL, {"accepted_until": day})) == [str(old.id)]
    assert ids(api.get(URL, {"state": "delivered", "accepted_from": day})) == []


@pytest.mark.parametrize(
    "written",
    ["number=%2B8613812345678", "number=+8613812345678", "number=13812345678"],
)
def test_a_list_may_be_narrowed_by_a_number_as_people_write_it(written, api, make):
    mine = make(number="+8613812345678")
    make()

    assert ids(api.get(f"{URL}?{written}")) == [str(mine.id)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=lost", "state"),
        ("number=hello", "number"),
        ("number=%00", "number"),
        ("batch_id=7", "batch_id"),
        ("cursor=abc", "cursor"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("accepted_from=yesterday", "accepted_from"),
        ("accepted_until=2026-13-01T00:00:00Z", "accepted_until"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_filter_that_means_nothing_is_named(query, field, language, api):
    response = api.get(f"{URL}?{query}", headers={"Accept-Language": language})

    body = response.json()
    assert (response.status_code, body["code"]) == (422, "invalid")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert body["errors"][0]["field"] == field
    assert body["errors"][0]["message"].isascii() == (language == "en")


@pytest.mark.parametrize(
    "query",
    [
        "accepted_from=0001-01-01T00:00:00%2B14:00",
        "accepted_until=9999-12-31T23:59:59-12:00",
        "accepted_from=1500-01-01T00:00:00Z&accepted_until=9999-12-31T23:59:59Z",
        "cursor=ffffffff-ffff-ffff-ffff-ffffffffffff",
        "state=delivered&state=sent",
        "unknown=1&format=xml",
    ],
)
def test_no_filter_breaks_anything(query, api):
    assert api.get(f"{URL}?{query}").status_code in (200, 422)


def test_one_message_is_shown_whole(api, make):
    message = make(delivered=True)

    shown = api.get(f"{URL}/{message.id}").json()

    assert (shown["id"], shown["state"]) == (str(message.id), "delivered")
    assert shown["text"].startswith("【示例商贸】")
    assert [attempt["state"] for attempt in shown["attempts"]] == ["accepted"]
    assert shown["decide_at"] is None


def test_an_uncertain_message_says_when_it_is_decided(api, make):
    shown = api.get(f"{URL}/{make(uncertain=True).id}").json()

    assert (shown["state"], shown["outcome_known"]) == ("sending", False)
    assert shown["decide_at"]


@pytest.mark.parametrize("what", ["a stranger's", "nobody's", "no id", "a braced id"])
def test_what_is_not_ours_is_not_found(what, api, make):
    asked = {
        "a stranger's": factories.MessageFactory().id,
        "nobody's": uuid4(),
        "no id": "1",
        "a braced id": "{x}",
    }[what]

    response = api.get(f"{URL}/{asked}")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_list_shows_nothing_of_a_stranger(api):
    theirs = factories.MessageFactory()

    assert ids(api.get(URL)) == []
    assert ids(api.get(URL, {"batch_id": str(theirs.batch_id)})) == []
    assert ids(api.get(URL, {"number": theirs.number})) == []


def test_a_page_is_one_query_however_long(api, make, django_assert_num_queries):
    for _each in range(5):
        make(delivered=True)

    with django_assert_num_queries(1):
        assert len(ids(api.get(URL))) == 5


def test_one_message_is_three_queries_however_long_its_life(api, make, django_assert_num_queries):
    message = make(delivered=True)

    with django_assert_num_queries(3):
        api.get(f"{URL}/{message.id}")
