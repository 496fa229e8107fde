"""A stranger registers: what is made, who is kept out, what is asked of whom."""

import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.core.cache import cache

from accounts.models import Acceptance, Account, Membership, Project, SignupTry, TermsVersion, User
from accounts.services import challenge, terms
from billing import tasks
from billing.models import LedgerHead, Wallet
from smsplatform.core import clock, queue
from smsplatform.core.audit import AuditEntry
from tests import factories, portal

pytestmark = pytest.mark.django_db

URL = "/accounts/signup/"
GOOD = {
    "kind": "company",
    "name": "上海云帆网络科技有限公司",
    "country": "CN",
    "language": "zh-hans",
    "email": "li@example.com",
    "password1": "nine purple lanterns glow",
    "agree_terms": "on",
    "agree_anti_spam": "on",
}


@pytest.fixture(autouse=True)
def _terms():
    terms.install()


def ticket(*, age=timedelta(minutes=1), version_ids=None):
    """As a form that was handed out so long ago carries it."""
    if version_ids is None:
        version_ids = [version.pk for version in terms.in_force()]
    return challenge.issue(version_ids=version_ids, now=clock.now() - age)


def register(client, *, form=None, **changes):
    answers = GOOD | {"ticket": challenge.sealed(form or ticket())} | changes
    return client.post(URL, answers, headers={"User-Agent": "Browser 1"})


def code_in(message):
    return re.search(r"^ +(\S+)$", message.body, re.MULTILINE).group(1)


def refused_for(response):
    """Sentences of a refused form; nothing was made."""
    assert response.status_code == 200
    assert not Account.objects.exists()
    assert not User.objects.filter(email="li@example.com").exists()
    return " ".join(str(each) for each in response.context["form"].errors.values())


def test_a_stranger_registers_and_owns_an_account_that_is_not_live(client):
    register(client)

    account = Account.objects.get()
    assert (account.name, account.kind, account.country) == (GOOD["name"], "company", "CN")
    assert (account.is_live, account.state, account.currency) == (False, "active", "CNY")
    owner = Membership.objects.get(account=account, role="owner").user
    assert (owner.email, owner.language) == ("li@example.com", "zh-hans")
    assert Project.objects.filter(account=account).count() == 1
    assert AuditEntry.objects.filter(action="account.registered", account_id=account.pk).exists()


def test_what_was_agreed_to_is_kept_with_its_version_and_origin(client):
    register(client)

    agreed = Acceptance.objects.order_by("version__kind")
    assert [row.version.kind for row in agreed] == ["anti_spam", "terms"]
    assert {(row.address, row.user_agent) for row in agreed} == {("127.0.0.1", "Browser 1")}


def test_the_wallet_is_opened_by_a_task_that_may_run_twice(client):
    register(client)
    account = Account.objects.get()

    assert queue.is_waiting(
        queue=queue.JOBS, task="billing.tasks.open_account", account_id=account.pk
    )
    for _time in range(2):
        tasks.open_account(account_id=account.pk)
    assert Wallet.objects.filter(account=account, currency="CNY").count() == 1
    assert LedgerHead.objects.filter(account=account).count() == 1


def test_nobody_comes_in_before_the_code_from_the_mail_was_entered(client):
    response = register(client)

    assert response.headers["Location"] == "/accounts/confirm-email/"
    assert "_auth_user_id" not in client.session
    assert client.get("/").status_code == 302

    client.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[0])})

    assert "_auth_user_id" in client.session
    assert client.get("/").status_code == 200


def test_a_wrong_code_lets_nobody_in(client):
    register(client)

    response = client.post("/accounts/confirm-email/", {"code": "00000000"})

    assert "_auth_user_id" not in client.session
    assert response.status_code == 200


def test_an_address_that_is_known_gets_the_same_answer_and_a_mail_of_its_own(client):
    known = register(client)
    client.logout()
    cache.clear()
    SignupTry.objects.all().delete()

    again = register(client)

    assert (again.status_code, again.url) == (known.status_code, known.url)
    assert Account.objects.count() == 1
    assert "already" in mail.outbox[-1].body


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password1": "short one"}, "too short"),
        ({"password1": "1q2w3e4r5t6y7u8i9o"}, "too common"),
        ({"password1": "li@example.com-1"}, "too similar"),
        ({"password1": "Northwind Trading 1", "name": "Northwind Trading"}, "too similar"),
        ({"agree_terms": ""}, "required"),
        ({"agree_anti_spam": ""}, "required"),
        ({"country": "XX"}, "valid choice"),
        ({"kind": "robot"}, "valid choice"),
        ({"name": ""}, "required"),
        ({"website": "https://example.com"}, "nobody sees"),
        ({"ticket": ""}, "too old"),
        ({"ticket": signing.dumps({"nonce": "x"})}, "too old"),
    ],
)
def test_what_is_wrong_is_told_and_makes_nothing(client, changes, words):
    assert words in refused_for(register(client, **changes))


