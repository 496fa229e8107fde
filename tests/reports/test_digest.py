"""The morning mail of reviewers: on working mornings, once, to whoever decides and wants it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse
from django_q.models import OrmQ

from accounts.models import User
from reports.services import digest
from smsplatform.core import clock, review
from smsplatform.core.review import Item
from smsplatform.core.review.models import CalendarDay
from smsplatform.management import roles
from tests import factories

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 23, 1, 5, tzinfo=UTC)  # a Monday, 9:05 in Shanghai


@pytest.fixture
def reviewer():
    roles.install()
    user = factories.staff("mei@example.com", is_superuser=False)
    user.groups.add(Group.objects.get(name="reviewer"))
    return user


@pytest.fixture(autouse=True)
def waiting():
    return Item.objects.create(
        kind=review.kinds()[0].name,
        target_id=1,
        account_id=1,
        title="Secret Trading Ltd",
        opened_at=MORNING - timedelta(days=3),
        due_at=MORNING - timedelta(days=1),
        rank_at=MORNING - timedelta(days=1),
    )


def told():
    return [row.kwargs()["user_id"] for row in OrmQ.objects.order_by("id")]


def test_whoever_decides_is_told_once_each_working_morning(reviewer):
    factories.staff("fin@example.com", is_superuser=False)

    assert digest.plan(now=MORNING) == 1
    assert digest.plan(now=MORNING + timedelta(minutes=15)) == 0
    assert told() == [reviewer.pk]
    assert digest.plan(now=MORNING + timedelta(days=1)) == 1


@pytest.mark.parametrize("hours", [-1, 12, 6 * 24])
def test_not_before_the_desk_opens_nor_in_the_evening_nor_on_a_sunday(reviewer, hours):
    assert digest.plan(now=MORNING + timedelta(hours=hours)) == 0


def test_not_on_a_holiday(reviewer):
    CalendarDay.objects.create(date=MORNING.date(), name="Holiday")

    assert digest.plan(now=MORNING) == 0


def test_not_while_nothing_waits(reviewer, waiting):
    waiting.delete()

    assert digest.plan(now=MORNING) == 0


def test_the_mail_says_what_waits_and_what_is_late_and_names_no_customer(reviewer):
    digest.mail(user_id=reviewer.pk, now=MORNING)

    [sent] = mail.outbox
    assert sent.to == ["mei@example.com"]
    assert sent.subject == "1 review waits, 1 past its promise"
    assert "1 past its promise; the oldest since 3 days" in sent.body.replace("\xa0", " ")
    assert reverse("admin:core_item_changelist") in sent.body
    assert "Secret" not in sent.body


def test_staff_stop_it_and_want_it_again(client, reviewer, monkeypatch):
    monkeypatch.setattr(clock, "_source", lambda: MORNING)
    client.force_login(reviewer)
    page = reverse("staff-reviews")

    client.post(page, {"mail": "off"})
    assert digest.plan(now=MORNING) == 0
    assert "Mail me each working morning" in client.get(page).content.decode()

    client.post(page, {"mail": "on"})
    assert digest.plan(now=MORNING) == 1
    assert User.objects.get(pk=reviewer.pk).gets_review_digest


def test_who_stopped_it_meanwhile_gets_none(reviewer):
    digest.choose(user_id=reviewer.pk, wanted=False)

    assert digest.mail(user_id=reviewer.pk, now=MORNING) == 0
