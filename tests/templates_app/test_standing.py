"""What was approved, taken out of use and back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import Event
from smsplatform.core import clock, remember
from templates_app import tasks
from templates_app.models import SignatureFiling
from templates_app.services import catalogue, filing, standing
from templates_app.states import ReviewState
from tests import factories
from tests.portal import sign_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
ACT = {"by": "user:7", "now": NOW}


@pytest.fixture(params=["signature", "template"])
def subject(request):
    remember.forget()
    return (
        factories.SignatureFactory()
        if request.param == "signature"
        else factories.TemplateFactory()
    )


def test_what_is_suspended_is_not_sent_until_it_is_resumed(subject):
    standing.suspend(subject=subject, reason=" Complaints. ", **ACT)
    assert subject.state == ReviewState.SUSPENDED

    standing.resume(subject=subject, **ACT)
    assert subject.state == ReviewState.APPROVED

    told = {one.kind: one for one in Event.objects.filter(subject_id=subject.public_id)}
    name = subject._meta.model_name
    assert told.keys() == {f"{name}.suspended", f"{name}.resumed"}
    assert told[f"{name}.suspended"].facts["reasons"][0]["text"] == "Complaints."


def test_a_suspension_needs_a_reason(subject):
    with pytest.raises(standing.ReasonMissing):
        standing.suspend(subject=subject, reason=" ", **ACT)


def test_only_what_is_suspended_is_resumed(subject):
    with pytest.raises(standing.NotPossible):
        standing.resume(subject=subject, **ACT)


def test_what_its_owner_withdraws_stays_so(subject):
    standing.retire(subject=subject, **ACT)

    assert subject.state == ReviewState.WITHDRAWN
    for again in (standing.retire, standing.resume):
        with pytest.raises(standing.NotPossible):
            again(subject=subject, **ACT)


def test_what_is_reviewed_is_taken_back_before_it_is_withdrawn():
    signature = factories.SignatureFactory(state=ReviewState.IN_REVIEW)

    with pytest.raises(standing.NotPossible):
        standing.retire(subject=signature, **ACT)


def test_the_send_path_takes_what_is_suspended_for_not_approved():
    template = factories.TemplateFactory()
    standing.suspend(subject=template, reason="Complaints.", **ACT)
    remember.forget()
    key = (template.account_id, template.code)

    assert (
        not catalogue.load(account_ids=set(), codes={key}).templates[key].usable(is_sandbox=False)
    )


def test_staff_suspend_with_a_reason_and_resume(subject, client):
    client.force_login(factories.UserFactory(staff=True))
    name = f"admin:templates_app_{subject._meta.model_name}"
    page, stand = (
        reverse(f"{name}_change", args=[subject.pk]),
        reverse(f"{name}_stand", args=[subject.pk]),
    )
    assert "Suspend" in client.get(page).text
    assert "The customer reads the reason" in client.get(stand).text

    client.post(stand, {"reason": ""})
    subject.refresh_from_db()
    assert subject.state == ReviewState.APPROVED

    client.post(stand, {"reason": "Complaints."})
    subject.refresh_from_db()
    assert subject.state == ReviewState.SUSPENDED
    assert "Resume" in client.get(page).text

    client.post(stand)
    subject.refresh_from_db()
    assert subject.state == ReviewState.APPROVED


def test_the_owner_reads_why(subject, client):
    sign_in(client, account=subject.account)
    standing.suspend(subject=subject, reason="Complaints.", **ACT)

    page = client.get(f"/{subject._meta.model_name}s/{subject.public_id}").text

    assert "Complaints." in page
    assert "Suspended" in page


def test_forgotten_filings_lapse_each_day():
    filing.begin(signature=factories.SignatureFactory())
    ids = list(SignatureFiling.objects.values_list("pk", flat=True))
    long_ago = clock.now() - timedelta(days=200)
    for state in ("filing", "filed"):
        filing.record(filing_ids=ids, state=state, now=long_ago)

    tasks.lapse_filings()

    assert {one.state for one in SignatureFiling.objects.all()} == {"lapsed"}
