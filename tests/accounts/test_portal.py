"""Signing in, looking at another account, reading in another language."""

from uuid import UUID

import pytest

from accounts.models import Role
from tests import factories
from tests.portal import sign_in

pytestmark = pytest.mark.django_db


def test_a_person_signs_in_by_e_mail_and_comes_home(client):
    membership = factories.MembershipFactory()

    response = client.post(
        "/accounts/login/",
        {"login": membership.user.email.upper(), "password": factories.PASSWORD},
        follow=True,
    )

    assert response.redirect_chain[-1][0] == "/"
    assert membership.account.name in response.text


def test_a_wrong_password_says_so_and_lets_nobody_in(client):
    user = factories.UserFactory()

    response = client.post("/accounts/login/", {"login": user.email, "password": "wrong"})

    assert "not correct" in response.text
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("path", ["/", "/messages/", f"/messages/{UUID(int=7)}"])
def test_a_stranger_is_asked_to_sign_in_and_comes_back(client, path):
    response = client.get(path)

    assert response.url == f"/accounts/login/?next={path}"


def test_a_part_of_a_page_sends_a_stranger_to_the_sign_in_as_a_whole(client):
    response = client.get("/", headers={"HX-Request": "true"})

    assert response.headers["HX-Redirect"] == "/accounts/login/"


def test_where_registration_is_closed_nobody_signs_up_alone(client, settings):
    settings.SIGNUP_IS_OPEN = False

    assert "opened by our staff" in client.get("/accounts/signup/").text


def test_somebody_without_an_account_reads_what_to_do(client):
    client.force_login(factories.UserFactory(), backend="django.contrib.auth.backends.ModelBackend")

    text = client.get("/").text

    assert "belong to no company yet" in text
    assert "/staff/" not in text


def test_staff_without_an_account_are_led_to_their_desk(client):
    staff = factories.UserFactory(staff=True)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")

    assert 'href="/staff/"' in client.get("/messages/").text


def test_who_belongs_to_two_companies_looks_at_the_one_they_choose(client):
    first = sign_in(client, account=factories.AccountFactory(name="Alpha"))
    second = factories.AccountFactory(name="Beta")
    user = first.memberships.get().user
    factories.MembershipFactory(user=user, account=second, role=Role.VIEWER)
    mine = factories.MessageFactory(account=first)

    client.post("/accounts/switch", {"account": str(second.public_id)})

    assert client.get(f"/messages/{mine.id}").status_code == 404


def test_the_menu_offers_each_account_with_the_role_there(client):
    first = sign_in(client, account=factories.AccountFactory(name="Alpha"))
    assert "Look at another account" not in client.get("/").text
    beta = factories.AccountFactory(name="Beta")
    user = first.memberships.get().user
    factories.MembershipFactory(user=user, account=beta, role=Role.FINANCE)

    menu = client.get("/").text.partition("Look at another account")[2].partition("</form>")[0]

    assert [name in menu for name in ("Alpha", "Owner", "Beta", "Finance")] == [True] * 4
    assert str(beta.public_id) in menu


def test_nobody_switches_to_a_company_that_is_not_theirs(client):
    mine = sign_in(client)
    theirs = factories.AccountFactory(name="Somebody else")

    response = client.post("/accounts/switch", {"account": str(theirs.public_id)})

    assert response.status_code == 404
    assert mine.name in client.get("/").text


def test_the_language_is_chosen_once_and_kept(client):
    sign_in(client)

    client.post("/language", {"language": "zh-hans", "next": "/"})

    assert "首页" in client.get("/").text


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-no/",
        "/accounts/signup/",
        "/accounts/inactive/",
    ],
)
def test_every_page_before_the_sign_in_wears_the_shell(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert "portal.css" in response.text


@pytest.mark.parametrize(
    "path", ["/accounts/password/change/", "/accounts/email/", "/accounts/logout/"]
)
def test_every_page_of_a_person_wears_the_shell(client, path):
    sign_in(client)

    assert "portal.css" in client.get(path).text
