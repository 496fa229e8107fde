"""Whoever handles a company's papers holds the number that stands in them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import QualificationPerson
from accounts.services import checking, keys, qualification
from messaging.models import Route
from smsplatform.core import clock, remember
from smsplatform.core.audit import AuditEntry
from smsplatform.core.errors import Invalid
from tests import factories
from tests.accounts.papers import BY, NOW, TODAY, again, filled, person, submitted
from tests.house import code_on, open_house, wrong
from tests.portal import sign_in

pytestmark = pytest.mark.django_db

NUMBER = "+8613800138000"


@pytest.fixture(autouse=True)
def held(monkeypatch):
    monkeypatch.setattr(clock, "_source", lambda: NOW)


@pytest.fixture
def account(client):
    open_house()
    return sign_in(client, account=factories.AccountFactory(name="上海云帆网络科技有限公司"))


@pytest.fixture
def made(account):
    return filled(account, now=NOW)


def page(row):
    return reverse("qualification-phone", args=[row.public_id])


def handler(row):
    return QualificationPerson.objects.get(qualification=row, role="handler")


def codes(row):
    return [(one.code, one.field) for one in qualification.missing(row, now=NOW)]


def tones(row):
    return {one.code: one.tone for one in checking.check(row, today=TODAY)}


def test_papers_wait_until_the_number_is_proved(client, made):
    assert codes(made) == [("phone_unproved", "handler_phone")]
    with pytest.raises(Invalid):
        qualification.submit(qualification=made, by=BY, now=NOW)
    check = client.get(reverse("qualification-step", args=[made.public_id, "check"]))
    assert page(made) in check.text

    client.post(page(made), {"again": "1"})
    client.post(page(made), {"code": code_on(NUMBER)})

    assert handler(made).phone_proved_at == NOW
    assert AuditEntry.objects.filter(action="qualification.phone_proved").exists()
    qualification.submit(qualification=again(made), by=BY, now=NOW)
    assert tones(again(made))["phone"] == "good"


def test_a_wrong_code_proves_nothing(client, made):
    client.post(page(made), {"again": "1"})

    answer = client.post(page(made), {"code": wrong(code_on(NUMBER))})

    assert answer.context["form"].errors["code"]
    assert handler(made).phone_proved_at is None


def test_another_number_is_to_be_proved_anew(made):
    QualificationPerson.objects.filter(role="handler").update(phone_proved_at=NOW)

    for phone, proved_at in ((NUMBER, NOW), ("+8613900139000", None)):
        people = {"handler": {**person(), "phone": phone}}
        qualification.edit(qualification=made, fields={}, people=people, by=BY, now=NOW)
        assert handler(made).phone_proved_at == proved_at


def test_a_new_version_takes_the_proof_along(made):
    QualificationPerson.objects.filter(role="handler").update(phone_proved_at=NOW)
    qualification.submit(qualification=made, by=BY, now=NOW)
    type(made).objects.filter(pk=made.pk).update(state="rejected")

    newer = qualification.revise(qualification=again(made), by=BY, now=NOW)

    assert handler(newer).phone_proved_at == NOW


def test_where_no_code_reaches_the_number_the_reviewer_is_told(account):
    Route.objects.update(is_active=False)
    remember.forget()

    row = submitted(account, now=NOW)

    assert row.state == "in_review"
    assert tones(row)["phone"] == "warn"


def test_a_number_that_is_none_is_not_taken_for_unreachable(account):
    row = filled(account, now=NOW, handler={"phone": "12"})

    assert codes(row) == [("number_invalid", "handler_phone")]


def test_the_page_is_there_only_while_there_is_something_to_prove(client, made):
    QualificationPerson.objects.filter(role="handler").update(phone_proved_at=NOW)

    documents = reverse("qualification-step", args=[made.public_id, "documents"])
    assert client.get(page(made)).headers["Location"] == documents


def test_by_rest_the_key_that_asked_proves_it(client, made):
    _key, text = keys.create(project=factories.ProjectFactory(account=made.account), name="t")
    door = f"/api/v1/qualifications/{made.public_id}/phone"
    headers = {"Authorization": f"Bearer {text}"}

    sent = client.post(f"{door}/code", headers=headers)
    soon = client.post(f"{door}/code", headers=headers)
    body = {"code": code_on(NUMBER)}
    proved = client.post(f"{door}/proof", body, "application/json", headers=headers)

    expires_at = (NOW + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    assert (sent.status_code, sent.json()) == (202, {"number": NUMBER, "expires_at": expires_at})
    assert (soon.status_code, soon.json()["code"]) == (429, "too_many_codes")
    assert (proved.status_code, proved.json()["missing"]) == (200, [])
