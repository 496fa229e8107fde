"""Keys that end: whoever may make another one is told 7 days and 1 day before."""

from datetime import timedelta

import pytest
from django.core import mail

from accounts import tasks
from accounts.models import Role
from accounts.services import expiring, keys
from smsplatform.core import clock, queue
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return factories.ProjectFactory()


@pytest.fixture
def now():
    return clock.now()


def ending(project, now, **left):
    key, _text = keys.create(project=project, name="shop", expires_at=now + timedelta(**left))
    return key


def test_it_is_said_seven_days_and_one_day_before_each_once(project, now):
    ending(project, now, days=30)
    said = []
    for hours in range(0, 30 * 24 + 2, 6):
        if expiring.remind_due(now=now + timedelta(hours=hours)):
            said.append(30 * 24 - hours)

    assert said == [7 * 24, 24]


def test_a_platform_that_slept_says_the_nearer_one_only(project, now):
    ending(project, now, hours=20)

    assert [expiring.remind_due(now=now) for _again in range(2)] == [1, 0]


def test_of_a_key_that_is_revoked_over_or_without_end_nothing_is_said(project, now):
    keys.revoke(key=ending(project, now, days=3), now=now)
    ending(project, now, days=-1)
    keys.create(project=project, name="for ever")

    assert expiring.remind_due(now=now) == 0


def test_a_mail_goes_to_whoever_may_make_another_in_their_language(project, now):
    key = ending(project, now, days=3)
    for role, language in ((Role.OWNER, "en"), (Role.DEVELOPER, "zh-hans"), (Role.VIEWER, "en")):
        user = factories.UserFactory(email=f"{role}@example.com", language=language)
        factories.MembershipFactory(account=project.account, user=user, role=role)
    expiring.remind_due(now=now)
    assert queue.is_waiting(queue=queue.JOBS, task="accounts.tasks.mail_key_ending", key_id=key.pk)

    tasks.mail_key_ending(key_id=key.pk)

    assert sorted(one.to[0] for one in mail.outbox) == [
        "developer@example.com",
        "owner@example.com",
    ]
    assert all(key.prefix in one.body and "/keys/" in one.body for one in mail.outbox)


def test_of_a_key_that_was_revoked_meanwhile_nobody_is_mailed(project, now):
    key = ending(project, now, days=3)
    factories.MembershipFactory(account=project.account)
    keys.revoke(key=key, now=now)

    tasks.mail_key_ending(key_id=key.pk)

    assert mail.outbox == []
