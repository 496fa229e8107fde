"""Credit notes: an invoice is never changed, so what was wrong on it is given back by a document
of its own, which needs two people and is booked as it is issued."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing import queries
from billing.models import CreditNote, DocumentNumber, Entry, Invoice, Wallet
from billing.services import fapiao, ledger, letterhead, numbering
from billing.services.deciding import AlreadyDecided
from billing.states import CreditNoteState
from smsplatform.core import audit
from smsplatform.core.errors import DomainError


class MoreThanInvoiced(DomainError):
    code = "more_than_invoiced"
    status = 409
    message = _("All credit notes of an invoice together cannot exceed what is payable by it.")


class NeedsAnother(DomainError):
    code = "needs_another_person"
    status = 409
    message = _("Whoever proposed a credit note cannot issue it.")


@transaction.atomic
def propose(
    *, invoice: Invoice, amount_cents: int, reason: str, by: str, now: datetime
) -> CreditNote:
    """`amount_cents` with its tax; what was issued before and this must fit the invoice."""
    check_fits(invoice=invoice, amount_cents=amount_cents)
    note = CreditNote.objects.create(
        invoice=invoice,
        amount_cents=amount_cents,
        tax_cents=letterhead.tax_in(amount_cents, invoice.tax_basis_points),
        reason=reason,
        proposed_by=by,
        proposed_at=now,
    )
    _record(note, "proposed", by, now)
    return note


@transaction.atomic
def issue(*, note: CreditNote, by: str, now: datetime) -> int:
    """Numbers and books it; returns its number. The fapiao of the invoice is reversed before."""
    if by == note.proposed_by:
        raise NeedsAnother
    held = numbering.hold(series=DocumentNumber.Series.CREDIT_NOTE)
    # A fapiao that is being asked for is there, or waits.
    Invoice.objects.select_for_update().get(pk=note.invoice_id)
    check_fits(invoice=note.invoice, amount_cents=note.amount_cents)
    fapiao.check_none_stands(invoice=note.invoice)
    number = numbering.take(held=held)
    moved = CreditNote.objects.filter(pk=note.pk).advance(
        CreditNoteState.ISSUED, number=number, decided_by=by, decided_at=now
    )
    if not moved:
        raise AlreadyDecided
    _book(note, by, now)
    _record(note, "issued", by, now)
    return number


@transaction.atomic
def refuse(*, note: CreditNote, by: str, now: datetime) -> None:
    moved = CreditNote.objects.filter(pk=note.pk).advance(
        CreditNoteState.REFUSED, decided_by=by, decided_at=now
    )
    if not moved:
        raise AlreadyDecided
    _record(note, "refused", by, now)


def check_fits(*, invoice: Invoice, amount_cents: int) -> None:
    if queries.credited_cents(invoice=invoice) + amount_cents > invoice.payable_cents:
        raise MoreThanInvoiced


def _book(note: CreditNote, by: str, now: datetime) -> None:
    """To the balance: it lies in a later range, and is no line of an invoice."""
    invoice = note.invoice
    books = ledger.open_books([invoice.account_id])
    wallet = Wallet.objects.get(
        account=invoice.account_id, unit=Wallet.Unit.MICROS, currency=invoice.currency
    )
    movement = ledger.Movement(
        kind=Entry.Kind.ADJUSTMENT.value,
        wallet_id=wallet.pk,
        amount=note.amount_micros,
        reference=f"credit_note:{note.pk}",
        actor=by[: ledger.LONGEST_ACTOR],
    )
    books.append(movement, now=now)
    books.close()


def _record(note: CreditNote, deed: str, by: str, now: datetime) -> None:
    audit.record(
        actor=by,
        action=f"credit_note.{deed}",
        target=f"billing.creditnote:{note.pk}",
        account_id=note.invoice.account_id,
        now=now,
        facts={"invoice": note.invoice.number, "amount_cents": note.amount_cents},
    )
