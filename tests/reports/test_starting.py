"""What leads a new account from registration to its first message."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.services import keys
from accounts.states import QualificationState
from reports.services import starting
from smsplatform.core.review import Item
from templates_app.models import Signature
from templates_app.states import ReviewState
from tests import factories
from tests.portal import sign_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def account():
    return factories.AccountFactory()


def of(account, key, *, has_balance=False):
    steps = starting.steps(account=account, has_balance=has_balance, now=NOW)
    return next(step for step in steps if step.key == key)


def test_a_new_account_has_everything_before_it(account, django_assert_num_queries):
    with django_assert_num_queries(5):
        steps = starting.steps(account=account, has_balance=False, now=NOW)

    assert [step.key for step in steps] == [
        "qualification", "signature", "template", "balance", "key", "message"
    ]  # fmt: skip
    assert {step.state for step in steps} == {"todo"}


@pytest.mark.parametrize(
    ("state", "progress", "words"),
    [
        (QualificationState.DRAFT, "todo", "draft"),
        (QualificationState.IN_REVIEW, "waiting", "reading"),
        (QualificationState.NEEDS_MORE, "todo", "asks for more"),
        (QualificationState.APPROVED, "done", "Approved"),
        (QualificationState.REJECTED, "todo", "not approved"),
        (QualificationState.EXPIRED, "todo", "renew"),
    ],
)
def test_the_company_says_how_far_it_is(account, state, progress, words):
    factories.QualificationFactory(account=account, state=state)

    step = of(account, "qualification")

    assert step.state == progress
    assert words in str(step.text)


def test_what_is_in_force_counts_while_a_newer_version_is_judged(account):
    old = factories.QualificationFactory(account=account, state=QualificationState.APPROVED)
    factories.QualificationFactory(
        account=account,
        lineage=old.lineage,
        version=2,
        state=QualificationState.IN_REVIEW,
        registration_number=old.registration_number,
    )

    assert of(account, "qualification").state == "done"


def test_a_review_shows_when_its_answer_is_promised(account):
    Signature.objects.create(account=account, text="Acme", state=ReviewState.IN_REVIEW)
    due_at = NOW + timedelta(hours=4)
    for hours in (4, 9):
        Item.objects.create(
            kind="signature",
            target_id=hours,
            account_id=account.pk,
            title="Acme",
            opened_at=NOW,
            due_at=NOW + timedelta(hours=hours),
            rank_at=NOW,
        )

    step = of(account, "signature")

    assert (step.state, step.due_at) == ("waiting", due_at)


def test_one_approved_signature_is_enough(account):
    for text, state in (("Acme", ReviewState.REJECTED), ("Other", ReviewState.APPROVED)):
        Signature.objects.create(account=account, text=text, state=state)

    assert of(account, "signature").state == "done"
    assert of(factories.AccountFactory(), "signature").state == "todo"


def test_only_a_key_that_opens_counts(account):
    project = factories.ProjectFactory(account=account)
    key, _text = keys.create(project=project, name="Old")
    type(key).objects.filter(pk=key.pk).update(revoked_at=NOW)
    assert of(account, "key").state == "todo"

    keys.create(project=project, name="New")
    assert of(account, "key").state == "done"


def test_home_shows_the_way_until_the_first_message(client):
    account = sign_in(client)

    assert "From here to your first message" in client.get("/").content.decode()

    factories.MessageFactory(account=account, delivered=True)
    assert "From here to your first message" not in client.get("/").content.decode()
