"""A range of the ledger becomes an invoice whose lines are a GROUP BY of it."""

import json
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import Account, Project, Role, WebhookDelivery
from billing.models import BillingDetails, Entry, Invoice, Seller, TaxRate, Wallet
from billing.services import invoice_mail, invoicing, ledger, letterhead, topups
from smsplatform.core import remember
from tests import factories

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


def test_what_is_printed_is_as_it_stood_on_the_last_day(account, project):
    Seller.objects.create(from_date=date(2026, 1, 1), name="Old Ltd", tax_number="91A")
    Seller.objects.create(from_date=FIRST_OF_DECEMBER, name="New Ltd")
    BillingDetails.objects.create(account=account, title="Silk Road Trading", tax_number="91B")
    book(project)

    invoice = close(account)
    BillingDetails.objects.update(title="renamed")

    invoice.refresh_from_db()
    assert (invoice.seller_name, invoice.seller_tax_number) == ("Old Ltd", "91A")
    assert (invoice.account_name, invoice.buyer_tax_number) == ("Silk Road Trading", "91B")


def test_a_price_holds_its_tax(account, project):
    TaxRate.objects.create(country="CN", from_date=date(2020, 1, 1), basis_points=1300)
    TaxRate.objects.create(country="CN", from_date=date(2026, 1, 1), basis_points=600)
    TaxRate.objects.create(country="GB", from_date=date(2026, 2, 1), basis_points=2000)
    book(project, price=106_000_000)

    invoice = close(account)

    assert (invoice.payable_cents, invoice.tax_cents, invoice.tax_percent) == (10_600, 600, "6.00")


@pytest.mark.parametrize(("cents", "tax"), [(0, 0), (9, 1), (8, 0), (10_600, 600), (-10_600, -600)])
def test_tax_is_rounded_to_a_cent(cents, tax):
    assert letterhead.tax_in(cents, 600) == tax


def test_who_pays_afterwards_is_told_by_when(account, project):
    BillingDetails.objects.create(account=account, title="Silk Road", due_days=30)
    book(project, price=1_000_000)

    assert close(account).due_date == date(2027, 1, 1)


def test_nothing_falls_due_where_nothing_is_payable(account):
    BillingDetails.objects.create(account=account, title="Silk Road", due_days=30)

    assert close(account).due_date is None


def test_the_fingerprint_can_be_made_again_from_what_is_stored(account, project):
    book(project)
    printed = close(account).hash
    stored = Invoice.objects.get()
    lines = list(stored.lines.order_by("position"))

    assert invoicing.fingerprint(invoice=stored, lines=lines) == printed
    lines[0].amount += 1
    assert invoicing.fingerprint(invoice=stored, lines=lines) != printed


def test_the_entries_behind_a_line_add_up_to_it(account, project):
    other = Project.objects.create(account=account, name="blog")
    for parts in (1, 2, 3):
        book(project, parts=parts)
        book(other, parts=parts, country="GB")
        book(project, parts=parts, message_class="marketing", price=55_000)
    book(project, kind="refund", parts=2)

    for line in close(account).lines.exclude(kind="rounding"):
        found = invoicing.entries_of(line=line)
        assert sum(entry.billed for entry in found) == line.amount


def test_a_closed_range_takes_nothing_more(account, project):
    book(project)
    first = close(account)
    book(project, now=NOVEMBER, parts=9)

    second = close(account, until=date(2027, 1, 1))

    assert first.lines.get(kind="charge").parts == 1
    assert second.lines.get(kind="charge").parts == 9


def test_a_closed_entry_cannot_be_changed(account, project):
    book(project)
    close(account)

    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(kind="charge").update(amount=0)


def test_an_endpoint_is_told(account, project):
    factories.WebhookEndpointFactory(account=account)
    remember.forget()
    book(project)
    invoice = close(account)

    (delivery,) = WebhookDelivery.objects.filter(account=account)
    assert delivery.kind == "invoice.issued"
    data = json.loads(delivery.payload)["data"]
    assert data["number"] == invoice.number
    assert data["payable"] == {"amount": "0.05", "currency": "CNY"}


def test_its_readers_get_a_mail(account, project, mailoutbox):
    owner = factories.MembershipFactory(account=account, role=Role.OWNER).user
    factories.MembershipFactory(account=account, role=Role.DEVELOPER)
    book(project)
    invoice = close(account)

    invoice_mail.send(invoice_id=invoice.pk)

    (mail,) = mailoutbox
    assert mail.to == [owner.email]
    assert f"/invoices/{invoice.number}" in mail.body


def test_an_address_for_invoices_gets_it_instead(account, project, mailoutbox):
    factories.MembershipFactory(account=account, role=Role.OWNER)
    BillingDetails.objects.create(account=account, title="Silk Road", email="bills@silk.example")
    book(project)

    invoice_mail.send(invoice_id=close(account).pk)

    assert [mail.to for mail in mailoutbox] == [["bills@silk.example"]]


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
