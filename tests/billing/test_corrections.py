"""After an invoice: money back by a credit note, and the fapiao that must be reversed before."""

from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Account, Project, Role
from billing.models import BillingDetails, CreditNote, Entry, Fapiao, TaxRate, Wallet
from billing.services import credit_notes, fapiao, invoicing, topups
from billing.services.deciding import AlreadyDecided
from billing.services.fapiao import Paper
from tests import factories, portal
from tests.billing.test_invoicing import book

pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)
AFTER = datetime(2026, 11, 2, tzinfo=UTC)
PAPER = Paper(number="26312000000012345678", content=b"%PDF-1.7", name="fapiao.pdf")


@pytest.fixture
def account():
    account = Account.objects.create(name="Silk Road Ltd")
    topups.credit(
        account=account, amount_micros=10**9, reference="topup:1", actor="test", now=OCTOBER
    )
    return account


@pytest.fixture
def details(account):
    return BillingDetails.objects.create(
        account=account, title="Silk Road", tax_number="91310000", email="bills@silk.example"
    )


@pytest.fixture
def invoice(account):
    """Of 106 yuan, 6 of them tax."""
    TaxRate.objects.create(country="CN", from_date=date(2020, 1, 1), basis_points=600)
    project = Project.objects.create(account=account, name="shop")
    book(project, now=OCTOBER, price=106_000_000)
    return invoicing.close(account=account, until_date=date(2026, 11, 1), now=AFTER)


def propose(invoice, cents=5_300):
    return credit_notes.propose(
        invoice=invoice, amount_cents=cents, reason="twice sent", by="user:1", now=AFTER
    )


def issue(note, by="user:2"):
    return credit_notes.issue(note=note, by=by, now=AFTER)


def ask(invoice, kind="normal"):
    return fapiao.request_for_invoice(invoice=invoice, kind=kind, by="a@b.example", now=AFTER)


def give(found):
    fapiao.issue(fapiao=found, paper=PAPER, by="user:3", now=AFTER)


def test_a_credit_note_gives_back_with_its_tax(account, invoice):
    before = Wallet.objects.get(account=account).balance
    number = issue(propose(invoice))

    note = CreditNote.objects.get()
    assert (number, note.number, note.state, note.tax_cents) == (1, 1, "issued", 300)
    assert Wallet.objects.get(account=account).balance == before + 53_000_000
    assert Entry.objects.get(kind="adjustment").reference == f"credit_note:{note.pk}"


def test_a_credit_note_needs_two_people(invoice):
    with pytest.raises(credit_notes.NeedsAnother):
        issue(propose(invoice), by="user:1")

    assert CreditNote.objects.get().state == "proposed"


def test_credit_notes_never_exceed_the_invoice(invoice):
    first, second = propose(invoice, 10_600), propose(invoice, 1)
    issue(first)

    with pytest.raises(credit_notes.MoreThanInvoiced):
        issue(second)


def test_a_credit_note_is_issued_once(invoice):
    note = propose(invoice)
    issue(note)

    with pytest.raises(AlreadyDecided):
        issue(note)
    assert Entry.objects.filter(kind="adjustment").count() == 1


def test_what_is_refused_takes_no_number(invoice):
    refused, note = propose(invoice), propose(invoice)
    credit_notes.refuse(note=refused, by="user:2", now=AFTER)

    assert issue(note) == 1


def test_a_credit_note_is_no_line_of_the_next_invoice(account, invoice):
    issue(propose(invoice))

    following = invoicing.close(
        account=account, until_date=date(2026, 12, 1), now=datetime(2026, 12, 2, tzinfo=UTC)
    )

    assert (following.net_micros, following.payable_cents) == (0, 0)


def test_a_fapiao_speaks_for_what_was_used(invoice, details, mailoutbox):
    found = ask(invoice)
    give(found)
    fapiao.mail(fapiao_id=found.pk)

    stored = Fapiao.objects.get()
    assert (stored.amount_cents, stored.state, stored.number) == (10_600, "issued", PAPER.number)
    (mail,) = mailoutbox
    assert mail.to == ["bills@silk.example"]
    assert mail.attachments[0][:2] == ("fapiao.pdf", PAPER.content)


def test_a_fapiao_is_reversed_before_money_goes_back(invoice, details):
    found, note = ask(invoice), propose(invoice)
    give(found)
    with pytest.raises(fapiao.Standing):
        issue(note)

    fapiao.reverse(fapiao=found, reason="wrong sum", by="user:3", now=AFTER)
    issue(note)

    assert ask(invoice).amount_cents == 5_300


def test_an_invoice_has_one_fapiao(invoice, details):
    first = ask(invoice)
    with pytest.raises(fapiao.Standing):
        ask(invoice)
    fapiao.cancel(fapiao=first, by="a@b.example", now=AFTER)

    assert ask(invoice).pk != first.pk


def test_what_was_cancelled_cannot_be_issued(invoice, details):
    found = ask(invoice)
    fapiao.cancel(fapiao=found, by="a@b.example", now=AFTER)

    with pytest.raises(AlreadyDecided):
        give(found)


