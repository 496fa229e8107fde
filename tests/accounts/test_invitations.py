"""Somebody is invited to act for an account, and joins with the login they have or a new one."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts import queries, tasks
from accounts.models import (
    Acceptance,
    Account,
    Invitation,
    Membership,
    Role,
    TermsVersion,
    User,
)
from accounts.services import inviting, terms
from smsplatform.core import clock, queue
from smsplatform.core.audit import AuditEntry
from tests import factories
from tests.portal import confirm_password, sign_in

pytestmark = pytest.mark.django_db

INVITE = "/members/invite"
PASSWORD = "nine purple lanterns glow"


@pytest.fixture(autouse=True)
def _terms():
    terms.install()


@pytest.fixture
def account(client):
    account = sign_in(client, role=Role.OWNER)
    confirm_password(client)
    return account


def fields(**changed):
    return {"email": "New.One@example.com", "role": Role.SENDER, "language": "en", **changed}


def invite(client, **changed):
    client.post(INVITE, fields(**changed))
    return Invitation.objects.latest("id")


def link_in(message):
    return re.search(r"https?://[^/]+(/invitations/\S+)", message.body)[1]


def mailed(invitation):
    """The link, as the task has sent it."""
    tasks.mail_invitation(invitation_id=invitation.pk)
    return link_in(mail.outbox[-1])


def newcomer(**changed):
    agreed = {f"agree_{version.pk}": "on" for version in terms.in_force()}
    return {"name": "Wu Fang", "password": PASSWORD, "language": "en", **agreed, **changed}


def person_page(membership, deed):
    return f"/members/{membership.public_id}/{deed}"


def actions(account):
    rows = AuditEntry.objects.filter(account_id=account.pk).order_by("id")
    return [row.action for row in rows]


# --- inviting


def test_an_invitation_goes_out_by_mail_with_a_link(client, account):
    invitation = invite(client)

    assert (invitation.email, invitation.role) == ("new.one@example.com", Role.SENDER)
    assert queue.is_waiting(
        queue=queue.JOBS, task="accounts.tasks.mail_invitation", invitation_id=invitation.pk
    )
    link = mailed(invitation)
    assert mail.outbox[0].to == ["new.one@example.com"]
    assert account.name in mail.outbox[0].subject
    client.logout()
    assert account.name in client.get(link).text


def test_the_mail_speaks_the_language_that_the_inviter_chose(client, account):
    mailed(invite(client, language="zh-hans", role=Role.FINANCE))

    assert "财务" in mail.outbox[0].body


def test_whoever_has_a_login_gets_the_mail_in_their_own_language(client, account):
    factories.UserFactory(email="new.one@example.com", language="zh-hans")

    assert invite(client, language="en").language == "zh-hans"


def test_nobody_is_invited_twice_or_when_they_belong_already(client, account):
    factories.MembershipFactory(account=account, user__email="li@example.com")
    invite(client)

    assert "invitation for this address already" in client.post(INVITE, fields()).text
    assert (
        "belongs to the account already" in client.post(INVITE, fields(email="LI@example.com")).text
    )
    assert Invitation.objects.count() == 1


def test_an_administrator_makes_no_owner(client):
    sign_in(client, role=Role.ADMIN)
    confirm_password(client)

    client.post(INVITE, fields(role=Role.OWNER))

    assert not Invitation.objects.exists()


def test_an_account_that_is_not_live_invites_few_in_a_day(client, account):
    Account.objects.update(is_live=False)
    for number in range(inviting.MOST_A_DAY_NOT_LIVE):
        invite(client, email=f"{number}@example.com")

    assert "At most 5" in client.post(INVITE, fields()).text
    Invitation.objects.update(created_at=clock.now() - timedelta(days=1, minutes=1))
    invite(client)
    assert Invitation.objects.count() == inviting.MOST_A_DAY_NOT_LIVE + 1


def test_sent_again_it_has_another_link_and_the_first_is_worth_nothing(client, account):
    invitation = invite(client)
    first = mailed(invitation)
    Invitation.objects.update(sent_at=clock.now() - timedelta(minutes=11))

    client.post(f"/members/invitations/{invitation.public_id}/resend")

    second = mailed(invitation)
    client.logout()
    assert (client.get(first).status_code, client.get(second).status_code) == (410, 200)


def test_it_is_not_sent_again_at_once(client, account):
    invitation = invite(client)

    answer = client.post(f"/members/invitations/{invitation.public_id}/resend", follow=True)

    assert "wait ten minutes" in answer.text


def test_a_withdrawn_invitation_opens_nothing_and_is_not_mailed(client, account):
    invitation = invite(client)
    link = mailed(invitation)

    client.post(f"/members/invitations/{invitation.public_id}/withdraw")

    client.logout()
    assert client.get(link).status_code == 410
    assert client.post(link, newcomer()).status_code == 410
    assert not User.objects.filter(email=invitation.email).exists()
    assert tasks.mail_invitation(invitation_id=invitation.pk) is None
    assert len(mail.outbox) == 1


# --- accepting


def test_a_newcomer_makes_a_login_and_is_in_at_once(client, account, settings):
    settings.SIGNUP_IS_OPEN = False
    link = mailed(invite(client))
    client.logout()

    answer = client.post(link, newcomer(), follow=True)

    user = User.objects.get(email="new.one@example.com")
    assert user.check_password(PASSWORD)
    assert Membership.objects.get(user=user, account=account).role == Role.SENDER
    assert EmailAddress.objects.get(user=user).verified
    assert Acceptance.objects.filter(user=user, account=account).count() == 2
    assert account.name in answer.text
    assert int(client.session["_auth_user_id"]) == user.pk


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"password": "short one"}, "password"),
        ({"password": "new.one@example.com"}, "password"),
        ({"name": ""}, "name"),
        ({"language": "xx"}, "language"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_makes_nothing(client, account, wrong, field):
    link = mailed(invite(client))
    client.logout()

    answer = client.post(link, newcomer(**wrong))

    assert field in answer.context["form"].errors
    assert not User.objects.filter(email="new.one@example.com").exists()


def test_a_newcomer_agrees_to_the_terms_in_force(client, account):
    link = mailed(invite(client))
    client.logout()
    [first, *_rest] = terms.in_force()

    answer = client.post(link, newcomer(**{f"agree_{first.pk}": ""}))

    assert f"agree_{first.pk}" in answer.context["form"].errors
    assert not User.objects.filter(email="new.one@example.com").exists()


@pytest.mark.parametrize(("role", "owes"), [(Role.VIEWER, True), (Role.ADMIN, False)])
def test_only_who_may_bind_the_account_agrees_for_it(client, account, role, owes):
    owner = account.memberships.get().user
    first = {version.pk for version in terms.in_force()}
    origin = terms.Origin(None, "")
    terms.accept(user=owner, account=account, version_ids=first, origin=origin, now=clock.now())
    link = mailed(invite(client, role=role))
    client.logout()
    TermsVersion.objects.create(
        kind="terms", version="2", texts={"en": "Newer."}, in_force_at=clock.now()
    )

    client.post(link, newcomer())

    [membership] = queries.memberships(user=owner)
    assert (membership.owes_terms, bool(terms.missing(account=account))) == (owes, owes)
    newest = Acceptance.objects.get(version__version="2")
    assert newest.user.email == "new.one@example.com"


def test_whoever_has_a_login_signs_in_and_accepts(client, account):
    link = mailed(invite(client, email="wu@example.com"))
    client.logout()
    user = factories.UserFactory(email="wu@example.com")

    asked = client.get(link)
    signed_in = client.post(
        "/accounts/login/", {"login": user.email, "password": factories.PASSWORD, "next": link}
    )
    client.post(signed_in.url)

    assert "sign in, and you come back here" in asked.text
    assert signed_in.url == link
    assert Membership.objects.get(user=user).account == account
    assert client.session["account"] == str(account.public_id)


def test_a_link_works_once(client, account):
    link = mailed(invite(client))
    client.logout()
    client.post(link, newcomer())
    membership = Membership.objects.get(user__email="new.one@example.com")
    membership.delete()

    assert client.post(link).status_code == 410
    assert not Membership.objects.filter(user__email="new.one@example.com").exists()


def test_somebody_else_does_not_get_in_by_it(client, account):
    link = mailed(invite(client))
    other = factories.UserFactory()
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(link)
    client.post(link)

    assert "Sign out" in page.text
    assert not Membership.objects.filter(user=other).exists()


def test_an_address_that_is_not_proven_does_not_get_in(client, account):
    link = mailed(invite(client))
    other = factories.UserFactory()
    EmailAddress.objects.create(user=other, email="new.one@example.com", verified=False)
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")

    client.post(link)

    assert not Membership.objects.filter(user=other).exists()


def test_after_seven_days_it_is_over(client, account):
    invitation = invite(client)
    link = mailed(invitation)
    Invitation.objects.update(expires_at=clock.now())
    client.logout()

    assert client.get(link).status_code == 410


@pytest.mark.parametrize("token", ["x", "a:b:c", "WyJ4IiwieSJd:1x:sig"])
def test_a_made_up_link_opens_nothing(client, token):
    assert client.get(f"/invitations/{token}").status_code == 410
