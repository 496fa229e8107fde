"""One table says what a role and a key may do."""

import pytest
from django.urls import reverse

from accounts.models import Role, Scope
from accounts.services import permissions
from accounts.services.permissions import Permission
from tests import factories
from tests.portal import sign_in

# Who is meant to hold what: o(wner) a(dmin) d(eveloper) s(ender) f(inance) v(iewer).
MEANT = {
    "messages.read": "oadsfv",
    "messages.send": "oads",
    "recipients.see": "oads",
    "content.read": "oadsfv",
    "content.edit": "oads",
    "suppression.read": "oadsfv",
    "suppression.edit": "oads",
    "consent.read": "oadsfv",
    "consent.edit": "oads",
    "countries.edit": "oa",
    "keys.manage": "oad",
    "webhooks.manage": "oad",
    "members.manage": "oa",
    "company.read": "oa",
    "company.edit": "oa",
    "money.see": "oadf",
    "money.spend": "oaf",
    "account.close": "o",
}


def test_every_permission_is_held_by_whom_it_is_meant_for():
    held = {
        permission.value: "".join(
            role[0] for role in Role.values if permissions.may(role, permission)
        )
        for permission in Permission
    }

    assert held == MEANT


def test_every_role_and_every_scope_is_in_the_table():
    assert set(permissions.OF_ROLE) == set(Role.values)
    assert set(permissions.OF_SCOPE) == set(Scope.values)


def test_nobody_is_told_more_by_a_role_that_is_unknown():
    assert not permissions.may("janitor", Permission.MESSAGES_READ)


def test_a_developer_gives_no_key_what_they_may_not_do_themselves():
    given = permissions.grantable(Role.DEVELOPER)

    assert Scope.SEND in given
    assert Scope.QUALIFICATIONS_READ not in given
    assert permissions.grantable(Role.VIEWER) == [Scope.TEMPLATES_READ]
    assert set(permissions.grantable(Role.OWNER)) == set(Scope.values)


@pytest.mark.django_db
def test_who_may_not_is_told_who_may(client):
    account = sign_in(client, role=Role.VIEWER)
    owner = factories.MembershipFactory(account=account, role=Role.OWNER)
    sender = factories.MembershipFactory(account=account, role=Role.SENDER)

    answer = client.get(reverse("qualification-start"))

    assert answer.status_code == 403
    assert owner.user.email in answer.text
    assert sender.user.email not in answer.text
