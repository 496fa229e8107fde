"""Who acts for an account: given another role, removed, gone; and always with an owner."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from accounts import tasks
from accounts.models import Account, Invitation, Membership, Role
from accounts.services import inviting, members, terms
from smsplatform.core import clock
from smsplatform.core.audit import AuditEntry
from tests import factories
from tests.portal import confirm_password, hold_clock, sign_in

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


# --- roles, and going


def test_a_role_is_changed_and_holds_from_the_next_page_on(client, account):
    person = factories.MembershipFactory(account=account, role=Role.VIEWER)

    client.post(person_page(person, "role"), {"role": Role.FINANCE})

    person.refresh_from_db()
    assert person.role == Role.FINANCE
    assert "member.role_changed" in actions(account)


def test_an_administrator_touches_no_owner(client):
    account = sign_in(client, role=Role.ADMIN)
    confirm_password(client)
    owner = factories.MembershipFactory(account=account)
    factories.MembershipFactory(account=account)

    client.post(person_page(owner, "role"), {"role": Role.VIEWER})
    client.post(person_page(owner, "remove"))

    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_an_administrator_makes_nobody_an_owner_themselves_neither(client):
    account = sign_in(client, role=Role.ADMIN)
    confirm_password(client)
    me = account.memberships.get()

    client.post(person_page(me, "role"), {"role": Role.OWNER})

    me.refresh_from_db()
    assert me.role == Role.ADMIN


def test_the_last_owner_stays(client, account):
    me = account.memberships.get()

    role = client.post(person_page(me, "role"), {"role": Role.VIEWER})
    client.post(person_page(me, "remove"))
    left = client.post("/members/leave", follow=True)

    assert "only owner" in role.text
    assert "only owner" in left.text
    assert account.memberships.get().role == Role.OWNER


def test_an_owner_who_cannot_sign_in_is_none(client, account):
    factories.MembershipFactory(account=account, user__is_active=False)

    with pytest.raises(members.LastOwner):
        members.leave(member=account.memberships.earliest("id"), now=clock.now())


def test_an_owner_goes_when_another_stays(client, account):
    factories.MembershipFactory(account=account)

    client.post("/members/leave")

    assert account.memberships.count() == 1
    assert "belong to no company" in client.get("/").text


def test_whoever_is_removed_sees_nothing_from_the_next_page_on(client, account):
    theirs = client.__class__()
    person = factories.MembershipFactory(account=account, role=Role.SENDER)
    theirs.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    assert theirs.get("/messages/").status_code == 200

    client.post(person_page(person, "remove"))

    assert "belong to no company" in theirs.get("/messages/").text
    assert actions(account)[-1] == "member.removed"


def test_whoever_leaves_one_account_looks_at_the_other(client):
    first = sign_in(client, role=Role.VIEWER)
    confirm_password(client)
    user = first.memberships.get().user
    second = factories.MembershipFactory(user=user, role=Role.VIEWER).account

    client.post("/members/leave")

    assert second.name in client.get("/").text
    assert not first.memberships.exists()


# --- the list


def test_the_list_tells_role_second_factor_and_last_visit(client, account):
    factories.AuthenticatorFactory(user=account.memberships.get().user)
    factories.MembershipFactory(account=account, role=Role.FINANCE, seen_at=None)
    factories.InvitationFactory(account=account, email="waits@example.com")

    text = client.get("/members/").text

    assert "Finance" in text
    assert "waits@example.com" in text
    assert (text.count("Yes"), text.count("never")) == (1, 1)


def test_a_visit_is_noted_once_an_hour(client, account, django_assert_num_queries):
    me = account.memberships.get()
    Membership.objects.update(seen_at=clock.now() - timedelta(hours=2))
    client.get("/security")
    client.get("/members/")
    me.refresh_from_db()
    seen_at = me.seen_at

    client.get("/members/")

    me.refresh_from_db()
    assert clock.now() - seen_at < timedelta(minutes=1)
    assert me.seen_at == seen_at


def test_the_list_asks_the_same_few_questions_for_any_number_of_members(
    client, account, monkeypatch, django_assert_num_queries
):
    hold_clock(monkeypatch)
    for _each in range(5):
        factories.MembershipFactory(account=account)
        factories.InvitationFactory(account=account)

    with django_assert_num_queries(5):
        client.get("/members/")


def test_a_person_acts_alone_for_their_own_account(client):
    account = sign_in(client, account=factories.AccountFactory(kind=Account.Kind.PERSON))
    confirm_password(client)

    refused = client.get("/members/")
    assert (refused.status_code, "acts alone" in refused.text) == (403, True)
    client.post(INVITE, fields())
    assert not Invitation.objects.exists()
    assert 'href="/members/"' not in client.get("/").text
    assert account.memberships.count() == 1


def by_admin(account, admin):
    """An invitation that an administrator has sent."""
    return factories.InvitationFactory(account=account, invited_by=admin.user, role=Role.ADMIN)


@pytest.mark.parametrize(
    ("deed", "form"), [("remove", {}), ("role", {"role": Role.SENDER})], ids=["removed", "demoted"]
)
def test_nobody_comes_back_by_an_invitation_of_their_own(client, account, deed, form):
    admin = factories.MembershipFactory(account=account, role=Role.ADMIN)
    sent = by_admin(account, admin)
    link = inviting.token(sent)

    client.post(person_page(admin, deed), form)

    assert inviting.find(link, now=clock.now()) is None
    assert "invitation.withdrawn" in actions(account)


def test_what_a_member_may_still_offer_stays(client, account):
    owner = factories.MembershipFactory(account=account, role=Role.OWNER)
    sent = by_admin(account, owner)

    client.post(person_page(owner, "role"), {"role": Role.ADMIN})

    assert inviting.find(inviting.token(sent), now=clock.now()) == sent


@pytest.mark.parametrize("deed", ["remove", "change_role"])
def test_who_was_made_an_owner_meanwhile_is_above_an_administrator(account, deed):
    admin = factories.MembershipFactory(account=account, role=Role.ADMIN)
    person = factories.MembershipFactory(account=account, role=Role.VIEWER)
    Membership.objects.filter(pk=person.pk).update(role=Role.OWNER)
    asked = {"role": Role.VIEWER} if deed == "change_role" else {}

    with pytest.raises(inviting.RoleNotYours):
        getattr(members, deed)(member=person, by=admin, now=clock.now(), **asked)

    assert Membership.objects.get(pk=person.pk).role == Role.OWNER
