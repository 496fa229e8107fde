"""What guards the way in: a second factor, recovery codes, sessions, and proving oneself again."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return factories.MembershipFactory().user


def sign_in(client, user, *, password=factories.PASSWORD):
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def come_in(client, user):
    """Signs in, with a code where there is an app, and says once more who is there."""
    response = sign_in(client, user)
    if response.url == "/accounts/2fa/authenticate/":
        client.post(response.url, {"code": factories.code_of_app()})
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})


def is_in(client):
    return "_auth_user_id" in client.session


def test_a_stranger_sees_no_security_page(client):
    assert client.get("/security").url == "/accounts/login/?next=/security"


def test_an_app_is_set_up_and_asked_for_from_then_on(client, user):
    come_in(client, user)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret

    code = _code(secret)
    client.post("/accounts/2fa/totp/activate/", {"code": code})

    app = Authenticator.objects.get(user=user, type="totp")
    assert secret not in str(app.data)
    assert "Remove the app" in client.get("/security").text


def _code(secret):
    from allauth.mfa.totp.internal import auth

    counter = next(auth.yield_hotp_counters_from_time())
    return auth.format_hotp_value(auth.hotp_value(secret, counter))


def test_a_password_alone_lets_nobody_in_who_has_an_app(client, user):
    factories.AuthenticatorFactory(user=user)

    response = sign_in(client, user)

    assert response.url == "/accounts/2fa/authenticate/"
    assert not is_in(client)
    client.post(response.url, {"code": factories.code_of_app()})
    assert is_in(client)


def test_a_code_works_once(client, user):
    factories.AuthenticatorFactory(user=user)
    code = factories.code_of_app()
    client.post(sign_in(client, user).url, {"code": code})

    other = Client()
    other.post(sign_in(other, user).url, {"code": code})

    assert not is_in(other)


def test_a_wrong_code_is_told(client, user):
    factories.AuthenticatorFactory(user=user)

    response = client.post(sign_in(client, user).url, {"code": "000000"})

    assert "Incorrect code" in response.text
    assert not is_in(client)


def test_a_recovery_code_stands_in_for_the_phone_once(client, user):
    factories.AuthenticatorFactory(user=user)
    come_in(client, user)
    client.post("/accounts/2fa/recovery-codes/generate/")
    codes = re.findall(r"<code>(\w+)</code>", client.get("/accounts/2fa/recovery-codes/").text)
    assert len(codes) == 10

    for is_let_in in (True, False):
        other = Client()
        other.post(sign_in(other, user).url, {"code": codes[0]})
        assert is_in(other) is is_let_in


def test_the_other_sessions_are_ended(client, user):
    other = Client()
    sign_in(other, user)
    sign_in(client, user)
    assert "2 browsers" in client.get("/security").text

    client.post("/accounts/sessions/")

    assert client.get("/security").status_code == 200
    assert other.get("/security").status_code == 302


@pytest.mark.parametrize("path", ["totp/activate/", "recovery-codes/generate/", "webauthn/add/"])
def test_what_guards_the_account_asks_who_is_there_again(client, user, path):
    sign_in(client, user)

    response = client.get(f"/accounts/2fa/{path}")

    assert response.url.startswith("/accounts/reauthenticate/")


def test_a_passkey_page_brings_its_scripts_as_files(client, user):
    come_in(client, user)

    text = client.get("/accounts/2fa/webauthn/add/").text

    assert 'src="/static/mfa/js/webauthn.js"' in text
    assert 'id="mfa_webauthn_add"' in text
    inline = re.findall(r"<script(?![^>]*src=)([^>]*)>", text)
    assert all('type="application/json"' in each for each in inline)


def test_passwords_are_not_guessed_forever(client, user):
    for _try in range(6):
        sign_in(client, user, password="wrong")

    response = sign_in(client, user)

    assert not is_in(client)
    assert "Too many" in response.text
    cache.clear()
    sign_in(client, user)
    assert is_in(client)


def test_the_staff_do_not_drop_their_last_factor(client):
    user = factories.UserFactory(staff=True)
    come_in(client, user)

    response = client.post("/accounts/2fa/totp/deactivate/")

    assert "cannot deactivate" in response.text
    assert Authenticator.objects.filter(user=user).exists()


# --- the staff desk


@pytest.mark.parametrize("path", ["/staff/", "/staff/accounts/account/", "/staff/reviews"])
def test_staff_without_a_second_factor_are_led_to_where_they_add_one(client, path):
    client.force_login(
        factories.UserFactory(is_staff=True, is_superuser=True),
        backend="django.contrib.auth.backends.ModelBackend",
    )

    assert client.get(path).url == "/security"
    assert client.post(path).url == "/security"
    assert "The staff desk opens when" in client.get("/security").text


def test_recovery_codes_alone_open_no_desk(client):
    user = factories.UserFactory(is_staff=True, is_superuser=True)
    factories.AuthenticatorFactory(user=user, type="recovery_codes", data={})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get("/staff/").url == "/security"


def test_staff_sign_in_where_the_second_factor_is_asked_for(client):
    assert client.get("/staff/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")

    user = factories.staff("desk@example.com", factories.PASSWORD)
    password = {"username": user.email, "password": factories.PASSWORD}
    client.post("/staff/login/", password)

    assert not is_in(client)


def test_whoever_is_signed_in_becomes_no_staff_by_a_password_alone(client, user):
    sign_in(client, user)
    desk = factories.staff("desk@example.com", factories.PASSWORD)

    response = client.post(
        "/staff/login/", {"username": desk.email, "password": factories.PASSWORD}
    )

    assert response.url == "/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.get("/staff/", follow=True).redirect_chain[-1][0] == "/"


def test_the_desk_opens_with_a_second_factor(client):
    client.force_login(factories.staff("desk@example.com"))

    assert client.get("/staff/").status_code == 200


def test_a_demonstration_opens_the_desk_and_says_so(client, settings):
    settings.DEMO = True
    user = factories.UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert "open without a second factor" in client.get("/staff/").text
