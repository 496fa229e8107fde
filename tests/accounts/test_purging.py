"""What a closed account has left behind: kept for its term, then gone from disk and rows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounts.models import (
    Account,
    Document,
    QualificationPerson,
    RetentionTerm,
    TrialNumber,
)
from accounts.services import documents, purging
from accounts.states import AccountState, DocumentState
from smsplatform.core.audit import AuditEntry
from smsplatform.core.errors import NotFound
from smsplatform.core.files import store
from tests import factories
from tests.accounts.papers import submitted

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
BY = "user:1"


@pytest.fixture
def account():
    account = factories.AccountFactory()
    submitted(account, by=BY, now=NOW - timedelta(days=400))
    return account


def close(account, days_ago):
    since = NOW - timedelta(days=days_ago)
    Account.objects.filter(pk=account.pk).update(state=AccountState.CLOSED, state_since=since)


def files():
    return [place for place, _put_at in store.places()]


def purge(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        return purging.purge_due(now=NOW)


def test_after_its_term_a_closed_account_s_papers_are_gone(
    account, django_capture_on_commit_callbacks
):
    close(account, days_ago=180)
    assert files()

    assert purge(django_capture_on_commit_callbacks) == 1

    assert files() == []
    document = Document.objects.filter(account=account).first()
    assert (document.state, document.name, document.purged_at) == ("purged", "", NOW)
    with pytest.raises(NotFound):
        documents.read(document)


def test_nobody_is_identified_by_what_is_left(account, django_capture_on_commit_callbacks):
    close(account, days_ago=180)

    purge(django_capture_on_commit_callbacks)

    told = QualificationPerson.objects.values_list(
        "name", "sealed_id_number", "fingerprint", "id_tail", "phone"
    )
    assert set(told) == {("", "", "", "", "")}


def test_the_phones_that_it_tried_with_go_too(django_capture_on_commit_callbacks):
    gone, kept = factories.TrialNumberFactory.create_batch(2)
    close(gone.account, days_ago=180)

    assert purge(django_capture_on_commit_callbacks) == 1

    assert list(TrialNumber.objects.all()) == [kept]


def test_it_is_written_down_once(account, django_capture_on_commit_callbacks):
    close(account, days_ago=180)

    purge(django_capture_on_commit_callbacks)
    assert purge(django_capture_on_commit_callbacks) == 0

    entry = AuditEntry.objects.get(action="papers.purged")
    assert entry.account_id == account.pk
    assert len(entry.facts["documents"]) == Document.objects.count()


def test_before_the_term_is_over_everything_stays(account, django_capture_on_commit_callbacks):
    close(account, days_ago=179)

    assert purge(django_capture_on_commit_callbacks) == 0
    assert Document.objects.filter(state=DocumentState.PURGED).count() == 0


def test_an_account_that_is_open_keeps_its_papers(account, django_capture_on_commit_callbacks):
    since = NOW - timedelta(days=1000)
    Account.objects.filter(pk=account.pk).update(state=AccountState.FROZEN, state_since=since)

    assert purge(django_capture_on_commit_callbacks) == 0


def test_the_staff_s_term_counts(account, django_capture_on_commit_callbacks):
    close(account, days_ago=31)
    RetentionTerm.objects.update(days=30)

    assert purge(django_capture_on_commit_callbacks) == 1


def test_a_file_that_a_crash_left_behind_is_swept_away(account):
    close(account, days_ago=180)
    with_files = files()

    purging.purge_due(now=NOW)  # committed, and died before the files went
    for place in with_files:
        assert Path(store._path(place)).exists()

    assert documents.sweep(now=datetime.now(UTC) + timedelta(days=2)) == len(with_files)
