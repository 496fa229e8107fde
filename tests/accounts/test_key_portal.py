"""The keys of an account, as its developers handle them."""

import re
from datetime import timedelta

import pytest

from accounts.access import KeyRevoked, authenticate
from accounts.models import ApiKey, Role, Scope
from accounts.services import issuing
from smsplatform.core import clock, remember
from smsplatform.core.audit import AuditEntry
from tests import factories
from tests.portal import confirm_password, hold_clock, sign_in

pytestmark = pytest.mark.django_db

NEW = "/keys/new"


@pytest.fixture
def account(client):
    account = sign_in(client, role=Role.DEVELOPER)
    factories.ProjectFactory(account=account)
    confirm_password(client)
    return account


def fields(account, **changed):
    return {
        "name": "shop server",
        "mode": "live",
        "project": account.projects.get().pk,
        "scopes": [Scope.SEND, Scope.READ],
        "networks": "",
        "days": "0",
        **changed,
    }


def shown_key(answer):
    return re.search(r"sms_(?:live|test)_[0-9a-z]{8}_[0-9A-Za-z_-]+", answer.text)[0]


def enter(text, address="192.0.2.1"):
    remember.forget()
    return authenticate(authorization=f"Bearer {text}", address=address, now=clock.now())


def test_a_key_is_made_and_opens_the_door_with_its_scopes_only(client, account):
    answer = client.post(NEW, fields(account))

    facts = enter(shown_key(answer))
    assert facts.account_id == account.pk
    assert facts.scopes == {Scope.SEND, Scope.READ}


def test_a_key_is_shown_once(client, account):
    text = shown_key(client.post(NEW, fields(account)))

    page = client.get("/keys/").text
    assert text not in page
    assert ApiKey.objects.get().prefix in page


def test_a_key_is_used_from_its_networks_and_until_its_end(client, account):
    client.post(NEW, fields(account, networks="192.0.2.0/24\n2001:db8::1", days="30"))

    key = ApiKey.objects.get()
    assert key.allowed_networks == ["192.0.2.0/24", "2001:db8::1/128"]
    assert abs(key.expires_at - key.created_at - timedelta(days=30)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"networks": "10.0.0.0/99"},
        {"networks": "192.0.2.1/24"},
        {"networks": "\n".join(f"192.0.2.{n}" for n in range(51))},
        {"scopes": []},
        {"scopes": ["messages:everything"]},
        {"days": "7"},
        {"mode": "pretend"},
        {"name": ""},
    ],
)
def test_a_key_that_cannot_be_is_refused_at_its_field(client, account, wrong):
    answer = client.post(NEW, fields(account, **wrong))

    assert "error" in answer.text
    assert not ApiKey.objects.exists()


def test_a_developer_makes_no_key_for_what_only_owners_may(client, account):
    client.post(NEW, fields(account, scopes=[Scope.QUALIFICATIONS_READ]))

    assert not ApiKey.objects.exists()


def test_a_project_of_somebody_else_is_no_choice(client, account):
    client.post(NEW, fields(account, project=factories.ProjectFactory().pk))

    assert not ApiKey.objects.exists()


def test_a_name_in_use_asks_for_a_rotation(client, account):
    client.post(NEW, fields(account))

    answer = client.post(NEW, fields(account))

    assert "rotate that one" in answer.text
    assert ApiKey.objects.count() == 1


def test_a_rotation_makes_a_second_key_and_the_first_goes_on(client, account):
    first = shown_key(client.post(NEW, fields(account, days="30")))
    prefix = ApiKey.objects.get().prefix

    second = shown_key(client.post(f"/keys/{prefix}/rotate"))

    assert enter(first).scopes == enter(second).scopes
    one, two = ApiKey.objects.order_by("id")
    assert (one.name, one.project) == (two.name, two.project)
    assert abs((two.expires_at - one.expires_at).total_seconds()) < 60


def test_a_sandbox_key_is_made_shown_as_such_and_stays_one_when_rotated(client, account):
    first = shown_key(client.post(NEW, fields(account, mode="sandbox")))
    second = shown_key(client.post(f"/keys/{ApiKey.objects.get().prefix}/rotate"))

    assert enter(first).is_sandbox
    assert second.startswith("sms_test_")
    assert client.get("/keys/").text.count("nothing is paid") == 2


def test_a_third_key_waits_for_the_end_of_the_first(client, account):
    client.post(NEW, fields(account))
    first = ApiKey.objects.get()
    client.post(f"/keys/{first.prefix}/rotate")

    refused = client.post(f"/keys/{first.prefix}/rotate", follow=True)
    client.post(f"/keys/{first.prefix}/revoke")
    client.post(f"/keys/{ApiKey.objects.latest('id').prefix}/rotate")

    assert "revoke the older one" in refused.text
    assert ApiKey.objects.filter(revoked_at=None).count() == 2


def test_a_revoked_key_opens_nothing_and_is_not_rotated(client, account):
    text = shown_key(client.post(NEW, fields(account)))
    prefix = ApiKey.objects.get().prefix

    client.post(f"/keys/{prefix}/revoke")
    client.post(f"/keys/{prefix}/rotate")

    with pytest.raises(KeyRevoked):
        enter(text)
    assert ApiKey.objects.count() == 1


def test_every_deed_is_in_the_audit_trail_without_the_secret(client, account):
    text = shown_key(client.post(NEW, fields(account)))
    prefix = ApiKey.objects.get().prefix
    client.post(f"/keys/{prefix}/rotate")
    client.post(f"/keys/{prefix}/revoke")

    entries = AuditEntry.objects.filter(account_id=account.pk).order_by("id")
    assert [one.action for one in entries] == ["apikey.issued", "apikey.rotated", "apikey.revoked"]
    assert all(text[-40:] not in str(vars(one)) for one in entries)


def test_a_developer_rotates_no_key_that_may_more_than_they(client, account):
    owner = factories.MembershipFactory(account=account)
    wish = issuing.Wish("accounting", [Scope.QUALIFICATIONS_WRITE])
    key, _text = issuing.issue(project=account.projects.get(), wish=wish, by=owner, now=clock.now())

    answer = client.post(f"/keys/{key.prefix}/rotate", follow=True)

    assert "your role may not" in answer.text
    assert ApiKey.objects.count() == 1


def test_what_was_typed_is_kept_while_the_password_is_asked_for(client):
    account = sign_in(client)
    factories.ProjectFactory(account=account)

    asked = client.post(NEW, fields(account))
    answer = client.post(asked.url, {"password": factories.PASSWORD, "next": NEW})

    assert enter(shown_key(answer)).account_id == account.pk


def test_a_dialog_that_needs_the_password_becomes_a_page(client):
    account = sign_in(client)
    key = factories.ApiKeyFactory(account=account)

    answer = client.get(f"/keys/{key.prefix}/revoke", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == f"/keys/{key.prefix}/revoke"


def test_an_account_without_keys_is_told_what_they_are_for(client, account):
    assert "No API keys yet" in client.get("/keys/").text


def test_the_list_asks_the_same_few_questions_for_any_number_of_keys(
    client, account, monkeypatch, django_assert_num_queries
):
    hold_clock(monkeypatch)
    for _each in range(5):
        factories.ApiKeyFactory(account=account)

    with django_assert_num_queries(4):
        client.get("/keys/")
