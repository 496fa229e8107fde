"""/api/v1/suppressions and /api/v1/consents, as a key sees them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from messaging.models import ConsentEntry, Suppression
from smsplatform.core import clock
from smsplatform.core.audit import AuditEntry
from tests import factories, world

pytestmark = pytest.mark.django_db

NUMBER = "+8613800138000"


@pytest.fixture
def customer():
    return world.make_customer()


@pytest.fixture
def api(customer):
    client = APIClient(headers=customer.bearer)
    client.get("/api/v1/balance")
    return client


def add(api, *rows):
    return api.post("/api/v1/suppressions", {"suppressions": list(rows)}, format="json")


def codes(answer):
    return [(one["field"], one["code"]) for one in answer.json()["errors"]]


def test_numbers_are_added_once_and_written_down(api, customer):
    first = add(api, {"number": "138 0013 8000", "note": "by phone"}, {"number": "13800138001"})
    again = add(api, {"number": NUMBER})

    assert (first.status_code, first.json()) == (200, {"added": 2, "in_force_before": 0})
    assert again.json() == {"added": 0, "in_force_before": 1}
    row = Suppression.objects.get(number=NUMBER)
    assert (row.account, row.source, row.note) == (customer.account, "api", "by phone")
    assert row.created_by == f"API key {customer.key.pk}"
    assert AuditEntry.objects.filter(account_id=customer.account.id).count() == 2


def test_a_class_a_signature_and_an_end_may_be_named(api, customer):
    ends = clock.now() + timedelta(days=30)

    add(
        api,
        {
            "number": NUMBER,
            "message_class": "marketing",
            "signature": "Acme",
            "expires_at": ends.isoformat(),
        },
    )

    row = Suppression.objects.get()
    assert (row.signature, row.message_class) == (customer.signature, "marketing")
    assert row.expires_at == ends


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"number": "12"}, ("suppressions[1].number", "number_invalid")),
        ({"number": "+861012345678"}, ("suppressions[1].number", "number_not_mobile")),
        ({"number": NUMBER, "signature": "No"}, ("suppressions[1].signature", "signature_unknown")),
        (
            {"number": NUMBER, "expires_at": "2020-01-01T00:00:00Z"},
            ("suppressions[1].expires_at", "time_past"),
        ),
    ],
)
def test_one_bad_row_refuses_the_request_and_is_named(api, row, problem):
    answer = add(api, {"number": "13800138001"}, row)

    assert (answer.status_code, codes(answer)) == (422, [problem])
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("count", [0, 1001])
def test_a_request_has_one_number_at_least_and_a_thousand_at_most(api, count):
    assert add(api, *[{"number": NUMBER}] * count).status_code == 422


def test_a_thousand_numbers_cost_as_many_queries_as_one(api, django_assert_max_num_queries):
    rows = [{"number": f"1380000{n:04}"} for n in range(1000)]

    with django_assert_max_num_queries(9):
        assert add(api, *rows).json()["added"] == 1000


def test_the_list_is_newest_first_and_turns_its_pages(api, customer, django_assert_num_queries):
    now = clock.now()
    for age in range(5):
        factories.SuppressionFactory(
            account=customer.account, created_at=now - timedelta(minutes=age), number=f"+86{age}"
        )
    factories.SuppressionFactory()

    with django_assert_num_queries(1):
        first = api.get("/api/v1/suppressions", {"limit": 3}).json()
    rest = api.get("/api/v1/suppressions", {"limit": 3, "cursor": first["next_cursor"]}).json()

    assert [one["number"] for one in first["suppressions"]] == ["+860", "+861", "+862"]
    assert [one["number"] for one in rest["suppressions"]] == ["+863", "+864"]
    assert rest["next_cursor"] is None


def test_a_number_is_looked_up_and_its_history_too(api, customer):
    old = factories.SuppressionFactory(account=customer.account, number=NUMBER)
    api.post(f"/api/v1/suppressions/{old.id}/lift")
    factories.SuppressionFactory(account=customer.account, number=NUMBER, source="reply", word="td")
    factories.SuppressionFactory(account=customer.account)

    # The plus was not escaped.
    now = api.get("/api/v1/suppressions?number=+8613800138000").json()["suppressions"]
    ever = api.get("/api/v1/suppressions", {"number": NUMBER, "history": True}).json()

    assert [(one["source"], one["word"]) for one in now] == [("reply", "td")]
    assert len(ever["suppressions"]) == 2


def test_what_was_entered_is_lifted_and_lifting_again_is_no_error(api, customer):
    row = factories.SuppressionFactory(account=customer.account)

    answers = [api.post(f"/api/v1/suppressions/{row.id}/lift") for _count in range(2)]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json()["lifted_at"] == answers[1].json()["lifted_at"] is not None


def test_what_a_recipient_said_is_not_lifted(api, customer):
    row = factories.SuppressionFactory(account=customer.account, source="reply")

    answer = api.post(f"/api/v1/suppressions/{row.id}/lift")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_liftable")


def test_nobody_else_s_row_is_there(api):
    answer = api.post(f"/api/v1/suppressions/{uuid4()}/lift")

    assert answer.status_code == 404


def test_consents_are_recorded_and_listed(api, customer):
    said = [
        {
            "number": "13800138000",
            "act": "granted",
            "source": "form",
            "text_version": "2026-03",
            "evidence": "https://shop.example/signup",
            "at": "2026-03-01T10:00:00+08:00",
        },
        {"number": "13800138000", "act": "withdrawn", "source": "phone"},
    ]

    answer = api.post("/api/v1/consents", {"consents": said}, format="json")

    assert (answer.status_code, answer.json()) == (200, {"recorded": 2})
    shown = api.get("/api/v1/consents", {"number": NUMBER}).json()["consents"]
    assert [one["act"] for one in shown] == ["withdrawn", "granted"]
    assert {one["message_class"] for one in shown} == {"marketing"}
    assert api.get("/api/v1/consents", {"number": "13900139000"}).json()["consents"] == []


def test_a_consent_of_tomorrow_is_refused(api):
    row = {
        "number": NUMBER,
        "act": "granted",
        "source": "form",
        "at": (clock.now() + timedelta(days=1)).isoformat(),
    }

    answer = api.post("/api/v1/consents", {"consents": [row]}, format="json")

    assert codes(answer) == [("consents[0].at", "time_ahead")]
    assert not ConsentEntry.objects.exists()


def test_a_suppressed_number_is_refused_when_sending_and_the_answer_says_why(api, customer):
    world.make_prices()
    world.make_carrier()
    add(api, {"number": NUMBER})
    body = {"to": ["13800138000", "13800138001"], "template": "login_code"}

    answer = api.post("/api/v1/messages", {**body, "params": {"code": "123456"}}, format="json")

    [rejected] = answer.json()["rejected"]
    assert (rejected["index"], rejected["code"]) == (0, "recipient_opted_out")
