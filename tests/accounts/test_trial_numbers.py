"""An account's own numbers to try with: proved by codes, a few, and no other account's."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import Account, PhoneCode, Role, Scope, TrialNumber
from accounts.services import keys, trial_numbers
from accounts.services.phone_codes import CodeWrong
from accounts.services.trial_numbers import AlreadyLive, TooManyTrialNumbers
from smsplatform.core import clock, remember
from smsplatform.core.audit import AuditEntry
from tests import factories
from tests.house import code_on, open_house, wrong
from tests.portal import sign_in

pytestmark = pytest.mark.django_db

NUMBER = "+8613800138000"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LIST, NEW, CODE = (reverse(f"trial-number-{page}") for page in ("list", "new", "code"))
API = "/api/v1/trial-numbers"


@pytest.fixture(autouse=True)
def held(monkeypatch):
    """The hour is a test's own."""
    hours = {"now": NOW}
    monkeypatch.setattr(clock, "_source", lambda: hours["now"])
    open_house()
    return hours


@pytest.fixture
def account(client):
    return sign_in(client, role=Role.DEVELOPER, account=factories.AccountFactory(is_live=False))


def numbers(account):
    return [row.number for row in trial_numbers.of(account)]


def prove(account, *, by="user:7", at=NOW, number=NUMBER):
    trial_numbers.ask(account=account, number=number, by=by, language="en", now=at)
    code = code_on(number)
    return trial_numbers.prove(account=account, number=number, code=code, by=by, now=at)


def test_a_number_is_added_when_the_code_that_went_there_comes_back(client, account):
    answer = client.post(NEW, {"number": "138 0013 8000"})
    assert answer.headers["Location"] == CODE
    assert numbers(account) == []

    answer = client.post(CODE, {"code": code_on(NUMBER)}, follow=True)

    row = TrialNumber.objects.get()
    assert (row.account, row.number, row.proved_at) == (account, NUMBER, NOW)
    assert "The number is proved." in answer.text
    assert AuditEntry.objects.filter(action="trial_number.proved", account_id=account.pk).exists()


def test_a_wrong_code_is_told_at_its_field_and_adds_nothing(client, account):
    client.post(NEW, {"number": NUMBER})

    answer = client.post(CODE, {"code": wrong(code_on(NUMBER))})

    assert "five tries were wrong" in str(answer.context["form"].errors["code"])
    assert numbers(account) == []


def test_another_code_is_sent_when_a_minute_has_passed(client, account, held):
    client.post(NEW, {"number": NUMBER})

    early = client.post(CODE, {"again": "1"}, follow=True)
    held["now"] = NOW + timedelta(minutes=1)
    client.post(CODE, {"again": "1"})

    assert "One code a minute" in early.text
    assert PhoneCode.objects.count() == 2


def test_a_page_for_a_code_that_nobody_waits_for_leads_back(client, account):
    assert client.get(CODE).headers["Location"] == NEW
    assert client.post(CODE, {"code": "123456"}).headers["Location"] == NEW


def test_a_code_of_one_s_own_phone_adds_no_number(account):
    """What it was asked for is part of it."""
    PhoneCode.objects.all().delete()
    factories.PhoneCodeFactory(number=NUMBER, asked_by="user:7", created_at=NOW)

    with pytest.raises(CodeWrong):
        trial_numbers.prove(account=account, number=NUMBER, code="123456", by="user:7", now=NOW)


def test_no_more_than_the_account_may_have(client, account):
    factories.TrialNumberFactory.create_batch(5, account=account)

    answer = client.post(NEW, {"number": NUMBER})

    assert "with 5 numbers at most" in answer.text
    assert not PhoneCode.objects.exists()
    assert NEW not in client.get(LIST).text
    Account.objects.update(most_trial_numbers=6)
    account.refresh_from_db()
    prove(account)
    assert len(numbers(account)) == 6


def test_the_limit_is_looked_at_again_when_the_code_comes_back(account):
    Account.objects.update(most_trial_numbers=1)
    account.refresh_from_db()
    trial_numbers.ask(account=account, number=NUMBER, by="user:7", language="en", now=NOW)
    code = code_on(NUMBER)
    factories.TrialNumberFactory(account=account)

    with pytest.raises(TooManyTrialNumbers):
        trial_numbers.prove(account=account, number=NUMBER, code=code, by="user:7", now=NOW)


