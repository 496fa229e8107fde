"""A company's papers by the REST API: what the portal does in steps, in a few calls."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Qualification, Scope
from accounts.services import keys
from smsplatform.core import clock, remember, review
from tests import factories
from tests.accounts import papers
from tests.accounts.papers import submitted

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
ALL = "/api/v1/qualifications"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "_source", lambda: NOW)


@pytest.fixture
def account():
    remember.forget()
    return factories.AccountFactory(name="上海云帆网络科技有限公司")


@pytest.fixture
def bearer(account):
    project = factories.ProjectFactory(account=account)
    scopes = [Scope.QUALIFICATIONS_READ, Scope.QUALIFICATIONS_WRITE]
    _key, text = keys.create(project=project, name="papers", scopes=scopes)
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def api(client, bearer):
    def call(method, path="", body=None):
        return client.generic(
            method, ALL + path, body and json.dumps(body, default=str),
            content_type="application/json", headers=bearer,
        )  # fmt: skip

    return call


def person(**changes):
    return papers.person(**changes)


def upload(client, bearer, row, purpose, content=None, name="scan.jpg"):
    file = SimpleUploadedFile(name, papers.picture() if content is None else content)
    path = f"{ALL}/{row['id']}/documents"
    return client.post(path, {"purpose": purpose, "file": file}, headers=bearer)


def test_papers_are_filled_in_submitted_and_followed(api, client, bearer):
    row = api("POST", "", {"country": "CN"}).json()
    assert (row["state"], len(row["missing"])) == ("draft", 17)

    body = {**papers.fields(), "legal": person(), "handler": person()}
    row = api("PATCH", f"/{row['id']}", body).json()
    assert {one["field"] for one in row["missing"]} == {
        "document_licence",
        "document_handler_front",
        "document_handler_back",
    }
    for purpose in ("licence", "handler_front", "handler_back"):
        answer = upload(client, bearer, row, purpose)
        assert answer.status_code == 201
    assert answer.json()["missing"] == []

    row = api("POST", f"/{row['id']}/submit").json()

    assert (row["state"], row["due_at"]) == ("in_review", "2026-11-25T06:00:00Z")
    assert api("GET", f"/{row['id']}").json() == row


def test_an_identity_number_is_never_answered(api, account):
    made = submitted(account, now=NOW)

    answer = api("GET", f"/{made.public_id}")

    assert papers.ID_NUMBER not in answer.content.decode()
    assert answer.json()["handler"]["id_ends_in"] == "002X"


def test_what_is_left_out_stays_as_it_is(api, account):
    made = papers.filled(account, now=NOW)

    row = api("PATCH", f"/{made.public_id}", {"remark": "moved"}).json()

    assert (row["remark"], row["name"], row["missing"]) == ("moved", made.name, [])


def test_a_submission_that_is_not_whole_names_everything(api):
    row = api("POST", "", {}).json()

    answer = api("POST", f"/{row['id']}/submit")

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 17


def test_the_reasons_of_a_decision_are_told(api, account):
    made = submitted(account, now=NOW)
    item = review.Item.objects.get()
    review.decide(
        item_id=item.pk,
        decision="rejected",
        reasons=[{"code": "name_differs"}],
        by_id=9,
        by_name="Mei",
        now=NOW,
    )

    row = api("GET", f"/{made.public_id}").json()
    assert row["state"] == "rejected"
    assert [(one["code"], one["field"]) for one in row["reasons"]] == [("name_differs", "name")]

    again = api("POST", f"/{made.public_id}/revise")
    assert (again.status_code, again.json()["version"]) == (201, 2)
    assert [one["id"] for one in api("GET").json()["qualifications"]] == [again.json()["id"]]


def test_what_is_in_review_is_taken_back(api, account):
    made = submitted(account, now=NOW)

    assert api("PATCH", f"/{made.public_id}", {"name": "x"}).status_code == 409
    assert api("POST", f"/{made.public_id}/nudge").json()["code"] == "review_nudged_already"
    assert api("POST", f"/{made.public_id}/withdraw").json()["state"] == "draft"


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"<html>", "a.pdf", 422, "file_kind_unknown"),
        (b"", "a.jpg", 422, "file_empty"),
        (b"%PDF-" + b"0" * 11_000_000, "a.pdf", 413, "file_too_large"),
    ],
)
def test_a_document_is_refused_with_its_code(
    content, name, status, code, api, client, bearer, account
):
    made = papers.filled(account, now=NOW)

    answer = upload(client, bearer, {"id": made.public_id}, "other", content, name)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_document_is_taken_out_of_a_draft(api, account):
    made = papers.filled(account, now=NOW)
    document = made.papers.first().document

    row = api("DELETE", f"/{made.public_id}/documents/{document.public_id}").json()

    assert len(row["documents"]) == 2
    again = api("DELETE", f"/{made.public_id}/documents/{document.public_id}")
    assert again.status_code == 404


def test_a_body_is_refused_field_by_field(api):
    row = api("POST", "", {}).json()

    answer = api(
        "PATCH",
        f"/{row['id']}",
        {"company_type": "nonsense", "handler": {"id_type": "nonsense"}},
    )

    assert answer.status_code == 422
    fields = {one["field"] for one in answer.json()["errors"]}
    assert fields == {"company_type", "handler.id_type"}
    assert Qualification.objects.get().company_type == ""