def test_never_both_for_what_was_paid_in_and_what_was_used(account, invoice, details):
    with pytest.raises(fapiao.OtherBasis):
        fapiao.request_for_topup(
            account=account, reference="topup:1", kind="normal", by="a@b.example", now=AFTER
        )
    BillingDetails.objects.update(fapiao_basis="topup")
    with pytest.raises(fapiao.OtherBasis):
        ask(invoice)

    found = fapiao.request_for_topup(
        account=account, reference="topup:1", kind="normal", by="a@b.example", now=AFTER
    )
    assert found.amount_cents == 100_000


@pytest.mark.parametrize("reference", ["topup:2", "charge:1", ""])
def test_a_topup_that_is_none_gets_no_fapiao(account, details, reference):
    BillingDetails.objects.update(fapiao_basis="topup")

    with pytest.raises(fapiao.NothingToIssue):
        fapiao.request_for_topup(
            account=account, reference=reference, kind="normal", by="a@b.example", now=AFTER
        )


def test_a_special_one_needs_a_bank(invoice, details):
    with pytest.raises(fapiao.DetailsMissing):
        ask(invoice, kind="special")
    BillingDetails.objects.update(address="1 Bund", bank="ICBC", bank_account="6222")

    assert ask(invoice, kind="special").details == "1 Bund\nICBC\n6222"


def test_without_details_none_is_asked_for(invoice):
    with pytest.raises(fapiao.DetailsMissing):
        ask(invoice)


@pytest.fixture
def finance(client, account):
    portal.sign_in(client, account=account, role=Role.FINANCE)
    return client


@pytest.fixture
def desk(client):
    client.force_login(factories.staff("a@example.com"))
    return client


def test_finance_asks_for_it_at_the_portal_and_takes_it_back(finance, invoice, details):
    page = f"/invoices/{invoice.number}"
    finance.post(f"{page}/fapiao", {"kind": "normal"})
    found = Fapiao.objects.get()
    assert f"/fapiao/{found.public_id}/cancel" in finance.get(page).content.decode()

    finance.post(f"/fapiao/{found.public_id}/cancel")

    assert Fapiao.objects.get().state == "cancelled"


def test_a_refusal_is_said_at_the_portal(finance, invoice):
    answer = finance.post(f"/invoices/{invoice.number}/fapiao", {"kind": "normal"})

    assert b"Enter the title, the tax number and the mail address first." in answer.content


def test_the_file_is_taken_along_as_it_came(finance, invoice, details):
    found = ask(invoice)
    address = f"/fapiao/{found.public_id}/file"
    assert finance.get(address).status_code == 404
    give(found)

    answer = finance.get(address)

    assert answer.content == PAPER.content
    assert answer["Content-Disposition"] == 'attachment; filename="fapiao.pdf"'


def test_the_customer_enters_the_details(finance, account):
    said = {"title": "Silk Road", "tax_number": "91310000", "email": "bills@silk.example"}

    finance.post("/invoices/details", said)

    found = BillingDetails.objects.get(account=account)
    assert (found.title, found.due_days, found.fapiao_basis) == ("Silk Road", None, "consumption")


def test_staff_attach_the_paper(desk, invoice, details):
    found = ask(invoice)
    page = reverse("admin:billing_fapiao_change", args=[found.pk])
    upload = SimpleUploadedFile("../x.exe.pdf", PAPER.content)

    desk.post(page, {"decision": "issued", "paper_number": PAPER.number, "upload": upload})

    stored = Fapiao.objects.get()
    assert (stored.state, bytes(stored.file)) == ("issued", PAPER.content)
    assert stored.file_name == f"fapiao-{PAPER.number}.pdf"


@pytest.mark.parametrize(
    "said", [{"decision": "issued"}, {"decision": "refused"}, {"decision": "cancelled"}, {}]
)
def test_a_decision_that_says_too_little_changes_nothing(desk, invoice, details, said):
    found = ask(invoice)

    desk.post(reverse("admin:billing_fapiao_change", args=[found.pk]), said)

    assert Fapiao.objects.get().state == "requested"


def test_staff_propose_and_do_not_issue_what_they_proposed(desk, invoice):
    desk.post(
        reverse("admin:billing_creditnote_add"),
        {"invoice": invoice.pk, "amount": "53.00", "reason": "twice sent"},
    )
    note = CreditNote.objects.get()
    assert (note.amount_cents, note.state) == (5_300, "proposed")

    desk.post(
        reverse("admin:billing_creditnote_changelist"),
        {"action": "issue", "_selected_action": [note.pk]},
    )

    assert CreditNote.objects.get().state == "proposed"


def test_accounts_get_each_invoice_as_a_row(desk, invoice):
    answer = desk.post(
        reverse("admin:billing_invoice_changelist"),
        {"action": "export", "_selected_action": [invoice.pk]},
    )

    head, row = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    said = dict(zip(head.split(","), row.split(","), strict=True))
    assert (said["net"], said["tax"], said["payable"]) == ("100.00", "6.00", "106.00")
