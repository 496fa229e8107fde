"""An invoice by mail: to the address that was named for invoices, else to those who see money."""

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import queries
from accounts.models import Role
from billing.models import BillingDetails, DunningStep, Invoice, Receivable
from billing.services import invoice_pdf
from billing.states import ReceivableState

# Whose work it is; a developer, who sees money too, need not read it.
_READERS = (Role.OWNER, Role.FINANCE)


@dataclass(frozen=True, slots=True)
class _Reader:
    email: str
    language: str


def send(*, invoice_id: int) -> int:
    """Returns how many were sent. Twice when the task runs twice."""
    invoice = Invoice.objects.select_related("account").get(pk=invoice_id)
    mails = [_mail(reader, invoice) for reader in _readers(invoice)]
    return int(get_connection().send_messages(mails) or 0) if mails else 0


def remind(*, invoice_id: int, step_id: int) -> int:
    """Returns how many were sent: none where it was paid meanwhile."""
    invoice = Invoice.objects.select_related("account").get(pk=invoice_id)
    step = DunningStep.objects.filter(pk=step_id).first()
    open_ones = Receivable.objects.in_state(ReceivableState.OPEN).filter(invoice=invoice)
    if step is None or not open_ones.exists():
        return 0
    mails = [_mail(reader, invoice, step.text) for reader in _readers(invoice)]
    return int(get_connection().send_messages(mails) or 0) if mails else 0


def _readers(invoice: Invoice) -> list[_Reader]:
    members = queries.members(account=invoice.account, roles=_READERS)
    people = [_Reader(each.user.email, each.user.language) for each in members]
    details = BillingDetails.objects.for_account(invoice.account).first()
    if details is None or not details.email:
        return people
    # In the language of the account's first reader: the address says none.
    return [_Reader(details.email, people[0].language if people else "")]


def _mail(reader: _Reader, invoice: Invoice, reminder: str = "") -> EmailMessage:
    with translation.override(reader.language or settings.LANGUAGE_CODE):
        link = settings.BASE_URL + reverse("invoice-detail", args=[invoice.number])
        subject = _("Invoice %s is overdue") if reminder else _("Invoice %s")
        facts = {"invoice": invoice, "link": link, "reminder": reminder}
        text = render_to_string("billing/mail/invoice.txt", facts)
        paper = invoice_pdf.render(invoice=invoice, language=translation.get_language() or "en")
    mail = EmailMessage(subject % invoice.number, text, to=[reader.email])
    mail.attach(f"invoice-{invoice.number}.pdf", paper, "application/pdf")
    return mail
