"""Owners are told before operators forget a signature: 30 and 7 days ahead, once each."""

from datetime import timedelta

import pytest
from django.core import mail

from smsplatform.core import queue
from templates_app import tasks
from templates_app.models import SignatureFiling
from templates_app.services import filing, lapsing
from tests import factories
from tests.templates_app.filings import NOW, again, office, waiting

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LAPSES = NOW + filing.LAPSES_AFTER


@pytest.fixture(autouse=True)
def _office():
    office()


@pytest.fixture
def sent(monkeypatch):
    """What was enqueued is carried out at once."""

    def run(task, **arguments):
        queue.check(task)
        getattr(tasks, task.rpartition(".")[2])(**arguments)

    monkeypatch.setattr(queue, "enqueue", run)


@pytest.fixture
def filed():
    """With two operators, in force from NOW on; its account has an owner and a viewer."""
    account = factories.AccountFactory(name="Silk Road")
    factories.MembershipFactory(account=account, user__email="owner@example.com")
    factories.MembershipFactory(account=account, role="viewer")
    one = waiting("云帆", account=account)
    rows = SignatureFiling.objects.filter(signature=one.signature)
    ids = list(rows.filter(operator__in=["mobile", "unicom"]).values_list("pk", flat=True))
    for state in ("filing", "filed"):
        filing.record(filing_ids=ids, state=state, now=NOW)
    return again(one)


def letters():
    return [(letter.to, letter.body) for letter in mail.outbox]


def test_owners_are_told_thirty_and_seven_days_ahead_once_each(sent, filed):
    moments = (31 * DAY, 30 * DAY, 29 * DAY, 8 * DAY, 7 * DAY, 7 * DAY, DAY)

    told = [lapsing.remind_due(now=LAPSES - ahead) for ahead in moments]

    assert told == [0, 2, 0, 0, 2, 0, 0]
    assert [to for to, _body in letters()] == [["owner@example.com"], ["owner@example.com"]]
    body = letters()[0][1]
    assert "云帆 · China Mobile · 2027-05-22" in body
    assert "云帆 · China Unicom" in body
    assert "Telecom" not in body


def test_a_late_first_look_tells_the_nearer_only(sent, filed):
    assert lapsing.remind_due(now=LAPSES - 3 * DAY) == 2
    assert len(mail.outbox) == 1


def test_whoever_sends_again_is_reminded_again_before_the_next_lapse(sent, filed):
    lapsing.remind_due(now=LAPSES - 7 * DAY)
    uses = [(filed.signature_id, "mobile"), (filed.signature_id, "unicom")]
    filing.note_uses(uses=uses, at=LAPSES - 6 * DAY)

    assert lapsing.remind_due(now=LAPSES - 5 * DAY) == 0
    assert lapsing.remind_due(now=LAPSES - 6 * DAY + filing.LAPSES_AFTER - 30 * DAY) == 2


def test_what_was_used_between_the_mark_and_the_mail_is_not_spoken_of(filed):
    at = LAPSES - 7 * DAY
    lapsing.remind_due(now=at)
    uses = [(filed.signature_id, "mobile"), (filed.signature_id, "unicom")]
    filing.note_uses(uses=uses, at=at)

    tasks.mail_filings_lapsing(account_id=filed.signature.account_id, at=at.isoformat())

    assert mail.outbox == []


def test_nobody_is_told_of_what_lapsed_or_was_suspended(sent, filed):
    signature = filed.signature
    type(signature).objects.filter(pk=signature.pk).advance("suspended")

    assert lapsing.remind_due(now=LAPSES - DAY) == 0
    assert lapsing.remind_due(now=LAPSES) == 0


def test_an_owner_reads_it_in_the_zone_of_the_account(sent, filed):
    type(filed.signature.account).objects.update(timezone="America/New_York")

    lapsing.remind_due(now=LAPSES - 7 * DAY)

    assert "2027-05-21 21:00 EDT" in letters()[0][1]
