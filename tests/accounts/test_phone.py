"""Numbers are proved by codes: how often, how long, how many tries; and a person's own phone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import PhoneCode, User
from accounts.services import phone_codes
from accounts.services.phone_codes import CodeWrong, TooManyCodes
from smsplatform.core import clock
from smsplatform.core.audit import AuditEntry
from tests import factories
from tests.house import code_on, open_house, wrong
from tests.portal import confirm_password, sign_in

pytestmark = pytest.mark.django_db

NUMBER, OTHER = "+8613800138000", "+8613900139000"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def held(monkeypatch):
    """The hour is a test's own."""
    hours = {"now": NOW}
    monkeypatch.setattr(clock, "_source", lambda: hours["now"])
    open_house()
    return hours


def ask(*, number=NUMBER, by="user:1", at=NOW):
    return phone_codes.ask(number=number, purpose="person", by=by, language="en", now=at)


def prove(code, *, number=NUMBER, by="user:1", at=NOW, purpose="person"):
    phone_codes.prove(number=number, purpose=purpose, by=by, code=code, now=at)


def test_a_code_proves_its_number_once():
    ask()
    code = code_on(NUMBER)

    prove(f"{code[:3]} {code[3:]}")

    with pytest.raises(CodeWrong):
        prove(code)


def test_five_wrong_tries_use_a_code_up():
    ask()
    code = code_on(NUMBER)
    for _try in range(5):
        with pytest.raises(CodeWrong):
            prove(wrong(code))

    with pytest.raises(CodeWrong):
        prove(code)


def test_four_wrong_tries_do_not():
    ask()
    code = code_on(NUMBER)
    for _try in range(4):
        with pytest.raises(CodeWrong):
            prove(wrong(code))

    prove(code)


def test_a_code_is_good_for_five_minutes():
    ask()
    code = code_on(NUMBER)

    with pytest.raises(CodeWrong):
        prove(code, at=NOW + timedelta(minutes=5))
    prove(code, at=NOW + timedelta(minutes=5, microseconds=-1))


@pytest.mark.parametrize("of", [{"number": OTHER}, {"by": "user:2"}, {"purpose": "handler"}])
def test_a_code_is_worth_nothing_for_anything_else(of):
    ask()
    code = code_on(NUMBER)

    with pytest.raises(CodeWrong):
        prove(code, **of)


def test_only_the_last_code_counts(held):
    ask()
    first = code_on(NUMBER)
    held["now"] = NOW + timedelta(minutes=1)
    ask(at=held["now"])
    second = code_on(NUMBER)

    if first != second:
        with pytest.raises(CodeWrong):
            prove(first, at=held["now"])
    prove(second, at=held["now"])


@pytest.mark.parametrize("of", [{"by": "user:2"}, {"number": OTHER}])
def test_one_code_a_minute_for_a_number_and_for_an_asker(of):
    ask()

    with pytest.raises(TooManyCodes) as refusal:
        ask(**of, at=NOW + timedelta(seconds=59))
    ask(**of, at=NOW + timedelta(seconds=60))

    assert refusal.value.headers == {"Retry-After": "1"}


def test_ten_codes_a_day(held):
    for minute in range(10):
        ask(at=NOW + timedelta(minutes=minute))

    with pytest.raises(TooManyCodes) as refusal:
        ask(at=NOW + timedelta(minutes=20))
    ask(at=NOW + timedelta(days=1))

    assert "1420 min" in refusal.value.sentence()


@pytest.fixture
def user(client):
    account = sign_in(client)
    confirm_password(client)
    return account.memberships.get().user


def test_a_person_adds_a_phone_and_proves_it(client, user):
    answer = client.post(reverse("phone"), {"number": "138 0013 8000"})
    assert answer.headers["Location"] == reverse("phone-code")
    assert not User.objects.get(pk=user.pk).phone

    answer = client.post(reverse("phone-code"), {"code": code_on(NUMBER)}, follow=True)

    mine = User.objects.get(pk=user.pk)
    assert (mine.phone, mine.phone_proved_at) == (NUMBER, NOW)
    assert "Your phone is proved." in answer.text
    assert AuditEntry.objects.filter(action="phone.proved", actor=f"user:{user.pk}").exists()


def test_a_wrong_code_is_told_at_its_field_and_changes_nothing(client, user):
    client.post(reverse("phone"), {"number": NUMBER})

    answer = client.post(reverse("phone-code"), {"code": wrong(code_on(NUMBER))})

    assert "five tries were wrong" in str(answer.context["form"].errors["code"])
    assert not User.objects.get(pk=user.pk).phone


def test_changing_the_phone_asks_for_the_password(client):
    sign_in(client)

    answer = client.post(reverse("phone"), {"number": NUMBER})

    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert not PhoneCode.objects.exists()


def test_another_code_is_sent_when_a_minute_has_passed(client, user, held):
    client.post(reverse("phone"), {"number": NUMBER})

    early = client.post(reverse("phone-code"), {"again": "1"}, follow=True)
    held["now"] = NOW + timedelta(minutes=1)
    client.post(reverse("phone-code"), {"again": "1"})

    assert "One code a minute" in early.text
    assert PhoneCode.objects.count() == 2


def test_a_page_for_a_code_that_nobody_waits_for_leads_back(client, user):
    assert client.get(reverse("phone-code")).headers["Location"] == reverse("phone")
    assert client.post(reverse("phone-code"), {"code": "123456"}).status_code == 302


def test_a_number_that_is_none_is_told_at_its_field(client, user):
    answer = client.post(reverse("phone"), {"number": "12"})

    assert "not a mobile number" in str(answer.context["form"].errors["number"])


def test_a_phone_is_removed(client, user):
    User.objects.filter(pk=user.pk).update(phone=NUMBER, phone_proved_at=NOW)

    client.post(reverse("phone"), {"remove": "1"})

    mine = User.objects.get(pk=user.pk)
    assert (mine.phone, mine.phone_proved_at) == ("", None)


def test_the_security_page_says_whether_the_phone_is_proved(client, user):
    assert "Add a phone" in client.get(reverse("security")).text

    User.objects.filter(pk=user.pk).update(phone=NUMBER)
    assert "Not proved yet" in client.get(reverse("security")).text


def test_staff_without_an_account_have_a_phone_too(client):
    client.force_login(factories.staff("a@b.example"), "django.contrib.auth.backends.ModelBackend")

    assert client.get(reverse("security")).status_code == 200
