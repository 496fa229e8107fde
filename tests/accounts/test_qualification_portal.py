"""A company's papers in the portal, step by step and without a script; and at the desk."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Document, Qualification, Role
from accounts.services import documents, qualification
from smsplatform.core import clock, review
from smsplatform.core.audit import AuditEntry
from tests import factories
from tests.accounts import papers
from tests.accounts.papers import BY, PURPOSE, filled, submitted
from tests.portal import sign_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
OVERVIEW = "qualification"


@pytest.fixture(autouse=True)
def held(monkeypatch):
    monkeypatch.setattr(clock, "_source", lambda: NOW)


@pytest.fixture
def account(client):
    return sign_in(client, account=factories.AccountFactory(name="上海云帆网络科技有限公司"))


@pytest.fixture
def made(account):
    return filled(account, now=NOW)


def url(name, row, *rest):
    return reverse(name, args=[row.public_id, *rest])


def step(row, name):
    return url("qualification-step", row, name)


def text(answer):
    return answer.content.decode()


def company_form(**changes):
    values = papers.fields(**changes)
    return {name: str(value) for name, value in values.items()}


def people_form(**changes):
    values = {
        f"{role}_{name.replace('valid_until_date', 'until_date')}": str(value)
        for role in ("legal", "handler")
        for name, value in papers.person().items()
        if (role, name) != ("legal", "phone")
    }
    return {**values, **changes}


def uploaded(content=None, name="scan.jpg"):
    return SimpleUploadedFile(name, papers.picture() if content is None else content)


def test_a_newcomer_walks_from_the_first_question_to_the_review(client, account):
    begin = text(client.get(reverse(OVERVIEW)))
    assert reverse("qualification-start") in begin

    answer = client.post(
        reverse("qualification-start"), {"kind": "company", "country": "cn", "use": "self"}
    )
    row = Qualification.objects.get()
    assert answer.headers["Location"] == step(row, "company")
    assert client.post(step(row, "company"), company_form()).headers["Location"] == step(
        row, "people"
    )
    assert client.post(step(row, "people"), people_form()).headers["Location"] == step(
        row, "documents"
    )
    for purpose in (PURPOSE.LICENCE, PURPOSE.HANDLER_FRONT, PURPOSE.HANDLER_BACK):
        client.post(step(row, "documents"), {"purpose": purpose.value, "files": [uploaded()]})
    assert "Everything is there." in text(client.get(step(row, "check")))

    answer = client.post(url("qualification-submit", row), follow=True)

    assert "You have an answer by" in text(answer)
    assert Qualification.objects.get().state == "in_review"


def test_a_step_names_what_is_wrong_at_its_field(client, account):
    row = qualification.start(account=account, by=BY, now=NOW)

    answer = client.post(step(row, "company"), company_form(registration_number="123", name=""))

    errors = answer.context["form"].errors
    assert errors.keys() == {"registration_number", "name"}
    assert Qualification.objects.get().name == ""


def test_a_half_filled_draft_is_kept_for_later(client, account):
    row = qualification.start(account=account, by=BY, now=NOW)

    client.post(step(row, "company"), {"name": "Half", "later": "1"})

    assert Qualification.objects.get().name == "Half"


def test_a_document_without_an_end_needs_no_date(client, account):
    row = qualification.start(account=account, by=BY, now=NOW)

    answer = client.post(
        step(row, "company"), company_form(licence_until_date="", is_licence_endless="on")
    )

    assert answer.status_code == 302
    assert Qualification.objects.get().is_licence_endless


@pytest.mark.parametrize(
    "changes",
    [
        {"handler_phone": "12345"},
        {"handler_id_number": "110105194912310021"},
        {"legal_until_date": "nonsense"},
        {"legal_name": "x" * 51},
    ],
)
def test_a_wrong_person_is_named_at_its_field(changes, client, account):
    row = qualification.start(account=account, by=BY, now=NOW)

    answer = client.post(step(row, "people"), people_form(**changes))

    assert answer.context["form"].errors.keys() == changes.keys()


def test_an_identity_number_is_never_shown_again(client, made):
    pages = [step(made, "people"), step(made, "check"), url("qualification-detail", made)]

    shown = "".join(text(client.get(page)) for page in pages)

    assert papers.ID_NUMBER not in shown
    assert "002X" in shown


def test_a_refused_upload_says_why_beside_it_and_keeps_the_others(client, made):
    answer = client.post(
        step(made, "documents"),
        {"purpose": "other", "files": [uploaded(), uploaded(b"<html>", "bad.pdf")]},
    )

    assert "bad.pdf: Only JPEG and PNG" in text(answer)
    assert made.papers.count() == 4


def test_a_document_is_taken_out_again(client, made):
    paper = made.papers.select_related("document").first()

    client.post(url("qualification-paper", made, paper.document.public_id))

    assert made.papers.count() == 2


def test_a_document_is_downloaded_and_never_shown_as_a_page(client, made):
    document = made.papers.first().document

    answer = client.get(reverse("document", args=[document.public_id]))

    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="document-')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content == documents.read(document)


def test_a_document_in_quarantine_is_not_handed_out(client, made):
    paper = papers.attach(
        made, PURPOSE.OTHER, by=None or factories.UserFactory(), now=NOW,
        content=papers.pdf(), name="a.pdf",
    )  # fmt: skip

    assert client.get(reverse("document", args=[paper.document.public_id])).status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SENDER, Role.FINANCE, Role.DEVELOPER])
def test_who_does_not_manage_sees_where_it_stands_and_no_papers(role, client):
    account = sign_in(client, role=role)
    made = filled(account, now=NOW)
    document = made.papers.first().document

    shown = text(client.get(reverse(OVERVIEW)))
    assert papers.CODE not in shown
    assert papers.ID_NUMBER[-4:] not in shown
    for address in (
        step(made, "people"),
        reverse("document", args=[document.public_id]),
        reverse("qualification-start"),
    ):
        assert client.get(address).status_code == 403
    for deed in ("submit", "withdraw", "nudge", "revise"):
        assert client.post(url(f"qualification-{deed}", made)).status_code == 403
    assert Qualification.objects.get().state == "draft"


def test_strangers_find_nothing(client, account):
    foreign = filled(now=NOW)
    document = foreign.papers.first().document

    for address in (
        url("qualification-detail", foreign),
        step(foreign, "company"),
        reverse("document", args=[document.public_id]),
    ):
        assert client.get(address).status_code == 404
    for deed in ("submit", "withdraw", "nudge", "revise"):
        assert client.post(url(f"qualification-{deed}", foreign)).status_code == 404
    assert client.post(url("qualification-paper", foreign, document.public_id)).status_code == 404
    assert foreign.papers.count() == 3


def decided(row, decision, *codes):
    item = review.Item.objects.live().get(target_id=row.pk)
    reasons = [{"code": code} for code in codes]
    review.decide(
        item_id=item.pk, decision=decision, reasons=reasons, by_id=9, by_name="Mei", now=NOW
    )


def test_what_the_reviewer_says_stands_beside_its_field(client, account):
    row = submitted(account, now=NOW)
    decided(row, "needs_more", "name_differs", "licence_unreadable")

    assert "exactly as it is printed" in text(client.get(reverse(OVERVIEW)))
    assert "The reviewer: The name differs" in text(client.get(step(row, "company")))
    assert "The reviewer: The licence cannot be read" in text(client.get(step(row, "documents")))


def test_a_rejected_one_goes_on_as_a_new_version_that_still_shows_the_reasons(client, account):
    row = submitted(account, now=NOW)
    decided(row, "rejected", "name_differs")

    client.post(url("qualification-revise", row))

    second = Qualification.objects.get(version=2)
    assert "The reviewer: The name differs" in text(client.get(step(second, "company")))
    overview = text(client.get(reverse(OVERVIEW)))
    assert "Version 2" in overview
    assert "Version 1" in overview


def test_the_review_s_clock_is_shown_and_speed_is_asked_for_once(client, account, monkeypatch):
    row = submitted(account, now=NOW)
    assert url("qualification-nudge", row) not in text(client.get(reverse(OVERVIEW)))

    monkeypatch.setattr(clock, "_source", lambda: NOW + timedelta(hours=1))
    assert url("qualification-nudge", row) in text(client.get(reverse(OVERVIEW)))
    client.post(url("qualification-nudge", row))

    assert review.Item.objects.get().priority == 1
    assert url("qualification-nudge", row) not in text(client.get(reverse(OVERVIEW)))


def test_a_late_review_is_owned_up_to(client, account, monkeypatch):
    submitted(account, now=NOW)
    monkeypatch.setattr(clock, "_source", lambda: NOW + timedelta(days=10))

    assert "are late" in text(client.get(reverse(OVERVIEW)))


def test_what_is_in_review_is_taken_back_and_changed(client, account):
    row = submitted(account, now=NOW)
    assert client.get(step(row, "company")).status_code == 302

    client.post(url("qualification-withdraw", row))

    assert client.get(step(row, "company")).status_code == 200


def test_a_submission_that_is_not_whole_leads_to_what_is_missing(client, account):
    row = qualification.start(account=account, by=BY, now=NOW)

    answer = client.post(url("qualification-submit", row))

    assert answer.headers["Location"] == step(row, "check")
    assert "Business licence" in text(client.get(step(row, "check")))


def test_an_account_with_papers_of_two_companies_finds_both(client, account):
    filled(account, now=NOW)
    filled(account, now=NOW, name="Another Ltd", for_self=False)

    html = text(client.get(reverse(OVERVIEW)))

    assert "Another Ltd" in html


@pytest.mark.parametrize(
    ("page", "count"), [("overview", 12), ("company", 9), ("documents", 11), ("check", 11)]
)
def test_a_page_costs_as_many_queries_however_much_there_is(
    page, count, client, made, django_assert_num_queries
):
    for _count in range(5):
        papers.attach(made, PURPOSE.OTHER, by=BY, now=NOW)
    address = reverse(OVERVIEW) if page == "overview" else step(made, page)

    with django_assert_num_queries(count):
        assert client.get(address).status_code == 200


# --- the desk


@pytest.fixture
def staff(client, settings):
    user = factories.staff("desk@example.com", name="Mei")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_reviewer_sees_checks_documents_and_the_whole_number(staff):
    row = submitted(now=NOW)
    item = review.Item.objects.get()

    html = text(staff.get(reverse("admin:core_item_change", args=[item.pk])))

    assert papers.ID_NUMBER in html
    assert "the form and the check digit are right" in html
    document = row.papers.first().document
    assert reverse("admin:accounts_document_file", args=[document.public_id]) in html


def test_the_reviewer_sees_what_changed_since_the_version_in_force(staff):
    first = submitted(now=NOW)
    decided(first, "approved")
    second = qualification.revise(
        qualification=Qualification.objects.get(pk=first.pk), by=BY, now=NOW
    )
    qualification.edit(
        qualification=second, fields={"name": "上海云帆科技"}, people={}, by=BY, now=NOW
    )
    qualification.submit(qualification=second, by=BY, now=NOW)
    item = review.Item.objects.live().get()

    html = text(staff.get(reverse("admin:core_item_change", args=[item.pk])))

    assert "was 上海云帆网络科技有限公司" in " ".join(html.split())


def test_each_look_of_the_staff_at_a_document_is_remembered(staff):
    document = submitted(now=NOW).papers.first().document

    answer = staff.get(reverse("admin:accounts_document_file", args=[document.public_id]))

    assert answer.content == documents.read(document)
    entry = AuditEntry.objects.get(action="document.viewed")
    assert entry.target == f"accounts.document:{document.pk}"
    assert entry.account_id == document.account_id


def test_staff_without_the_right_see_no_document(client):
    document = submitted(now=NOW).papers.first().document
    client.force_login(
        factories.staff("new@example.com", is_superuser=False),
        backend="django.contrib.auth.backends.ModelBackend",
    )

    answer = client.get(reverse("admin:accounts_document_file", args=[document.public_id]))

    assert answer.status_code == 403
    assert Document.objects.exists()
    assert not AuditEntry.objects.filter(action="document.viewed").exists()


def test_a_page_of_the_desk_costs_as_many_queries_however_many_papers(
    staff, django_assert_num_queries
):
    made = filled(now=NOW)
    for _count in range(5):
        papers.attach(made, PURPOSE.OTHER, by=BY, now=NOW)
    qualification.submit(qualification=made, by=BY, now=NOW)
    item = review.Item.objects.get()

    with django_assert_num_queries(17):
        staff.get(reverse("admin:core_item_change", args=[item.pk]))
