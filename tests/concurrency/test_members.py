"""Two owners leave at once, a link is used twice at once: one of them wins, on real PostgreSQL."""

from functools import partial

import pytest

from accounts.models import Membership
from accounts.services import inviting, joining, members
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from tests import factories
from tests.concurrency.test_cancelling import Racers

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20


def outcome(work, **arguments):
    try:
        work(**arguments, now=clock.now())
    except DomainError as refusal:
        return refusal.code
    return "done"


def race(*works):
    racers = Racers(*works)
    try:
        return sorted(racers.race())
    finally:
        racers.close()


def test_of_two_owners_who_leave_at_once_one_stays():
    for _round in range(ROUNDS):
        account = factories.AccountFactory()
        owners = [factories.MembershipFactory(account=account) for _each in range(2)]

        told = race(*(partial(outcome, members.leave, member=one) for one in owners))

        assert told == ["done", "last_owner"]
        assert account.memberships.count() == 1


def test_two_owners_cannot_remove_each_other():
    for _round in range(ROUNDS):
        account = factories.AccountFactory()
        one, two = (factories.MembershipFactory(account=account) for _each in range(2))

        told = race(
            partial(outcome, members.remove, member=one, by=two),
            partial(outcome, members.remove, member=two, by=one),
        )

        assert told == ["done", "last_owner"]


def test_a_link_that_is_followed_twice_at_once_lets_in_once():
    for _round in range(ROUNDS):
        user = factories.UserFactory()
        invitation = factories.InvitationFactory(email=user.email)
        link = inviting.token(invitation)
        found = inviting.find(link, now=clock.now())

        follow = partial(outcome, joining.accept, invitation=found, user=user)
        told = race(follow, follow)

        assert told == ["done", "invitation_over"]
        assert Membership.objects.filter(user=user).count() == 1
