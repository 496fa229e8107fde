"""The ledger: gapless, chained, append-only, under one lock an account."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from billing.models import Entry, LedgerHead
from billing.services import ledger, topups
from reports.services.invariants import money
from reports.services.verification import _broken, _parameters
from tests import factories, world
from tests.billing.purse import NOW, charge, code, customer, refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    """Some movements of each kind, by two accounts in turn."""
    acme, other = customer(), world.make_customer("Other")
    for _turn in range(2):
        [payment] = charge(acme, code(parts=2))
        charge(other, code(), code(country="GB", price=300_000))
        refund(acme, payment, uuid4(), parts=2)
    return acme


def chain(account):
    return list(Entry.objects.filter(account=account).order_by("seq"))


def line(entry):
    """Written down a second time, on purpose: the format must never change."""
    microseconds = (entry.booked_at - ledger._EPOCH) // timedelta(microseconds=1)
    parts = (
        entry.account_id,
        entry.seq,
        entry.kind,
        entry.wallet_id,
        entry.amount,
        entry.balance_after,
        "" if entry.project_id is None else entry.project_id,
        entry.message_class,
        entry.country,
        entry.unit_price_micros,
        entry.parts,
        entry.count,
        entry.reference,
        entry.line,
        entry.actor,
        microseconds,
        *([] if entry.rate_id is None else [entry.rate_id]),
    )
    return "|".join(map(str, parts)).encode()


def broken_in_sql():
    return [
        row
        for invariant in (money.I01, money.I02, money.I03)
        for row in _broken(invariant, _parameters(None, None, NOW))
    ]


def test_the_numbers_of_a_ledger_have_no_gap(acme):
    assert [entry.seq for entry in chain(acme.account)] == [1, 2, 3, 4, 5]
    assert LedgerHead.objects.get(account=acme.account).seq == 5


def test_the_chain_recomputes_in_python(acme):
    before = bytes(32)
    for entry in chain(acme.account):
        assert bytes(entry.previous_hash) == before
        before = hashlib.sha256(before + line(entry)).digest()
        assert bytes(entry.hash) == before
    assert bytes(LedgerHead.objects.get(account=acme.account).hash) == before


def test_the_chain_recomputes_in_sql(acme):
    assert broken_in_sql() == []


@pytest.mark.parametrize(
    "change",
    ["amount = amount - 1", "actor = 'me'", "reference = reference || 'x'", "project_id = NULL"],
)
def test_a_changed_entry_is_found_in_sql(acme, change):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE billing_entry DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE billing_entry SET {change} WHERE seq = 2")  # noqa: S608
        cursor.execute("ALTER TABLE billing_entry ENABLE TRIGGER USER")

    assert broken_in_sql() != []


@pytest.mark.parametrize(
    "sin",
    [
        "UPDATE billing_entry SET amount = 0 WHERE seq = 1",
        "UPDATE billing_entry SET amount = 0 WHERE false",
        "DELETE FROM billing_entry",
        "DELETE FROM billing_invoice",
        "UPDATE billing_invoiceline SET amount = 0",
    ],
)
def test_the_database_refuses_to_change_what_was_booked(acme, sin):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sin)


def test_the_database_refuses_to_truncate_the_ledger(acme):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Tests flush, so tests/conftest.py has put this one to sleep.
        cursor.execute("ALTER TABLE billing_entry ENABLE TRIGGER billing_entry_no_truncate")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE billing_entry CASCADE")


def test_each_entry_says_what_its_wallet_held_afterwards(acme):
    balance = 0
    for entry in chain(acme.account):
        balance += entry.amount
        assert entry.balance_after == balance
    assert acme.balance() == balance


def test_ledgers_are_locked_in_the_order_of_their_ids(acme, django_assert_num_queries):
    other = LedgerHead.objects.exclude(account=acme.account).get().account_id

    with django_assert_num_queries(1) as asked:
        ledger.open_books([other, acme.account.pk, other])

    assert "ORDER BY account_id FOR NO KEY UPDATE" in asked[0]["sql"]


def test_many_accounts_are_closed_with_two_statements(django_assert_num_queries):
    accounts = [world.make_customer(f"C{n}") for n in range(5)]
    books = ledger.open_books([one.account.pk for one in accounts])
    for one in accounts:
        movement = ledger.Movement("topup", one.wallet.pk, 1, f"topup:{one.account.pk}:2")
        books.append(movement, now=NOW)

    with django_assert_num_queries(2):
        books.close()

    assert {one.balance() for one in accounts} == {100_000_001}


def test_the_name_of_who_booked_is_cut_to_fit(acme):
    long = f"{'a' * 100}@example.com"
    topups.credit(account=acme.account, amount_micros=1, reference="t:9", actor=long, now=NOW)

    assert chain(acme.account)[-1].actor == "a" * 80
    assert broken_in_sql() == []


def test_a_top_up_is_booked_once(acme):
    before = acme.balance()
    for _again in range(2):
        try:
            topups.credit(
                account=acme.account, amount_micros=7, reference="t:1", actor="x", now=NOW
            )
        except DatabaseError:
            continue

    assert acme.balance() == before + 7


def test_a_package_that_could_not_be_booked_is_no_wallet_either(acme):
    package = factories.PackageFactory(valid_days=10)
    fields = {"account": acme.account, "package": package, "is_gift": False, "actor": "x"}
    wallet = topups.grant_package(**fields, reference="p:1", now=NOW)
    assert (wallet.expires_at, wallet.message_class) == (NOW + timedelta(days=10), "")

    with pytest.raises(DatabaseError), transaction.atomic():
        topups.grant_package(**fields, reference="p:1", now=NOW)

    assert acme.account.wallets.filter(unit="parts").count() == 1
