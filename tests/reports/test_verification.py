"""Each invariant finds the fault that breaks it, and a healthy platform has none."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.models import Entry, Invoice, InvoiceLine, LedgerHead, Wallet
from billing.services import credit_notes, invoicing
from messaging.models import Batch, Message
from reports.services import verification
from smsplatform.core import ids
from tests.reports import (
    rows,
    test_verification_payments,
    test_verification_pipeline,
    test_verification_prices,
)
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


def test_i02_a_ledger_without_a_head(account, now):
    LedgerHead.objects.filter(account=account).delete()

    assert broken(now, since=now - timedelta(minutes=15)) == {"I02"}


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


@pytest.fixture
def invoice(account, sent, now):
    closed = invoicing.close(account=account, until_date=now.date() + timedelta(days=2), now=now)
    return healthy(closed, now)


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


@pytest.fixture
def credit_note(invoice, now):
    """Of one cent, the first there is."""
    note = credit_notes.propose(
        invoice=invoice, amount_cents=1, reason="twice sent", by="user:1", now=now
    )
    credit_notes.issue(note=note, by="user:2", now=now)
    return healthy(note, now)


@pytest.mark.parametrize(("column", "value"), [("amount_cents", 2), ("number", 2)])
def test_i17_a_credit_note_that_was_changed(credit_note, now, column, value):
    rows.set_fact("billing_creditnote", credit_note.pk, column, value)

    assert broken(now) == {"I17"}


def test_i17_a_credit_note_that_exceeds_its_invoice(credit_note, now):
    rows.set_fact("billing_invoice", credit_note.invoice_id, "payable_cents", 0)

    assert broken(now) == {"I17"}


def test_every_invariant_has_a_test():
    names = {
        *globals(),
        *vars(test_verification_payments),
        *vars(test_verification_pipeline),
        *vars(test_verification_prices),
    }
    tested = {name.split("_")[1].upper() for name in names if name.startswith("test_i")}

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