def test_whoever_answers_within_two_seconds_is_no_person(client):
    assert "quicker" in refused_for(register(client, form=ticket(age=timedelta(seconds=1))))


def test_a_form_is_too_old_after_two_hours(client):
    assert "too old" in refused_for(register(client, form=ticket(age=timedelta(hours=3))))


def test_a_form_leads_to_one_account(client):
    form = ticket()
    register(client, form=form)
    client.logout()

    sum_of = str(form.first + form.second)
    response = register(client, form=form, email="wu@example.com", answer=sum_of)

    assert "used already" in str(response.context["form"].errors)
    assert not User.objects.filter(email="wu@example.com").exists()


def test_an_address_that_has_registered_lately_works_out_a_sum(client):
    register(client)
    client.logout()
    form = ticket()

    refused = register(client, form=form, email="wu@example.com", answer="99")
    assert "sum" in str(refused.context["form"].errors)
    assert "How much is" in refused.text
    register(client, form=form, email="wu@example.com", answer=str(form.first + form.second))

    assert User.objects.filter(email="wu@example.com").exists()


def test_the_sum_is_asked_in_the_language_of_the_reader(client):
    for _time in range(3):
        register(client, name="")

    response = client.get(URL)

    assert response.context["form"]["answer"].label == ticket_of(response).question


def ticket_of(response):
    return challenge.opened(response.context["form"]["ticket"].value())


def test_another_address_is_not_asked_for_what_one_did(client):
    for _time in range(3):
        register(client, name="")

    response = client.get(URL, REMOTE_ADDR="192.0.2.7")

    assert "answer" not in response.context["form"].fields


def test_of_an_attempt_no_address_is_kept_and_after_a_day_nothing(client):
    register(client, name="")
    assert "127.0.0.1" not in str(SignupTry.objects.values().get())

    later = clock.now() + timedelta(days=1, seconds=1)
    challenge.remember(address="192.0.2.7", nonce="", has_registered=False, now=later)

    assert SignupTry.objects.count() == 1


def test_neighbours_in_one_ipv6_network_count_as_one():
    for host in range(3):
        challenge.remember(
            address=f"2001:db8::{host}", nonce="", has_registered=False, now=clock.now()
        )

    assert challenge.is_asked(address="2001:db8::ffff", now=clock.now())
    assert not challenge.is_asked(address="2001:db8:0:1::1", now=clock.now())


def test_where_registration_is_closed_nothing_is_made(client, settings):
    settings.SIGNUP_IS_OPEN = False

    response = register(client)

    assert "invite you" in response.text
    assert not Account.objects.exists()


# --- newer terms


@pytest.fixture
def registered(client):
    register(client)
    client.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[0])})
    return Account.objects.get()


@pytest.fixture
def newer(registered):
    return TermsVersion.objects.create(
        kind="terms", version="2", texts={"en": "Newer."}, in_force_at=clock.now()
    )


def test_a_newer_version_is_asked_for_at_the_next_page(client, newer):
    assert client.get("/messages/").headers["Location"] == "/terms/"
    assert "Newer." in client.get("/terms/").text

    client.post("/terms/", {"version": newer.pk})

    assert Acceptance.objects.filter(version=newer).count() == 1
    assert client.get("/messages/").status_code == 200


def test_whoever_does_not_tick_the_box_has_not_agreed(client, newer):
    assert "Tick each box" in client.post("/terms/").text

    assert not Acceptance.objects.filter(version=newer).exists()


def test_a_version_that_is_not_in_force_yet_is_not_asked_for(client, registered):
    TermsVersion.objects.create(
        kind="terms", version="2", texts={}, in_force_at=clock.now() + timedelta(days=1)
    )

    assert client.get("/").status_code == 200


def test_a_member_who_may_not_agree_goes_on_working(client, newer, registered):
    portal.sign_in(client, role="viewer", account=registered)

    assert client.get("/messages/").status_code == 200


def test_an_account_that_staff_opened_is_not_asked(client):
    portal.sign_in(client, account=factories.AccountFactory())

    assert client.get("/").status_code == 200


@pytest.mark.parametrize("kind", ["terms", "anti_spam"])
def test_anybody_may_read_what_is_agreed_to(client, kind):
    assert client.get(f"/terms/{kind}").status_code == 200
    assert client.get("/terms/unknown").status_code == 404


def test_a_phone_is_optional_kept_as_all_write_it_and_not_proved_yet(client):
    register(client, phone="138 0013 8000")

    user = User.objects.get(email="li@example.com")
    assert (user.phone, user.phone_proved_at) == ("+8613800138000", None)


def test_what_is_no_phone_is_told_at_its_field(client):
    response = register(client, phone="12")

    assert "not a mobile number" in refused_for(response)
    assert "phone" in response.context["form"].errors
