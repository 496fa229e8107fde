"""Operators forget a signature that sends nothing: what was sent is noted by the hour."""

from datetime import UTC, datetime, timedelta

import pytest

from messaging.services import filings
from messaging.states import State
from smsplatform.core import partitions
from templates_app.models import SignatureFiling
from templates_app.services import filing
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
FILED = NOW - timedelta(days=120)


@pytest.fixture
def filed():
    """A signature that every operator filed, four months ago."""
    signature = factories.SignatureFactory()
    filing.begin(signature=signature)
    every = SignatureFiling.objects.filter(signature=signature)
    for state in ("filing", "filed"):
        filing.record(filing_ids=every.values_list("pk", flat=True), state=state, now=FILED)
    return signature


def send(signature, operator, *, ago=timedelta(minutes=10), **fields):
    return factories.MessageFactory(
        account=signature.account,
        signature_id=signature.pk,
        operator=operator,
        accepted_at=NOW - ago,
        **{"delivered": True, **fields},
    )


def used():
    return {
        one.operator: one.lapses_at
        for one in SignatureFiling.objects.filter(last_sent_at__isnull=False)
    }


def test_what_was_sent_puts_the_lapse_off_at_the_operator_that_it_went_to(filed):
    send(filed, "mobile")
    send(filed, "telecom", delivered=False)

    assert filings.note_recent(now=NOW) == 1
    assert used() == {"mobile": NOW + timedelta(days=180)}


@pytest.mark.parametrize("state", [State.SENT, State.UNDELIVERED, State.NO_RECEIPT])
def test_an_operator_has_seen_what_a_carrier_took(filed, state):
    send(filed, "mobile", delivered=False, **{state: True})

    assert filings.note_recent(now=NOW) == 1


def test_what_was_tried_in_the_sandbox_reached_no_operator(filed):
    send(filed, "mobile", route_id=factories.RouteFactory(is_sandbox=True).pk)

    assert filings.note_recent(now=NOW) == 0


def test_it_is_looked_for_once_a_day(filed, django_assert_num_queries):
    for operator in ("mobile", "unicom", "telecom", "broadnet"):
        send(filed, operator)
    filings.note_recent(now=NOW)

    with django_assert_num_queries(1):
        assert filings.note_recent(now=NOW + timedelta(hours=23)) == 0
    send(filed, "mobile", ago=-timedelta(hours=24))
    assert filings.note_recent(now=NOW + timedelta(hours=25)) == 1


def test_what_was_scheduled_weeks_before_counts_too(filed):
    before = timedelta(days=20)
    partitions.make_all_ahead(now=NOW - before)
    send(filed, "mobile", ago=before)

    assert filings.note_recent(now=NOW) == 0
    assert filings.note_scheduled(now=NOW) == 1
