"""Every URL needs a door key, and a stranger finds nothing."""

from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Role, Scope
from accounts.services import keys, permissions
from smsplatform.core import remember
from tests import factories
from tests.architecture.addresses import every_address
from tests.architecture.desk_rights import RIGHTS
from tests.architecture.door_keys import DOORS
from tests.architecture.doors import Key
from tests.portal import confirm_password, sign_in

pytestmark = pytest.mark.django_db

ADDRESSES = {address.route: address for address in every_address()}


def routes(key, *, foreign=None):
    """Routes of the table behind that key; `foreign`: only those with an id, or only without."""
    return [
        pytest.param(route, id=route or "home")
        for route, door in DOORS.items()
        if door.key is key and route in ADDRESSES
        if foreign is None or (door.foreign is not None) is foreign
    ]


def url_of(route):
    door = DOORS[route]
    return ADDRESSES[route].url(door.foreign() if door.foreign else {})


def bearer(*, scopes=tuple(Scope.values)):
    remember.forget()
    _key, text = keys.create(project=factories.ProjectFactory(), name="t", scopes=scopes)
    return {"Authorization": f"Bearer {text}"}


def test_every_address_is_in_the_table():
    assert sorted(ADDRESSES.keys() - DOORS.keys()) == []


def test_nothing_in_the_table_has_gone():
    assert sorted(DOORS.keys() - ADDRESSES.keys()) == []


@pytest.mark.parametrize("route", [route for route, door in DOORS.items() if door.is_ours])
def test_an_address_takes_the_methods_of_the_table(route):
    assert ADDRESSES[route].methods == DOORS[route].methods.keys()


def test_an_address_with_an_argument_says_how_a_stranger_would_ask():
    unsaid = [route for route, door in DOORS.items() if "<" in route and door.foreign is None]
    assert unsaid == []


@pytest.mark.parametrize("route", routes(Key.API))
def test_the_api_refuses_who_has_no_key(route, client):
    url = url_of(route)
    for method in DOORS[route].methods:
        assert client.generic(method, url).status_code == 401


@pytest.mark.parametrize("route", routes(Key.API))
def test_the_api_refuses_a_key_without_the_scope(route, client):
    url = url_of(route)
    for method, scope in DOORS[route].methods.items():
        others = [one for one in Scope.values if one != scope]
        answer = client.generic(method, url, headers=bearer(scopes=others))
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("route", routes(Key.API))
def test_the_api_takes_no_other_method(route, client):
    url, headers = url_of(route), bearer()
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - DOORS[route].methods.keys():
        assert client.generic(method, url, headers=headers).status_code == 405


@pytest.mark.parametrize("route", routes(Key.API))
def test_a_session_opens_nothing_of_the_api(route, client):
    sign_in(client)
    url = url_of(route)
    for method in DOORS[route].methods:
        assert client.generic(method, url).status_code == 401


@pytest.mark.parametrize("route", routes(Key.API, foreign=True))
def test_a_stranger_s_key_finds_nothing(route, client):
    url, headers = url_of(route), bearer()
    for method in DOORS[route].methods:
        answer = client.generic(method, url, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("route", routes(Key.SESSION))
def test_the_portal_asks_for_a_sign_in(route, client):
    url = url_of(route)
    for method in DOORS[route].methods or {"GET": ""}:
        answer = client.generic(method, url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("route", routes(Key.SESSION, foreign=True))
def test_a_stranger_signed_in_finds_nothing(route, client):
    sign_in(client)
    confirm_password(client)
    url = url_of(route)
    for method in DOORS[route].methods:
        assert client.generic(method, url).status_code == 404


@pytest.mark.parametrize("route", [each for each, door in DOORS.items() if door.is_sensitive])
def test_a_sensitive_deed_asks_for_the_password_again(route, client):
    sign_in(client)
    url = url_of(route)
    for method in DOORS[route].methods:
        answer = client.generic(method, url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("route", routes(Key.SESSION))
def test_a_role_opens_the_doors_of_its_permissions(route, role, client):
    """By each method. Behind a door that opens, a foreign id finds nothing: no 403 either."""
    door, url = DOORS[route], url_of(route)
    sign_in(client, role=role)
    opens = not door.permission or permissions.may(role, door.permission)
    for method in door.methods:
        assert (client.generic(method, url).status_code != 403) is opens, method


@pytest.mark.parametrize("role", ["nobody", "customer"])
@pytest.mark.parametrize("route", routes(Key.STAFF))
def test_the_desk_asks_for_staff(route, role, client):
    if role == "customer":
        sign_in(client)
    answer = client.get(url_of(route))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("role", ["nobody", "customer"])
@pytest.mark.parametrize("page", ["changelist", "add"])
@pytest.mark.parametrize("model", sorted(RIGHTS))
def test_the_desk_of_each_model_asks_for_staff(model, page, role, client):
    if role == "customer":
        sign_in(client)
    answer = client.get(reverse(f"admin:{model.replace('.', '_')}_{page}"))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("route", routes(Key.SECRET))
def test_a_guessed_secret_finds_nothing(route, client):
    url = url_of(route)
    for method in DOORS[route].methods:
        assert client.generic(method, url, b"{}").status_code == 404


@pytest.mark.parametrize("route", routes(Key.PUBLIC))
def test_what_is_public_answers_anybody(route, client):
    assert client.get(url_of(route)).status_code in (200, 302, 405)


def test_who_belongs_to_another_account_may_not_switch_to_ours(client):
    account = sign_in(client)
    other = factories.AccountFactory()

    answer = client.post(reverse("account-switch"), {"account": other.public_id})

    assert answer.status_code == 404
    assert client.session.get("account") in (None, str(account.public_id))


def test_an_id_of_nobody_and_one_of_a_stranger_look_alike(client):
    headers = bearer()
    of_stranger = client.get(url_of("api/v1/messages/<str:message_id>"), headers=headers)
    of_nobody = client.get(f"/api/v1/messages/{uuid4()}", headers=headers)
    no_id = client.get("/api/v1/messages/nonsense", headers=headers)

    answers = [one.json() for one in (of_stranger, of_nobody, no_id)]
    assert len({(one["status"], one["code"], one["message"]) for one in answers}) == 1
