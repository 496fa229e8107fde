"""Each invariant finds the fault that breaks it, and a healthy platform has none."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import ApiKey, WebhookDelivery, WebhookEndpoint
from billing.models import Entry, Invoice, InvoiceLine, LedgerHead, Wallet
from billing.services import invoicing
from messaging.models import Batch, Due, IdempotencyKey, Lease, Message, Part
from reports.services import verification
from smsplatform.core import ids
from tests.reports import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def account(now):
    return rows.account(now=now - timedelta(hours=1))


@pytest.fixture
def sent(account, now):
    """A message that a carrier has."""
    message = rows.message(account, now=now, state="sent", sent_at=now)
    rows.attempt(message, now=now, answered_at=now)
    rows.part(message)
    return message


def broken(now, since=None):
    return {
        finding.invariant.id
        for finding in verification.check(since=since, now=now)
        if not finding.is_well
    }


def wait(message):
    return Due.objects.create(
        message_id=message.id,
        route_id=1,
        lane=1,
        account_id=message.account_id,
        due_at=message.due_at,
        valid_until=message.valid_until,
    )


def endpoint(account, now, **fields):
    row = WebhookEndpoint.objects.create(account=account, url="https://a.example/", **fields)
    WebhookEndpoint.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=2))
    return row


def delivery(endpoint, message, now, **fields):
    return WebhookDelivery.objects.create(
        **{
            "id": ids.one(now),
            "subject_id": message.id,
            "account_id": endpoint.account_id,
            "endpoint": endpoint,
            "kind": f"message.{message.state}",
            "payload": "{}",
            "due_at": now,
            "created_at": now,
            **fields,
        }
    )


@pytest.mark.parametrize("since", [None, timedelta(minutes=15)])
def test_a_healthy_platform_breaks_nothing(account, sent, now, since):
    wait(rows.message(account, now=now, parts=2))
    delivered = rows.message(account, now=now, state="delivered", finished_at=now)
    rows.attempt(delivered, now=now)
    rows.part(delivered)
    rows.receipt(delivered, now=now)
    hook = endpoint(account, now)
    delivery(hook, delivered, now)
    lost = rows.message(account, now=now, state="failed", finished_at=now)
    rows.refund(lost, now=now)
    delivery(hook, lost, now)
    invoicing.close(account=account, until_date=now.date() + timedelta(days=2), now=now)
    rows.batch(account, now=now, count=2, state="review")

    assert broken(now, since=now - since if since else None) == set()


def test_i01_a_wallet_that_is_not_its_entries(account, now):
    Wallet.objects.filter(account=account).update(balance=1)

    assert broken(now) == {"I01", "I02"}


def test_i02_a_gap_in_the_numbers(account, sent, now):
    rows.set_fact("billing_entry", "charge", "seq", 5, key="kind")

    assert "I02" in broken(now)


def test_i02_a_balance_that_does_not_continue(account, sent, now):
    rows.set_fact("billing_entry", "charge", "balance_after", 7, key="kind")

    assert "I02" in broken(now, since=now - timedelta(minutes=15))


def test_i02_a_head_that_is_not_the_last_entry(account, now):
    LedgerHead.objects.filter(account=account).update(seq=9)

    assert "I02" in broken(now)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "somebody"),
        ("reference", "topup:2"),
        ("country", "US"),
        ("project_id", None),
        ("booked_at", datetime(2026, 1, 1, tzinfo=UTC)),
        ("hash", bytes(32)),
        ("previous_hash", bytes(31) + b"1"),
    ],
)
def test_i03_an_entry_that_was_changed(account, sent, now, column, value):
    rows.set_fact("billing_entry", "charge", column, value, key="kind")

    assert "I03" in broken(now)


def test_i03_a_head_that_hides_the_last_entry(account, now):
    LedgerHead.objects.filter(account=account).update(hash=bytes(32))

    assert broken(now) == {"I03"}


def test_i04_a_batch_that_lost_a_message(account, now):
    message = rows.batch(account, now=now, count=2, state="review")[0]
    Message.objects.filter(pk=message.pk).delete()

    assert broken(now) == {"I04"}


def test_i04_a_charge_that_is_not_the_price(account, now):
    message = rows.message(account, now=now, state="review")
    rows.set_fact("messaging_message", message.id, "price_micros", 1)
    Batch.objects.update(price_micros=1)

    assert broken(now) == {"I04"}


def test_i04_a_charge_for_nothing(account, now):
    rows.book(account, now=now, kind="charge", amount=-5, reference=f"batch:{ids.one(now)}")

    assert broken(now) == {"I04"}


def test_i04_a_package_that_paid_other_parts(account, now):
    wallet = Wallet.objects.create(account=account, unit="parts")
    rows.book(account, now=now, kind="package", amount=9, reference="p", wallet_id=wallet.id)
    message = rows.message(account, now=now, parts=2, state="review", price_micros=0)
    rows.set_fact("messaging_message", message.id, "wallet_id", wallet.id)

    assert broken(now) == {"I04"}


def test_i05_a_failed_message_that_was_not_refunded(account, now):
    rows.message(account, now=now, state="failed")

    assert broken(now) == {"I05"}


@pytest.mark.parametrize("basis", ["accepted", "delivered"])
def test_i05_undelivered_is_refunded_where_delivery_is_paid(account, now, basis):
    message = rows.message(account, now=now, state="undelivered", basis=basis)
    rows.attempt(message, now=now)
    rows.receipt(message, now=now, outcome="undelivered")

    assert broken(now) == ({"I05"} if basis == "delivered" else set())


@pytest.mark.parametrize("since", [None, timedelta(minutes=15)])
def test_i05_a_refund_without_cause(sent, now, since):
    rows.refund(sent, now=now)

    assert broken(now, since=now - since if since else None) == {"I05"}


def test_i05_a_refund_of_another_amount(account, now):
    message = rows.message(account, now=now, state="cancelled")
    rows.refund(message, now=now)
    rows.set_fact("billing_entry", "refund", "amount", 1, key="kind")

    assert "I05" in broken(now)


def test_i05_a_late_receipt_leaves_the_refund(account, now):
    message = rows.message(account, now=now, state="delivered")
    rows.attempt(message, now=now)
    rows.receipt(message, now=now)
    rows.refund(message, now=now)

    assert broken(now) == set()


def test_i06_a_charge_below_the_floor(account, sent, now):
    Wallet.objects.filter(account=account).update(floor=10**9)

    assert broken(now) == {"I06"}


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
    return message


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


@pytest.fixture
def invoice(account, sent, now):
    return invoicing.close(account=account, until_date=now.date() + timedelta(days=2), now=now)


def test_i17_a_net_that_is_not_its_range(invoice, now):
    rows.set_fact("billing_invoice", invoice.id, "net_micros", 1)

    assert broken(now) == {"I17"}


def test_i17_a_line_that_was_changed(invoice, now):
    line = InvoiceLine.objects.get(invoice=invoice, kind="charge")
    rows.set_fact("billing_invoiceline", line.id, "amount", 1)

    assert broken(now) == {"I17"}


@pytest.mark.parametrize(("column", "value"), [("from_seq", 2), ("number", 4)])
def test_i17_a_gap(invoice, now, column, value):
    assert Invoice.objects.filter(from_seq=1, number=1).exists()
    rows.set_fact("billing_invoice", invoice.id, column, value)

    assert broken(now) == {"I17"}


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


def test_i18_a_key_of_a_strangers_project(account, now):
    other = rows.account(now=now, name="Other")
    ApiKey.objects.create(
        account=account, project=other.projects.get(), prefix="p", digest=bytes(32)
    )

    assert broken(now) == {"I18"}


def test_i20_a_float_of_money(now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_price ADD COLUMN extra_price float")

    assert broken(now) == {"I20"}


def test_i21_a_constraint_that_was_never_validated(now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_price ADD CHECK (price_micros < 9) NOT VALID")

    assert broken(now) == {"I21"}


def test_i23_a_guard_that_is_off(now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_entry DISABLE TRIGGER billing_entry_append_only")

    assert broken(now) == {"I23"}


def test_every_invariant_has_a_test():
    tested = {name.split("_")[1].upper() for name in globals() if name.startswith("test_i")}

    assert tested == {invariant.id for invariant in verification.INVARIANTS}


def run(*arguments):
    out = StringIO()
    try:
        call_command("verify", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_the_command_ends_well_when_all_is_well(sent):
    code, text = run("--since", "15m")

    assert code == 0
    assert text.endswith(f"All {len(verification.INVARIANTS)} invariants hold.\n")


def test_the_command_shows_five_rows_of_what_is_broken(account, now):
    rows.batch(account, now=now, count=7)

    code, text = run()

    assert code == 1
    assert "BROKEN I11  Nothing is stuck.  (7)" in text
    assert text.count("fault=waits, and nothing will claim it") == 5
    assert text.endswith("invariants are broken: I11.\n")


def test_the_command_speaks_json(account, now):
    rows.batch(account, now=now, count=7)

    code, text = run("--json")

    document = json.loads(text)
    stuck = next(one for one in document["invariants"] if one["id"] == "I11")
    assert (code, document["is_well"], stuck["found"], len(stuck["rows"])) == (1, False, 7, 5)


@pytest.mark.parametrize("age", ["soon", "15", "m", "-3m", "1w", "999999999d"])
def test_an_age_that_is_none_gets_one_sentence(age):
    with pytest.raises(CommandError, match="--since takes an age such as 15m, 2h or 3d"):
        call_command("verify", f"--since={age}")


def test_entries_older_than_asked_for_are_taken_as_given(account, sent, now):
    rows.set_fact("billing_entry", "topup", "actor", "somebody", key="kind")

    assert broken(now, since=now - timedelta(minutes=15)) == set()
    assert Entry.objects.count() == 2
