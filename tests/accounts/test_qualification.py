"""From a draft to papers in force: what is missing, who decides, what replaces what, what ends."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import (
    Account,
    Event,
    Membership,
    Qualification,
    QualificationPerson,
    Role,
    WebhookDelivery,
)
from accounts.services import qualification, standing
from smsplatform.core import remember, review, vault
from smsplatform.core.errors import DomainError, Invalid
from tests import factories
from tests.accounts import papers
from tests.accounts.papers import BY, NOW, PURPOSE, TODAY, again, decide, filled, person, submitted

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


def fields_missing(row):
    return [problem.field for problem in qualification.missing(row, now=NOW)]


# --- what is missing


def test_an_empty_draft_is_told_everything_that_china_asks(account):
    made = qualification.start(account=account, by=BY, now=NOW)

    assert fields_missing(made) == [
        "name",
        "company_type",
        "registration_number",
        "licence_from_date",
        "licence_until_date",
        "legal_name",
        "legal_id_type",
        "legal_id_number",
        "legal_until_date",
        "handler_name",
        "handler_id_type",
        "handler_id_number",
        "handler_until_date",
        "handler_phone",
        "document_licence",
        "document_handler_front",
        "document_handler_back",
    ]


def test_another_country_asks_for_less_and_has_other_numbers(account):
    made = qualification.start(account=account, by=BY, now=NOW, country="GB")
    papers.fill(made, by=BY, now=NOW, registration_number="SC123456")
    QualificationPerson.objects.filter(role="legal").delete()

    assert fields_missing(again(made)) == []


def test_a_person_needs_no_company(account):
    made = qualification.start(account=account, by=BY, now=NOW, kind="person")

    assert "name" not in fields_missing(made)
    assert "document_licence" not in fields_missing(made)
    assert "handler_id_number" in fields_missing(made)


def test_whoever_acts_for_another_company_shows_a_letter(account):
    made = filled(account, by=BY, now=NOW, for_self=False)

    assert fields_missing(made) == ["letter_from_date", "letter_until_date", "document_letter"]


@pytest.mark.parametrize(("days", "is_fine"), [(170, False), (365, True), (1200, False)])
def test_a_letter_runs_as_long_as_the_country_s_pack_says(days, is_fine, account):
    made = filled(
        account,
        by=BY,
        now=NOW,
        for_self=False,
        letter_from_date=TODAY,
        letter_until_date=TODAY + timedelta(days=days),
    )
    papers.attach(made, PURPOSE.LETTER, by=BY, now=NOW)

    assert (fields_missing(made) == []) is is_fine


def test_papers_that_have_ended_are_no_papers(account):
    made = filled(account, by=BY, now=NOW, licence_until_date=TODAY - timedelta(days=1))

    assert fields_missing(made) == ["licence_until_date"]


def test_a_licence_may_be_without_end(account):
    made = filled(account, by=BY, now=NOW, licence_until_date=None, is_licence_endless=True)

    assert fields_missing(made) == []


def test_a_wrong_check_digit_is_told_at_its_field(account):
    made = filled(account, by=BY, now=NOW, registration_number="91310115MA1K4T8P3X")

    problems = qualification.missing(made, now=NOW)

    assert [(one.code, one.field) for one in problems] == [
        ("registration_number_wrong", "registration_number")
    ]


def test_a_wrong_identity_number_is_refused_before_it_is_sealed(account):
    made = qualification.start(account=account, by=BY, now=NOW)

    with pytest.raises(Invalid) as refusal:
        qualification.edit(
            qualification=made,
            fields={},
            people={"legal": person(id_number="110105194912310021")},
            by=BY,
            now=NOW,
        )

    assert refusal.value.errors[0].field == "legal_id_number"
    assert not QualificationPerson.objects.exists()


def test_an_identity_number_is_sealed_and_found_again(account):
    made = filled(account, by=BY, now=NOW)
    handler = made.people.get(role="handler")

    assert papers.ID_NUMBER not in str(vars(handler))
    assert (vault.unseal(handler.sealed_id_number), handler.id_tail) == (papers.ID_NUMBER, "002X")
    assert handler.fingerprint == vault.fingerprints(papers.ID_NUMBER)[0]


def test_an_empty_identity_number_keeps_the_one_that_is_there(account):
    made = filled(account, by=BY, now=NOW)

    qualification.edit(
        qualification=made,
        fields={},
        people={"handler": person(id_number="", name="王芳")},
        by=BY,
        now=NOW,
    )

    handler = made.people.get(role="handler")
    assert (handler.name, vault.unseal(handler.sealed_id_number)) == ("王芳", papers.ID_NUMBER)


def test_an_unchecked_document_holds_a_submission_up(account):
    made = filled(account, by=BY, now=NOW)
    papers.attach(made, PURPOSE.OTHER, by=BY, now=NOW, content=papers.pdf(), name="a.pdf")

    assert fields_missing(made) == ["document_other"]


def test_the_twenty_first_document_is_refused(account):
    made = filled(account, by=BY, now=NOW)
    for _count in range(17):
        papers.attach(made, PURPOSE.OTHER, by=BY, now=NOW)

    with pytest.raises(qualification.TooManyDocuments):
        papers.attach(made, PURPOSE.OTHER, by=BY, now=NOW)

    assert made.papers.count() == 20


# --- the review


def test_what_is_whole_is_submitted_and_waits_for_the_staff(account):
    made = submitted(account, by=BY, now=NOW)

    item = review.Item.objects.get(kind="qualification", target_id=made.pk)
    assert (made.state, item.title, item.account_id) == ("in_review", made.name, account.pk)
    assert made.valid_until_date == TODAY + timedelta(days=900)
    assert papers.ID_NUMBER not in str(item.facts)


def test_what_is_not_whole_is_not_submitted(account):
    made = qualification.start(account=account, by=BY, now=NOW)

    with pytest.raises(Invalid) as refusal:
        qualification.submit(qualification=made, by=BY, now=NOW)

    assert len(refusal.value.errors) == 17
    assert again(made).state == "draft"


def test_what_is_in_review_does_not_change(account):
    made = submitted(account, by=BY, now=NOW)

    for attempt in (
        lambda: qualification.edit(
            qualification=made, fields={"name": "x"}, people={}, by=BY, now=NOW
        ),
        lambda: qualification.submit(qualification=made, by=BY, now=NOW),
        lambda: papers.attach(made, PURPOSE.OTHER, by=BY, now=NOW),
        lambda: qualification.detach(paper=made.papers.first(), by=BY, now=NOW),
    ):
        with pytest.raises(DomainError) as refusal:
            attempt()
        assert refusal.value.status == 409
    assert made.papers.count() == 3


def test_what_is_withdrawn_is_a_draft_again_and_leaves_the_queue(account):
    made = submitted(account, by=BY, now=NOW)

    qualification.withdraw(qualification=made, by=BY, now=NOW)

    assert again(made).state == "draft"
    assert not review.Item.objects.live().exists()
    with pytest.raises(qualification.NotWithdrawable):
        qualification.withdraw(qualification=made, by=BY, now=NOW)


def test_an_approval_puts_it_in_force_and_tells_the_customer(account):
    endpoint = factories.WebhookEndpointFactory(account=account)

    made = decide(submitted(account, by=BY, now=NOW))

    assert (made.state, made.decided_at) == ("approved", NOW)
    event = Event.objects.get(kind="qualification.approved")
    assert (event.subject_id, event.actor) == (made.public_id, "review")
    delivery = WebhookDelivery.objects.get(endpoint=endpoint)
    assert delivery.kind == "qualification.approved"
    assert str(made.public_id) in delivery.payload
    assert papers.ID_NUMBER not in delivery.payload


def test_the_first_approval_makes_a_new_account_live(account):
    Account.objects.filter(pk=account.pk).update(is_live=False)
    made = submitted(account, by=BY, now=NOW)
    decide(made, "needs_more", reasons=[{"code": "licence_unreadable"}])
    account.refresh_from_db()
    assert not account.is_live

    qualification.submit(qualification=again(made), by=BY, now=NOW)
    decide(made)

    account.refresh_from_db()
    assert account.is_live


def test_whoever_speaks_for_another_company_only_is_not_live_yet(account):
    Account.objects.filter(pk=account.pk).update(is_live=False)
    made = filled(
        account,
        by=BY,
        now=NOW,
        for_self=False,
        letter_from_date=TODAY,
        letter_until_date=TODAY + timedelta(days=365),
    )
    papers.attach(made, PURPOSE.LETTER, by=BY, now=NOW)
    qualification.submit(qualification=again(made), by=BY, now=NOW)

    decide(made, by_id=900)
    made = decide(made, by_id=901)  # it needs two

    account.refresh_from_db()
    assert made.state == "approved"
    assert not account.is_live


def test_what_is_stored_is_submitted_not_what_somebody_saw_before(account):
    made = filled(account, by=BY, now=NOW)
    made.papers.all().delete()

    with pytest.raises(Invalid) as refused:
        qualification.submit(qualification=made, by=BY, now=NOW)

    assert "document_licence" in [problem.field for problem in refused.value.errors]
    assert again(made).state == "draft"


def test_a_request_for_more_brings_the_reasons_and_is_mended(account):
    made = submitted(account, by=BY, now=NOW)

    made = decide(made, "needs_more", reasons=[{"code": "licence_unreadable"}])

    assert made.state == "needs_more"
    reasons = Event.objects.get(kind="qualification.needs_more").facts["reasons"]
    assert reasons[0]["field"] == "document_licence"
    qualification.submit(qualification=made, by=BY, now=NOW)
    assert decide(made).state == "approved"


def test_what_was_rejected_goes_on_as_a_new_version(account):
    made = decide(
        submitted(account, by=BY, now=NOW), "rejected", reasons=[{"code": "name_differs"}]
    )

    mended = qualification.revise(qualification=made, by=BY, now=NOW)

    assert (mended.version, mended.state, mended.lineage) == (2, "draft", made.lineage)
    assert fields_missing(mended) == []
    with pytest.raises(qualification.AlreadyUnderWay):
        qualification.revise(qualification=made, by=BY, now=NOW)


def test_the_approved_version_stays_in_force_until_it_is_replaced(account):
    first = decide(submitted(account, by=BY, now=NOW))
    second = qualification.revise(qualification=first, by=BY, now=NOW)
    qualification.edit(qualification=second, fields={"remark": "moved"}, people={}, by=BY, now=NOW)
    qualification.submit(qualification=second, by=BY, now=NOW)
    assert again(first).state == "approved"

    decide(second)

    assert (again(first).state, again(second).state) == ("replaced", "approved")
    assert (again(first).remark, again(second).remark) == ("", "moved")


def test_the_database_lets_one_version_be_in_force_and_one_under_way(account):
    first = decide(submitted(account, by=BY, now=NOW))
    second = qualification.revise(qualification=first, by=BY, now=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        Qualification.objects.filter(pk=second.pk).update(state="approved")
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.QualificationFactory(
            account=account, lineage=first.lineage, version=3, state="draft"
        )


def test_whoever_acts_for_others_is_looked_at_by_two(account):
    made = filled(
        account,
        by=BY,
        now=NOW,
        for_self=False,
        letter_from_date=TODAY,
        letter_until_date=TODAY + timedelta(days=365),
    )
    papers.attach(made, PURPOSE.LETTER, by=BY, now=NOW)
    qualification.submit(qualification=made, by=BY, now=NOW)

    assert decide(made, by_id=900).state == "in_review"
    assert decide(made, by_id=901).state == "approved"


def test_papers_that_end_in_review_are_not_approved(account):
    made = submitted(account, by=BY, now=NOW, licence_until_date=TODAY)

    with pytest.raises(standing.PapersEnded):
        decide(made, now=NOW + timedelta(days=1))

    assert again(made).state == "in_review"


def test_a_version_and_its_successor_share_documents(account):
    first = decide(submitted(account, by=BY, now=NOW))
    second = qualification.revise(qualification=first, by=BY, now=NOW)

    qualification.detach(paper=second.papers.first(), by=BY, now=NOW)

    assert (first.papers.count(), second.papers.count()) == (3, 2)
