"""The page of suppressed numbers: looked at, searched, added to, lifted."""

import pytest

from accounts.models import Role
from messaging.models import Suppression
from tests import factories
from tests.portal import hold_clock, sign_in

pytestmark = pytest.mark.django_db

NUMBER, SHOWN, MASKED = "+8613812345678", "+86 138 1234 5678", "+86138****5678"


@pytest.fixture
def account(client):
    return sign_in(client)


def suppressed(account, **fields):
    return factories.SuppressionFactory(account=account, **{"number": NUMBER, **fields})


def test_the_list_says_which_number_what_and_why(client, account):
    suppressed(account, message_class="marketing", source="reply", word="退订")

    text = client.get("/suppressions/").text

    assert all(one in text for one in (SHOWN, "Marketing", "The recipient replied so", "退订"))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE])
def test_some_roles_see_masked_numbers_and_no_buttons(client, role):
    row = suppressed(sign_in(client, role=role), source="manual", word="secret word")

    text = client.get("/suppressions/").text

    assert MASKED in text
    assert not any(one in text for one in (SHOWN, NUMBER, "secret word", "/suppressions/add"))
    for path in ("/suppressions/add", f"/suppressions/{row.id}/lift"):
        assert client.get(path).status_code == 403
        assert client.post(path).status_code == 403


def test_an_empty_list_says_what_will_be_there_and_an_empty_search_says_so(client, account):
    assert "Nobody has opted out" in client.get("/suppressions/").text
    assert "No such number" in client.get("/suppressions/", {"number": NUMBER}).text


def test_a_number_is_found_as_a_person_types_it(client, account):
    suppressed(account)
    suppressed(account, number="+8613900000000")

    text = client.get("/suppressions/", {"number": "138 1234 5678"}).text

    assert SHOWN in text
    assert "139 0000" not in text
    assert "not a mobile number" in client.get("/suppressions/", {"number": "12"}).text


def test_what_is_over_is_shown_on_demand(client, account):
    suppressed(account, lifted_by="li@example.com", lifted_at="2026-01-01T00:00:00Z")

    assert SHOWN not in client.get("/suppressions/").text
    assert SHOWN in client.get("/suppressions/", {"history": "on"}).text


def test_numbers_are_added_from_a_box(client, account):
    typed = "138 1234 5678\n+8613812345678, 13900139000；13900139001\n\n"

    answer = client.post(
        "/suppressions/add",
        {"numbers": typed, "message_class": "marketing", "note": "by mail"},
        follow=True,
    )

    assert "3 numbers are suppressed from now on." in answer.text
    rows = Suppression.objects.filter(account=account, message_class="marketing", source="manual")
    assert (rows.count(), rows.first().note) == (3, "by mail")


def test_what_is_no_number_is_named_and_nothing_is_added(client, account):
    answer = client.post("/suppressions/add", {"numbers": "13812345678\nhello\n12"})

    assert "2 lines are no mobile numbers: hello, 12." in answer.text
    assert "13812345678" in answer.text
    assert not Suppression.objects.exists()


def test_more_than_a_thousand_numbers_are_refused(client, account):
    typed = "\n".join(f"1380000{n:04}" for n in range(1001))

    answer = client.post("/suppressions/add", {"numbers": typed})

    assert "add 1000 at a time" in answer.text


def test_a_number_is_lifted_after_a_question(client, account):
    row = suppressed(account)

    asked = client.get(f"/suppressions/{row.id}/lift").text
    answer = client.post(f"/suppressions/{row.id}/lift", follow=True)

    assert "Let this number be written to again?" in asked
    assert "may be written to again" in answer.text
    row.refresh_from_db()
    assert row.lifted_by.endswith("@example.com")


def test_what_a_recipient_said_has_no_button_and_stays(client, account):
    row = suppressed(account, source="reply")

    assert f"/suppressions/{row.id}/lift" not in client.get("/suppressions/").text
    answer = client.post(f"/suppressions/{row.id}/lift", follow=True)

    assert "cannot be lifted here" in answer.text
    row.refresh_from_db()
    assert row.lifted_at is None


def test_the_list_costs_the_same_whatever_its_length(
    client, account, monkeypatch, django_assert_num_queries
):
    for n in range(60):
        suppressed(account, number=f"+86138000000{n:02}")
    hold_clock(monkeypatch)
    client.get("/suppressions/")

    with django_assert_num_queries(4):
        answer = client.get("/suppressions/")

    assert answer.text.count("cell-time") == 100
    assert "Older" in answer.text
