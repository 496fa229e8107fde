"""An invoice on paper says what is stored."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from accounts.models import Account, Project
from billing.models import BillingDetails, Invoice, Seller, TaxRate
from billing.services import invoice_mail, invoice_pdf, invoicing, topups
from tests import portal
from tests.billing.test_invoicing import book

pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)


@pytest.fixture
def project():
    account = Account.objects.create(name="Silk Road Ltd")
    topups.credit(
        account=account, amount_micros=10**9, reference="topup:1", actor="test", now=OCTOBER
    )
    Seller.objects.create(from_date=date(2020, 1, 1), name="云信科技有限公司", tax_number="91A")
    BillingDetails.objects.create(account=account, title="丝路<b>&贸易", tax_number="91B")
    TaxRate.objects.create(country="CN", from_date=date(2020, 1, 1), basis_points=600)
    return Project.objects.create(account=account, name="shop")


def close(project):
    return invoicing.close(
        account=project.account,
        until_date=date(2026, 11, 1),
        now=datetime(2026, 11, 2, tzinfo=UTC),
    )


def read(content):
    return PdfReader(BytesIO(content))


def text(content):
    return "".join("".join(page.extract_text().split()) for page in read(content).pages)


@pytest.mark.parametrize(("language", "tax_number"), [("en", "Taxnumber"), ("zh-hans", "税号")])
def test_it_says_who_what_and_how_much(project, language, tax_number):
    book(project, now=OCTOBER, price=106_000_000)
    invoice = close(project)

    said = text(invoice_pdf.render(invoice=invoice, language=language))

    sides = ("云信科技有限公司", f"{tax_number}91A", "丝路<b>&贸易", f"{tax_number}91B")
    for fact in (*sides, "106.00", "6.00", invoice.hash):
        assert fact in said


def test_every_line_is_on_it_over_pages(project):
    for number in range(120):
        book(project, now=OCTOBER, price=1_000 + number)
    invoice = close(project)

    content = invoice_pdf.render(invoice=invoice, language="en")

    assert len(read(content).pages) > 1
    said = text(content)
    assert all(f"0.{1_000 + number:06d}".rstrip("0") in said for number in range(120))


def test_the_same_invoice_makes_the_same_paper(project):
    book(project, now=OCTOBER)
    close(project)
    first, second = (
        invoice_pdf.render(invoice=Invoice.objects.get(), language="en") for _again in range(2)
    )

    assert first == second


def test_rare_characters_of_a_name_are_not_lost(project):
    BillingDetails.objects.update(title="㛃𠮷堂")
    book(project, now=OCTOBER)

    assert "㛃" in text(invoice_pdf.render(invoice=close(project), language="zh-hans"))


def test_it_is_taken_along_at_the_portal_and_comes_by_mail(client, project, mailoutbox):
    portal.sign_in(client, account=project.account)
    book(project, now=OCTOBER)
    invoice = close(project)

    answer = client.get(f"/invoices/{invoice.number}/pdf")
    invoice_mail.send(invoice_id=invoice.pk)

    assert answer["Content-Type"] == "application/pdf"
    assert text(answer.content) == text(invoice_pdf.render(invoice=invoice, language="en"))
    (mail,) = mailoutbox
    assert mail.attachments[0][0] == f"invoice-{invoice.number}.pdf"
