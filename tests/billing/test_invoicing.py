"""A range of the ledger becomes an invoice whose lines are a GROUP BY of it."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Account, Project
from billing.models import Entry, Invoice, Wallet
from billing.services import invoicing, ledger, topups

pytestmark = pytest.mark.django_db

NOVEMBER = datetime(2026, 11, 20, 4, tzinfo=UTC)
LATER = datetime(2026, 12, 2, 4, tzinfo=UTC)
FIRST_OF_DECEMBER = date(2026, 12, 1)


@pytest.fixture
def account():
    account = Account.objects.create(name="Silk Road Ltd", timezone="Asia/Shanghai")
    topups.credit(
        account=account, amount_micros=10**9, reference="topup:1", actor="test", now=NOVEMBER
    )
    return account


@pytest.fixture
def project(account):
    return Project.objects.create(account=account, name="shop")


def book(project, *, now=NOVEMBER, kind="charge", wallet=None, price=45_000, parts=1, **fields):
    """A movement as charging makes it: so many parts at so much."""
    wallet = wallet or Wallet.objects.get(account=project.account, unit="micros")
    size = parts if wallet.unit == "parts" else price * parts
    movement = ledger.Movement(
        kind=kind,
        wallet_id=wallet.id,
        amount=-size if kind == "charge" else size,
        **{
            "project_id": project.id,
            "message_class": "notice",
            "country": "CN",
            "unit_price_micros": price,
            "parts": parts,
            "count": parts,
            "reference": f"{kind}:{Entry.objects.count()}",
            **fields,
        },
    )
    with transaction.atomic():
        books = ledger.open_books([project.account_id])
        books.append(movement, now=now)
        books.close()


def close(account, until=FIRST_OF_DECEMBER):
    return invoicing.close(account=account, until_date=until, now=LATER)


def lines(invoice):
    return list(
        invoice.lines.order_by("position").values_list(
            "kind", "message_class", "country", "unit", "unit_price_micros", "parts", "amount"
        )
    )


def test_charges_and_refunds_of_one_kind_become_one_line(account, project):
    book(project, parts=2)
    book(project, parts=3)
    book(project, kind="refund", parts=1)
    book(project, message_class="marketing", price=55_000)

    assert lines(close(account)) == [
        ("charge", "marketing", "CN", "micros", 55_000, 1, 55_000),
        ("charge", "notice", "CN", "micros", 45_000, 5, 225_000),
        ("refund", "notice", "CN", "micros", 45_000, 1, -45_000),
        ("rounding", "", "", "micros", 0, 0, 5_000),
    ]


def test_the_net_is_exact_and_the_payable_is_whole_cents(account, project):
    book(project, price=45_000, parts=1)

    invoice = close(account)

    assert (invoice.net_micros, invoice.payable_cents) == (45_000, 5)
    money_lines = invoice.lines.filter(unit="micros")
    assert sum(line.amount for line in money_lines) == invoice.payable_cents * 10_000


@pytest.mark.parametrize(
    ("micros", "cents"),
    [(0, 0), (4_999, 0), (5_000, 1), (14_999, 1), (-5_000, 0), (-5_001, -1), (-10_000, -1)],
)
def test_half_a_cent_goes_up(micros, cents):
    assert invoicing.to_cents(micros) == cents


def test_more_refunds_than_charges_are_owed_to_the_customer(account, project):
    book(project, parts=10)
    close(account)
    book(project, kind="refund", parts=10, now=LATER)

    invoice = close(account, until=date(2027, 1, 1))

    assert (invoice.net_micros, invoice.payable_cents) == (-450_000, -45)


def test_packages_are_listed_in_parts_and_cost_nothing(account, project):
    wallet = Wallet.objects.create(account=account, unit="parts", balance=100)
    book(project, wallet=wallet, parts=7)

    invoice = close(account)

    assert lines(invoice)[-2] == ("charge", "notice", "CN", "parts", 45_000, 7, 7)
    assert (invoice.net_micros, invoice.payable_cents) == (0, 0)


def test_topups_lie_in_the_range_and_are_no_lines(account):
    invoice = close(account)

    assert (invoice.from_seq, invoice.to_seq) == (1, 1)
    assert [line[0] for line in lines(invoice)] == ["rounding"]


def test_the_day_begins_at_midnight_of_the_accounts_zone(account, project):
    book(project, now=datetime(2026, 11, 30, 15, 59, 59, 999_999, tzinfo=UTC))
    book(project, now=datetime(2026, 11, 30, 16, 0, tzinfo=UTC))

    assert close(account).to_seq == 2


def test_a_range_begins_where_the_last_one_ended(account, project):
    book(project)
    first = close(account)
    book(project, now=LATER)

    second = close(account, until=date(2027, 1, 1))

    assert (first.to_seq, second.from_seq, second.to_seq) == (2, 3, 3)
    assert second.number == first.number + 1


def test_closing_twice_changes_nothing(account, project):
    book(project)
    close(account)

    assert close(account) is None
    assert Invoice.objects.count() == 1


def test_an_account_that_booked_nothing_gets_no_invoice():
    assert close(Account.objects.create(name="Quiet")) is None


def test_a_projects_name_is_frozen(account, project):
    book(project)
    invoice = close(account)
    Project.objects.filter(pk=project.pk).update(name="renamed")

    assert invoice.lines.filter(project_name="shop").exists()


def test_two_currencies_in_one_range_are_refused(account, project):
    book(project)
    dollars = Wallet.objects.create(account=account, unit="micros", currency="USD", balance=10**9)
    book(project, wallet=dollars)

    with pytest.raises(invoicing.MixedCurrencies):
        close(account)


def test_the_command_prints_what_it_closed(account, project):
    book(project, parts=2)
    out = StringIO()

    call_command("close_invoices", until="2026-12-01", stdout=out)

    row = out.getvalue().splitlines()[1].split()
    assert row == ["1", "Silk", "Road", "Ltd", "2026-12-01", "1-2", "2", "0.09", "0.09", "CNY"]


def test_the_command_run_again_says_that_there_is_nothing(account):
    call_command("close_invoices", until="2026-12-01", stdout=StringIO())
    out = StringIO()

    call_command("close_invoices", until="2026-12-01", stdout=out)

    assert out.getvalue() == "Nothing to close before 2026-12-01.\n"


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-02-30", "", "2026/12/01"])
def test_a_date_that_is_none_gets_one_sentence(text):
    with pytest.raises(CommandError, match="--until takes a date such as 2026-12-01, not"):
        call_command("close_invoices", until=text)