def test_a_number_that_was_added_may_be_proved_again_though_there_is_no_room(account, held):
    prove(account)
    Account.objects.update(most_trial_numbers=1)
    account.refresh_from_db()

    held["now"] = NOW + timedelta(minutes=1)

    prove(account, at=held["now"])

    assert numbers(account) == [NUMBER]


def test_a_number_is_of_the_account_that_proved_it_last(account):
    earlier = factories.TrialNumberFactory(number=NUMBER)

    prove(account)

    assert numbers(account) == [NUMBER]
    assert numbers(earlier.account) == []
    lost = AuditEntry.objects.get(action="trial_number.lost")
    assert lost.account_id == earlier.account_id


def test_an_account_that_is_live_needs_none(client):
    account = sign_in(client)

    with pytest.raises(AlreadyLive):
        trial_numbers.ask(account=account, number=NUMBER, by="user:1", language="en", now=NOW)
    assert "No trial numbers needed" in client.get(LIST).text
    assert "Your account is live" in client.post(NEW, {"number": NUMBER}).text


def test_numbers_of_an_account_that_became_live_are_no_trial_any_more(account):
    factories.TrialNumberFactory(account=account, number=NUMBER)
    assert trial_numbers.of_accounts([account.pk]) == {account.pk: {NUMBER: 10}}

    Account.objects.update(is_live=True)
    remember.forget()

    assert trial_numbers.of_accounts([account.pk]) == {account.pk: {}}


def test_an_empty_list_says_how_to_begin(client, account):
    page = client.get(LIST).text

    assert "No trial numbers yet" in page
    assert NEW in page


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_needs_the_same_queries_however_long_it_is(
    client, account, count, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(trial_numbers, "_carries", [lambda _number: True])
    factories.TrialNumberFactory.create_batch(count, account=account)
    client.get(LIST)

    with django_assert_num_queries(4):  # session, user, memberships, numbers
        client.get(LIST)


def test_the_list_says_where_messages_are_simulated(client, account):
    factories.TrialNumberFactory(account=account)

    assert "are simulated" in client.get(LIST).text


def test_a_number_is_removed_once_it_was_asked_about(client, account):
    row = factories.TrialNumberFactory(account=account)
    page = reverse("trial-number-remove", args=[row.public_id])

    assert "Remove this number?" in client.get(page).text
    client.post(page)

    assert numbers(account) == []
    assert AuditEntry.objects.filter(action="trial_number.removed").exists()
    assert client.post(page).status_code == 404


def bearer(account, *scopes):
    project = factories.ProjectFactory(account=account)
    _key, text = keys.create(project=project, name="t", scopes=scopes or Scope.values)
    return {"Authorization": f"Bearer {text}"}


def test_by_rest_a_number_is_added_by_the_key_that_asked(client, account):
    headers = bearer(account)

    sent = client.post(API, {"number": "13800138000"}, "application/json", headers=headers)
    soon = client.post(API, {"number": "13800138000"}, "application/json", headers=headers)
    body = {"number": "13800138000", "code": code_on(NUMBER)}
    proved = client.post(f"{API}/proof", body, "application/json", headers=headers)
    listed = client.get(API, headers=headers).json()["trial_numbers"]

    assert (sent.status_code, sent.json()["number"]) == (202, NUMBER)
    assert (soon.status_code, soon.json()["code"]) == (429, "too_many_codes")
    assert proved.status_code == 201
    assert listed == [proved.json()]
    assert (listed[0]["number"], listed[0]["reaches_phone"]) == (NUMBER, False)

    gone = client.delete(f"{API}/{listed[0]['id']}", headers=headers)
    assert gone.status_code == 204
    assert client.get(API, headers=headers).json() == {"trial_numbers": []}


def test_by_rest_a_number_that_is_none_is_told(client, account):
    answer = client.post(API, {"number": "12"}, "application/json", headers=bearer(account))

    assert answer.status_code == 422
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [
        ("number", "number_invalid")
    ]
