"""What is told when papers end, and what a machine sees before a person looks."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from accounts.models import (
    Event,
    Membership,
    Qualification,
    Role,
)
from accounts.services import checking, notices, qualification, requirements, standing
from smsplatform.core import remember
from smsplatform.core.audit import AuditEntry
from tests import factories
from tests.accounts import papers
from tests.accounts.papers import BY, NOW, PURPOSE, TODAY, again, decide, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return factories.UserFactory()


@pytest.fixture
def account(owner):
    account = factories.AccountFactory(name="上海云帆网络科技有限公司")
    Membership.objects.create(user=owner, account=account, role=Role.OWNER)
    remember.forget()
    return account


# --- the end of papers


@pytest.mark.parametrize(
    ("days", "told"), [(31, []), (30, [30]), (12, [30]), (7, [7]), (1, [1]), (0, [1])]
)
def test_owners_are_reminded_before_the_end(days, told, account):
    made = decide(submitted(account, by=BY, now=NOW))
    Qualification.objects.filter(pk=made.pk).update(valid_until_date=TODAY + timedelta(days=days))

    for _again in range(2):
        standing.remind_due(now=NOW)

    assert (
        list(
            Qualification.objects.filter(reminded_days__isnull=False).values_list(
                "reminded_days", flat=True
            )
        )
        == told
    )
    assert Event.objects.filter(kind="qualification.ending").count() == len(told)


def test_each_reminder_comes_once_as_the_end_comes_near(account):
    made = decide(submitted(account, by=BY, now=NOW))
    Qualification.objects.filter(pk=made.pk).update(valid_until_date=TODAY + timedelta(days=35))

    counts = [standing.remind_due(now=NOW + timedelta(days=day)) for day in range(36)]

    assert [day for day, count in enumerate(counts) if count] == [5, 28, 34]


def test_papers_end_when_their_last_day_has_ended_in_the_account_s_zone(account):
    made = decide(submitted(account, by=BY, now=NOW))
    Qualification.objects.filter(pk=made.pk).update(valid_until_date=TODAY)
    # Midnight in Shanghai.
    midnight = datetime(2026, 11, 23, 16, tzinfo=UTC)

    assert standing.expire_due(now=midnight - timedelta(seconds=1)) == 0
    assert standing.expire_due(now=midnight) == 1
    assert standing.expire_due(now=midnight) == 0
    assert again(made).state == "expired"
    assert qualification.revise(qualification=again(made), by=BY, now=midnight).version == 2


def test_the_owner_is_told_by_mail_in_their_language(account, owner):
    owner.language = "zh-hans"
    owner.save()
    viewer = factories.UserFactory()
    Membership.objects.create(user=viewer, account=account, role=Role.VIEWER)
    decide(submitted(account, by=BY, now=NOW), "rejected", reasons=[{"code": "name_differs"}])

    event = Event.objects.get(kind="qualification.rejected")
    assert notices.mail_qualification(event_id=event.pk) == 1

    assert mail.outbox[0].to == [owner.email]
    assert account.name in mail.outbox[0].subject
    assert "请与执照上印的完全一致" in mail.outbox[0].body
    assert "/company/" in mail.outbox[0].body


def test_every_act_is_audited_without_a_secret(account):
    made = decide(submitted(account, by=BY, now=NOW))
    qualification.revise(qualification=made, by=BY, now=NOW)

    entries = AuditEntry.objects.filter(action__startswith="qualification.").order_by("id")
    assert {entry.action.partition(".")[2] for entry in entries} == {
        "started",
        "edited",
        "document_added",
        "submitted",
        "revised",
    }
    assert papers.ID_NUMBER not in str([entry.facts for entry in entries])


# --- what a machine can say


def tones(made):
    return {one.code: one.tone for one in checking.check(made, today=TODAY)}


def test_a_clean_one_is_good_in_every_respect(account):
    made = submitted(account, by=BY, now=NOW)
    made.people.filter(role="handler").update(phone_proved_at=NOW)

    assert set(tones(made).values()) == {"good"}


def test_the_same_company_at_two_accounts_is_seen(account):
    submitted(account, by=BY, now=NOW)
    other = factories.AccountFactory(name="上海云帆网络科技有限公司")

    found = tones(submitted(other, now=NOW))

    assert found["number_elsewhere"] == "warn"
    assert found["handler_elsewhere"] == "good"  # the same company


def test_a_handler_who_acts_for_another_company_is_seen(account):
    submitted(account, by=BY, now=NOW)
    other = factories.AccountFactory(name="杭州")

    found = tones(submitted(other, now=NOW, registration_number=papers.OTHER_CODE))

    assert (found["handler_elsewhere"], found["name"]) == ("warn", "warn")


def test_a_paper_that_ends_soon_is_seen(account):
    made = submitted(account, by=BY, now=NOW, licence_until_date=TODAY + timedelta(days=20))

    assert tones(made)["end"] == "warn"


def test_every_reason_leads_to_a_field_of_the_form():
    from accounts.services.faults import REASONS

    people = {f"{role}_{name}" for role in ("legal", "handler") for name in ("name", "id_number")}
    documents = {f"document_{purpose}" for purpose in PURPOSE.values}
    own = {field.name for field in Qualification._meta.concrete_fields}
    assert {reason.field for reason in REASONS} <= people | documents | own
    assert set(requirements.CHINA.company) - own <= {
        f"{role}_{name}"
        for role in ("legal", "handler")
        for name in ("name", "id_type", "id_number", "until_date", "phone")
    }
