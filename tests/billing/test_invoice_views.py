"""One account's month seen four ways, a page, the API, a table and paper; and the ledger behind."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pypdf import PdfReader

from accounts.models import Account, Role
from billing.models import Invoice
from billing.services import invoicing
from tests import factories, portal, world
from tests.billing.test_invoicing import book

pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)
AFTER = datetime(2026, 11, 2, tzinfo=UTC)
# Session, user, memberships, and the list.
LIST_QUERIES = 4


@pytest.fixture
def customer():
    made = world.make_customer(balance="0")
    type(made.wallet).objects.filter(pk=made.wallet.pk).update(balance=10**9)
    return made


def close(customer, *, until=date(2026, 11, 1)):
    return invoicing.close(account=customer.account, until_date=until, now=AFTER)


@pytest.fixture
def invoice(customer):
    book(customer.project, now=OCTOBER, parts=3)
    book(customer.project, now=OCTOBER, parts=2, country="GB", price=285_001)
    book(customer.project, now=OCTOBER, kind="refund", parts=1)
    return close(customer)


def table(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def shown(client, customer, path=""):
    answer = client.get(f"/api/v1/invoices{path}", headers=customer.bearer)
    assert answer.status_code == 200
    return answer.json()


def printed(response, *wanted):
    """Whether all of it stands on the paper, in this order."""
    pages = PdfReader(io.BytesIO(response.content)).pages
    words = iter(" ".join(page.extract_text() for page in pages).split())
    return all(word in words for word in wanted)


def test_page_api_table_and_paper_agree(client, customer, invoice):
    portal.sign_in(client, account=customer.account)
    page = client.get(f"/invoices/{invoice.number}")
    told = shown(client, customer, f"/{invoice.number}")
    rows = table(client.get(f"/invoices/{invoice.number}/csv"))

    amounts = [line.amount_text for line in page.context["table"].rows]
    assert amounts == [line["amount"] for line in told["lines"]] == [row["amount"] for row in rows]
    assert sum(map(Decimal, amounts)) == Decimal(told["payable"]["amount"]) == Decimal("0.66")
    assert invoice.hash == told["hash"]
    assert invoice.hash.encode() in page.content
    paper = client.get(f"/invoices/{invoice.number}/pdf")
    assert printed(paper, *amounts, told["payable"]["amount"])
    assert printed(paper, invoice.hash)


def test_what_is_paid_back_is_a_figure_in_the_table(client, customer, invoice):
    portal.sign_in(client, account=customer.account)

    rows = table(client.get(f"/invoices/{invoice.number}/csv"))

    assert [row["amount"] for row in rows if row["kind"] == "refund"] == ["-0.045"]


def test_the_table_behind_a_line_adds_up_to_it(client, customer, invoice):
    portal.sign_in(client, account=customer.account)
    for line in invoice.lines.exclude(kind="rounding"):
        rows = table(client.get(f"/invoices/{invoice.number}/lines/{line.position}/csv"))

        assert sum(Decimal(row["amount"]) for row in rows) == Decimal(line.amount_text)


def test_a_line_leads_to_its_messages(client, customer):
    batch = "0198c0de-0000-7000-8000-000000000001"
    message = "0198c0de-0000-7000-8000-000000000002"
    book(customer.project, now=OCTOBER, reference=f"batch:{batch}")
    book(customer.project, now=OCTOBER, kind="refund", reference=f"message:{message}")
    invoice = close(customer)
    portal.sign_in(client, account=customer.account)

    charged = client.get(f"/invoices/{invoice.number}/lines/1").content.decode()
    refunded = client.get(f"/invoices/{invoice.number}/lines/2").content.decode()

    assert f"/messages/?batch={batch}" in charged
    assert f"/messages/{message}" in refunded


def test_the_line_that_rounds_has_nothing_behind_it(client, customer, invoice):
    portal.sign_in(client, account=customer.account)
    last = invoice.lines.get(kind="rounding").position

    page = client.get(f"/invoices/{invoice.number}/lines/{last}")

    assert b"It only makes whole cents of the sum." in page.content


def test_the_list_is_read_by_a_fixed_number_of_queries(
    client, customer, invoice, monkeypatch, django_assert_num_queries
):
    portal.sign_in(client, account=customer.account)
    portal.hold_clock(monkeypatch)
    client.get("/invoices/")
    with django_assert_num_queries(LIST_QUERIES):
        client.get("/invoices/")
    for seq in (90, 91, 92):
        factories.InvoiceFactory(account=customer.account, from_seq=seq, to_seq=seq)

    with django_assert_num_queries(LIST_QUERIES):
        assert len(client.get("/invoices/").context["table"].rows) == 4


@pytest.mark.parametrize("role", [Role.SENDER, Role.VIEWER])
def test_who_sees_no_money_sees_no_invoices(client, customer, invoice, role):
    portal.sign_in(client, account=customer.account, role=role)

    assert client.get("/invoices/").status_code == 403
    for paper in ("csv", "pdf"):
        assert client.get(f"/invoices/{invoice.number}/{paper}").status_code == 403


@pytest.mark.parametrize("path", ["", "/csv", "/pdf", "/lines/1", "/lines/1/csv"])
def test_anothers_invoice_is_none(client, invoice, path):
    portal.sign_in(client, account=Account.objects.create(name="Stranger"))

    assert client.get(f"/invoices/{invoice.number}{path}").status_code == 404


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 10**30])
def test_a_number_that_is_none(client, customer, number):
    portal.sign_in(client, account=customer.account)

    assert client.get(f"/invoices/{number}").status_code == 404
    answer = client.get(f"/api/v1/invoices/{number}", headers=customer.bearer)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_api_pages_by_number(client, customer, invoice):
    for seq in (90, 91):
        factories.InvoiceFactory(account=customer.account, from_seq=seq, to_seq=seq)

    first = shown(client, customer, "?limit=2")
    second = shown(client, customer, f"?limit=2&cursor={first['next_cursor']}")

    numbers = [one["number"] for one in first["invoices"] + second["invoices"]]
    assert numbers == sorted(Invoice.objects.values_list("number", flat=True), reverse=True)
    assert second["next_cursor"] is None
