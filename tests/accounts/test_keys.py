"""API keys: told once, kept as a hash, recognised by shape, revoked within a second."""

import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.core.exceptions import ValidationError

from accounts.access import (
    AddressNotAllowed,
    KeyMissing,
    KeyRevoked,
    KeyUnknown,
    ScopeMissing,
    authenticate,
    require,
)
from accounts.models import ApiKey, Scope
from accounts.services import keys
from accounts.states import AccountState
from smsplatform.core import remember
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _forgetful():
    remember.forget()


@pytest.fixture
def project():
    return factories.ProjectFactory()


def enter(text, *, address="192.0.2.1", now=NOW):
    return authenticate(authorization=f"Bearer {text}", address=address, now=now)


def test_a_key_opens_the_door_of_its_account_and_project(project):
    key, text = keys.create(project=project, name="k")

    facts = enter(text)

    assert (facts.key_id, facts.account_id) == (key.pk, project.account_id)
    assert (facts.project_id, facts.scopes) == (project.pk, frozenset(Scope.values))
    assert facts.account_is_open


def test_only_the_hash_of_a_key_is_kept(project):
    key, text = keys.create(project=project, name="k")

    row = ApiKey.objects.filter(pk=key.pk).values().get()
    assert bytes(row["digest"]) == sha256(text.encode()).digest()
    secret = text.removeprefix(key.prefix)
    assert len(secret) == 50
    assert all(secret not in str(value) for value in row.values())


def test_keys_differ_and_are_well_formed(project):
    texts = {keys.create(project=project, name="k")[1] for _each in range(20)}

    assert len(texts) == 20
    assert all(keys.is_well_formed(text) for text in texts)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text + "a",
        lambda text: text.upper(),
        lambda text: text[:20] + ("A" if text[20] != "A" else "B") + text[21:],
        lambda text: text[:10] + "\0" + text[11:],
        lambda text: text.replace("live", "test"),
        lambda _text: "",
        lambda _text: "é" * 66,
    ],
)
def test_a_mistyped_key_is_refused_without_asking_the_database(
    spoil, project, django_assert_num_queries
):
    _key, text = keys.create(project=project, name="k")

    with django_assert_num_queries(0), pytest.raises((KeyUnknown, KeyMissing)):
        enter(spoil(text))


def test_nonsense_finds_no_room_in_the_memory():
    for n in range(50):
        with pytest.raises(KeyUnknown):
            enter(f"nonsense{n}")

    assert len(keys.find._memory) == 0


def test_a_well_formed_key_with_another_secret_is_unknown(project):
    key, _text = keys.create(project=project, name="k")
    body = f"{key.prefix}_{'A' * 43}"

    with pytest.raises(KeyUnknown):
        enter(body + keys._checksum(body))


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic abc", "Token x", "abc"])
def test_without_a_bearer_there_is_no_key(authorization):
    with pytest.raises(KeyMissing):
        authenticate(authorization=authorization, address="", now=NOW)


def test_a_revoked_key_is_refused_within_a_second_and_says_so(project):
    key, text = keys.create(project=project, name="k")
    enter(text)

    assert keys.revoke(key=key, now=NOW)

    time.sleep(remember.SECONDS)
    with pytest.raises(KeyRevoked):
        enter(text)


def test_a_key_is_revoked_once(project):
    key, _text = keys.create(project=project, name="k")

    assert [keys.revoke(key=key, now=NOW) for _again in range(2)] == [True, False]
    key.refresh_from_db()
    assert key.revoked_at == NOW


def test_a_key_expires_at_its_instant(project):
    key, text = keys.create(project=project, name="k")
    ApiKey.objects.filter(pk=key.pk).update(expires_at=NOW)

    enter(text, now=NOW - timedelta(microseconds=1))
    with pytest.raises(KeyRevoked):
        enter(text, now=NOW)


