"""The invariants of messages, of what customers were told, and of the database itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import ApiKey
from messaging.models import Attempt, Batch, IdempotencyKey, Lease, Message, Part, Suppression
from tests import factories
from tests.reports import rows
from tests.reports.faults import broken, delivery, endpoint, healthy, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def account(now):
    return healthy(rows.account(now=now - timedelta(hours=1)), now)


@pytest.fixture
def sent(account, now):
    """A message that a carrier has."""
    message = rows.message(account, now=now, state="sent", sent_at=now)
    rows.attempt(message, now=now, answered_at=now)
    rows.part(message)
    return healthy(message, now)


def test_i07_a_second_try_while_the_first_may_have_arrived(sent, now):
    rows.attempt(sent, now=now, no=2, state="refused")

    assert broken(now) == {"I07"}


def test_i07_a_resend_that_nobody_wanted(account, now):
    message = rows.message(account, now=now, state="review", on_unknown="fail")
    rows.attempt(message, now=now, state="superseded")

    assert broken(now) == {"I07"}


@pytest.mark.parametrize(
    ("state", "attempt"),
    [("sending", "refused"), ("uncertain", "refused"), ("sent", "refused"), ("review", "claimed")],
)
def test_i08_a_state_that_its_attempts_deny(account, now, state, attempt):
    message = rows.message(account, now=now, state=state)
    rows.attempt(message, now=now, state=attempt)

    assert broken(now) == {"I08"}


def test_i08_a_message_that_no_list_of_its_state_finds(account, now):
    message = rows.message(account, now=now, state="review")
    rows.set_fact("messaging_message", message.id, "rare_state", "")

    assert broken(now) == {"I08"}


def test_i09_an_accepted_part_without_an_id(sent, now):
    Part.objects.all().delete()

    assert broken(now) == {"I09"}


def test_i10_an_attempt_that_a_former_owner_left_open(account, now):
    message = rows.message(account, now=now, state="sending")
    rows.attempt(message, now=now - timedelta(minutes=2), state="submitting")
    Lease.objects.create(name=f"carrier:{rows.carrier().id}", owner="b", epoch=2, heartbeat_at=now)

    assert broken(now) == {"I10"}


@pytest.mark.parametrize(("state", "attempt"), [("sending", "claimed"), ("uncertain", "uncertain")])
def test_i11_an_attempt_that_stays_open(account, now, state, attempt):
    message = rows.message(account, now=now, state=state)
    rows.attempt(message, now=now - timedelta(hours=7), state=attempt)

    assert broken(now) == {"I11"}


def test_i11_a_message_that_waits_past_its_validity(account, now):
    wait(rows.message(account, now=now, valid_until=now - timedelta(minutes=6)))

    assert broken(now) == {"I11"}


def test_i11_a_message_whose_time_has_come(account, now):
    past = now - timedelta(minutes=3)
    wait(rows.message(account, now=now, state="scheduled", due_at=past))

    assert broken(now) == {"I11"}


def test_i11_a_message_that_nothing_will_claim(account, now):
    rows.message(account, now=now)

    assert broken(now) == {"I11"}


def test_i11_a_message_that_was_sent_three_days_ago(sent, now):
    Message.objects.update(sent_at=now - timedelta(hours=74))

    assert broken(now) == {"I11"}


def test_i13_a_receipt_that_waits_though_it_is_known(sent, now):
    rows.receipt(sent, now=now, applied_at=None, message_id=None)

    assert broken(now + timedelta(minutes=2)) == {"I13"}


def test_i13_a_delivery_that_no_receipt_proves(account, now):
    message = rows.message(account, now=now, state="delivered")
    rows.attempt(message, now=now)

    assert broken(now) == {"I13"}


def test_i13_a_receipt_without_effect(sent, now):
    rows.receipt(sent, now=now)

    assert broken(now) == {"I13"}


def test_i14_a_key_that_leads_to_another_account(account, sent, now):
    IdempotencyKey.objects.create(
        account=rows.account(now=now, name="Other"),
        key="k",
        body_hash=bytes(32),
        batch_id=sent.batch_id,
        created_at=now,
    )

    assert broken(now) == {"I14"}


def test_i14_two_keys_of_one_batch(account, sent, now):
    for key in "ab":
        IdempotencyKey.objects.create(
            account=account, key=key, body_hash=bytes(32), batch_id=sent.batch_id, created_at=now
        )

    assert broken(now) == {"I14"}


@pytest.fixture
def ended(account, now):
    message = rows.message(account, now=now, state="failed", finished_at=now)
    rows.refund(message, now=now)
    return healthy(message, now)


@pytest.mark.parametrize(
    ("kinds", "found"),
    [([], {"I15"}), (["message.failed"], {"I15"}), (["message.delivered"], set())],
)
def test_i15_an_end_that_was_not_told(account, ended, now, kinds, found):
    endpoint(account, now, kinds=kinds)

    assert broken(now) == found


def test_i15_a_disabled_endpoint_is_told_nothing(account, ended, now):
    endpoint(account, now, disabled_at=now - timedelta(hours=1))

    assert broken(now) == set()


def test_i15_a_delivery_that_is_overdue(account, ended, now):
    delivery(endpoint(account, now), ended, now, due_at=now - timedelta(minutes=11))

    assert broken(now) == {"I15"}


def test_i18_a_message_in_a_strangers_batch(sent, now):
    other = rows.account(now=now, name="Other")
    Batch.objects.filter(pk=sent.batch_id).update(account=other)

    assert broken(now) == {"I18"}


def test_i18_a_delivery_to_a_strangers_endpoint(account, ended, now):
    other = rows.account(now=now, name="Other")
    delivery(endpoint(other, now), ended, now)

    assert broken(now) == {"I18"}


def test_i18_an_entry_of_a_strangers_wallet(account, sent, now):
    other = rows.account(now=now, name="Other")
    rows.set_fact("billing_entry", "charge", "wallet_id", rows.balance(other).id, key="kind")

    assert "I18" in broken(now)


@pytest.mark.parametrize("column", ["wallet_id", "project_id"])
def test_i18_an_entry_of_what_is_not_there(sent, now, column):
    rows.set_fact("billing_entry", "charge", column, 10**9, key="kind")

    assert "I18" in broken(now)


def test_i18_a_key_of_a_strangers_project(account, now):
    other = rows.account(now=now, name="Other")
    ApiKey.objects.create(
        account=account, project=other.projects.get(), prefix="p", digest=bytes(32)
    )

    assert broken(now) == {"I18"}


def test_i20_a_float_of_money(now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_rate ADD COLUMN extra_price float")

    assert broken(now) == {"I20"}


def test_i21_a_constraint_that_was_never_validated(now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_rate ADD CHECK (price_micros < 9) NOT VALID")

    assert broken(now) == {"I21"}


def test_i23_a_guard_that_is_off(now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_entry DISABLE TRIGGER billing_entry_append_only")

    assert broken(now) == {"I23"}


@pytest.fixture
def stopped(sent, now):
    """Since two minutes before the message was claimed its number must not be written to."""
    return factories.SuppressionFactory(
        account=sent.account, number=sent.number, created_at=now - timedelta(minutes=2)
    )


def was_submitted(message, now):
    Attempt.objects.filter(message_id=message.id).update(submitting_at=now)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"account": None},
        {"message_class": "notice"},
        {"lifted_at": timedelta(minutes=2)},
        {"expires_at": timedelta(minutes=2)},
    ],
)
def test_i24_a_number_that_must_not_be_written_to(sent, stopped, now, change):
    change_suppression(stopped, now, change)
    was_submitted(sent, now)

    assert broken(now) == {"I24"}


@pytest.mark.parametrize(
    "change",
    [
        {"created_at": timedelta(seconds=-30)},
        {"message_class": "marketing"},
        {"number": "+8613900000000"},
        {"lifted_at": timedelta(minutes=-1)},
        {"expires_at": timedelta(minutes=-1)},
    ],
)
def test_i24_what_does_not_bind_the_message_is_no_fault(sent, stopped, now, change):
    change_suppression(stopped, now, change)
    was_submitted(sent, now)

    assert broken(now) == set()


def test_i24_what_was_claimed_and_taken_back_did_not_leave(sent, stopped, now):
    Attempt.objects.filter(message_id=sent.id).update(submitting_at=None)

    assert broken(now) == set()


def change_suppression(row, now, change):
    values = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in change.items()
    }
    Suppression.objects.filter(pk=row.pk).update(**values)
