"""Signatures with operators: filed, refused, forgotten, filed again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from smsplatform.core import remember
from templates_app.models import SignatureFiling
from templates_app.services import catalogue, filing, tails
from templates_app.states import FilingState
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.fixture
def filings():
    signature = factories.SignatureFactory()
    filing.begin(signature=signature)
    return list(SignatureFiling.objects.filter(signature=signature).order_by("id"))


def move(one, *states):
    for state in states:
        assert filing.record(filing_ids=[one.pk], state=state, now=NOW) == [one.pk]
    one.refresh_from_db()


def test_beginning_twice_files_once(filings):
    filing.begin(signature=filings[0].signature)

    assert SignatureFiling.objects.count() == len(filings) == 4


def test_each_operator_has_a_state_of_its_own(filings):
    move(filings[0], "filing", "filed_unverified", "filed")
    move(filings[1], "filing", "failed")

    assert [one.state for one in SignatureFiling.objects.order_by("id")] == [
        *("filed", "failed", "not_filed", "not_filed")
    ]
    assert (filings[0].filed_at, filings[1].reason) == (NOW, "OTHERS_ERROR")


def test_what_was_not_handed_in_is_not_filed(filings):
    assert filing.record(filing_ids=[filings[0].pk], state="filed", now=NOW) == []


def test_an_operator_s_reason_is_kept(filings):
    filing.record(filing_ids=[filings[0].pk], state="filing", now=NOW)
    filing.record(
        filing_ids=[filings[0].pk],
        state="failed",
        reason="QUALIFICATION_ERROR",
        note="licence expired",
        now=NOW,
    )

    filings[0].refresh_from_db()
    assert (filings[0].reason, filings[0].note) == ("QUALIFICATION_ERROR", "licence expired")


def test_who_sends_nothing_for_half_a_year_is_forgotten_and_each_message_puts_that_off(filings):
    silent, busy = filings[:2]
    move(silent, "filing", "filed")
    move(busy, "filing", "filed")
    later = NOW + timedelta(days=170)
    filing.note_uses(uses=[(busy.signature_id, busy.operator)], at=later)

    assert filing.lapse(now=NOW + timedelta(days=180)) == [silent.pk]

    silent.refresh_from_db()
    busy.refresh_from_db()
    assert (silent.state, silent.reason) == (FilingState.LAPSED, "NO_SEND_RECORD")
    assert (busy.last_sent_at, busy.lapses_at) == (later, later + timedelta(days=180))
    move(silent, "filing", "filed")


def test_only_those_in_force_are_quiet_and_only_since_then(filings):
    used, unused, handed_in = filings[:3]
    move(used, "filing", "filed")
    move(unused, "filing", "filed_unverified")
    move(handed_in, "filing")
    filing.note_uses(uses=[(one.signature_id, one.operator) for one in (used, handed_in)], at=NOW)

    assert filing.quiet(since=NOW) == [(unused.signature_id, unused.operator)]
    assert len(filing.quiet(since=NOW + timedelta(seconds=1))) == 2
    handed_in.refresh_from_db()
    assert handed_in.last_sent_at is None


def test_the_send_path_sees_the_filings_in_the_same_query(filings, django_assert_num_queries):
    move(filings[0], "filing", "filed")
    account_id = filings[0].signature.account_id
    remember.forget()
    tails.table()

    with django_assert_num_queries(1):
        found = catalogue.load(account_ids={account_id}, codes=set())

    (signature,) = found.signatures[account_id]
    assert (signature.kind, signature.market) == ("general", "china")
    assert signature.filings == {
        **dict.fromkeys(("mobile", "unicom", "telecom", "broadnet"), "not_filed"),
        filings[0].operator: "filed",
    }


def test_a_signature_that_is_filed_nowhere_has_no_filings():
    signature = factories.SignatureFactory()
    remember.forget()

    found = catalogue.load(account_ids={signature.account_id}, codes=set())

    assert found.signatures[signature.account_id][0].filings == {}


def test_staff_say_what_operators_answered(filings, client):
    client.force_login(factories.UserFactory(staff=True))
    page = reverse("admin:templates_app_signaturefiling_changelist")
    chosen = [one.pk for one in filings]

    client.post(page, {"action": "mark_filing", "_selected_action": chosen[:2]})
    client.post(page, {"action": "mark_filed", "_selected_action": chosen})

    assert [one.state for one in SignatureFiling.objects.order_by("id")] == [
        *("filed", "filed", "not_filed", "not_filed")
    ]