def test_a_key_is_looked_up_once_a_second(project, django_assert_num_queries):
    _key, text = keys.create(project=project, name="k")

    with django_assert_num_queries(1):
        for _again in range(5):
            enter(text)


def test_a_key_may_do_what_its_scopes_say(project):
    _key, text = keys.create(project=project, name="k", scopes=[Scope.READ])
    facts = enter(text)

    require(facts, Scope.READ)
    with pytest.raises(ScopeMissing) as refusal:
        require(facts, Scope.SEND)
    assert "messages:send" in refusal.value.sentence()


@pytest.mark.parametrize(
    ("networks", "address", "is_admitted"),
    [
        ([], "203.0.113.9", True),
        ([], "nonsense", True),
        (["192.0.2.0/24"], "192.0.2.7", True),
        (["192.0.2.0/24"], "192.0.3.7", False),
        (["192.0.2.7"], "192.0.2.7", True),
        (["192.0.2.0/24"], "::ffff:192.0.2.7", True),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32", "192.0.2.7/32"], "192.0.2.7", True),
        (["192.0.2.0/24"], "2001:db8::1", False),
        (["0.0.0.0/0"], "", False),
        (["0.0.0.0/0"], "nonsense", False),
    ],
)
def test_a_key_is_used_from_its_networks_only(project, networks, address, is_admitted):
    _key, text = keys.create(project=project, name="k", allowed_networks=networks)

    if is_admitted:
        enter(text, address=address)
    else:
        with pytest.raises(AddressNotAllowed):
            enter(text, address=address)


def test_a_network_that_is_none_is_refused_when_the_key_is_made(project):
    with pytest.raises(ValueError, match="does not appear to be"):
        keys.create(project=project, name="k", allowed_networks=["10.0.0.0/99"])

    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        (AccountState.ACTIVE, True),
        (AccountState.IN_ARREARS, True),
        (AccountState.SUSPENDED, False),
        (AccountState.FROZEN, False),
        (AccountState.CLOSED, False),
    ],
)
def test_the_state_of_the_account_is_known_to_the_door(project, state, is_open):
    _key, text = keys.create(project=project, name="k")
    type(project.account).objects.update(state=state)

    assert enter(text).account_is_open is is_open


def test_a_sandbox_key_is_known_by_its_shape(project):
    key, text = keys.create(project=project, name="k", mode=ApiKey.Mode.SANDBOX)

    assert text.startswith("sms_test_")
    assert key.prefix == text[:17]
    assert (enter(text).mode, enter(text).is_sandbox) == ("sandbox", True)


@pytest.mark.parametrize("is_live", [True, False])
def test_a_live_key_is_for_the_sandbox_until_its_account_is_live(project, is_live):
    _key, text = keys.create(project=project, name="k")
    type(project.account).objects.update(is_live=is_live)

    assert enter(text).is_sandbox is not is_live


@pytest.mark.parametrize("network", ["10.0.0.0/99", "10.0.0.1/8", "somewhere", ""])
def test_the_model_refuses_a_network_that_is_none(project, network):
    key, _text = keys.create(project=project, name="k")
    key.allowed_networks = [network]

    with pytest.raises(ValidationError) as refusal:
        key.full_clean()
    assert "allowed_networks" in refusal.value.error_dict


def test_any_use_of_a_key_is_noted_once_a_minute(project, client):
    key, text = keys.create(project=project, name="k", scopes=[Scope.TEMPLATES_READ])
    bearer = {"Authorization": f"Bearer {text}"}

    client.get("/api/v1/templates", headers=bearer)
    key.refresh_from_db()
    first = key.last_used_at
    client.get("/api/v1/templates", headers=bearer)
    key.refresh_from_db()

    assert first is not None
    assert key.last_used_at == first
    keys.note_use([key.pk], now=first + timedelta(seconds=61))
    key.refresh_from_db()
    assert key.last_used_at == first + timedelta(seconds=61)
