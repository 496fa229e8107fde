"""Fapiao: asked for by the customer, issued by finance in the tax office's system, attached here.

An account gets them for what it paid in or for what it used, never for both; and money that one
speaks for is not given back before it is reversed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from billing import queries
from billing.models import BillingDetails, Entry, Fapiao, Invoice, Order
from billing.models.invoice import MICROS_A_CENT, FapiaoBasis
from billing.services.deciding import AlreadyDecided
from billing.states import FapiaoState
from smsplatform.core import audit, queue
from smsplatform.core.errors import DomainError

CURRENCY = "CNY"


class DetailsMissing(DomainError):
    code = "billing_details_missing"
    status = 409
    message = gettext_lazy("Enter the title, the tax number and the mail address first.")


class OtherBasis(DomainError):
    code = "fapiao_other_basis"
    status = 409
    message = gettext_lazy("This account gets fapiao for the other: what is paid in, or used.")


class NothingToIssue(DomainError):
    code = "fapiao_nothing"
    status = 409
    message = gettext_lazy("There is nothing in yuan that a fapiao could be issued for.")


class Standing(DomainError):
    code = "fapiao_stands"
    status = 409
    message = gettext_lazy("A fapiao stands for this money. It is reversed first.")


@dataclass(frozen=True, slots=True)
class Paper:
    """What the tax office's system gave: its number, and the file as it came."""

    number: str
    content: bytes
    name: str


def request_for_invoice(*, invoice: Invoice, kind: str, by: str, now: datetime) -> Fapiao:
    """What was used, less what credit notes gave back."""
    with transaction.atomic():
        details = _details(invoice.account_id, FapiaoBasis.CONSUMPTION, kind)
        # A credit note that is being issued is over.
        Invoice.objects.select_for_update().get(pk=invoice.pk)
        if invoice.currency != CURRENCY:
            raise NothingToIssue
        found = Fapiao(
            invoice=invoice,
            amount_cents=invoice.payable_cents - queries.credited_cents(invoice=invoice),
        )
        return _request(found, details, kind, by, now)


def request_for_topup(
    *, account: Account, reference: str, kind: str, by: str, now: datetime
) -> Fapiao:
    """What was paid in by that entry of the ledger."""
    with transaction.atomic():
        details = _details(account.pk, FapiaoBasis.TOPUP, kind)
        entry = Entry.objects.filter(
            account=account, kind=Entry.Kind.TOPUP, reference=reference, wallet__currency=CURRENCY
        ).first()
        if entry is None:
            raise NothingToIssue
        left = entry.amount - _gone_back(reference)
        found = Fapiao(topup_reference=reference, amount_cents=left // MICROS_A_CENT)
        return _request(found, details, kind, by, now)


def _gone_back(reference: str) -> int:
    """Micros of an order that were given back already. One that is being refunded holds the lock
    that the request for its fapiao waits for."""
    kind, _colon, order_id = reference.partition(":")
    if kind != "order":
        return 0
    order: Order = Order.objects.only("reversed_micros").get(public_id=order_id)
    return order.reversed_micros


def issue(*, fapiao: Fapiao, paper: Paper, by: str, now: datetime) -> None:
    """Attaches the file and mails it, after the commit."""
    facts = {"number": paper.number, "file": paper.content, "file_name": paper.name}
    _decide(fapiao, FapiaoState.ISSUED, by, now, **facts)


def refuse(*, fapiao: Fapiao, reason: str, by: str, now: datetime) -> None:
    _decide(fapiao, FapiaoState.REFUSED, by, now, reason=reason)


def cancel(*, fapiao: Fapiao, by: str, now: datetime) -> None:
    """By the customer, until it is issued."""
    _decide(fapiao, FapiaoState.CANCELLED, by, now)


def reverse(*, fapiao: Fapiao, reason: str, by: str, now: datetime) -> None:
    """After the red-letter one was issued in the tax office's system."""
    _decide(fapiao, FapiaoState.REVERSED, by, now, reason=reason)


def check_none_stands(
    *, invoice: Invoice | None = None, account: Account | None = None, topup_reference: str = ""
) -> None:
    """Before money goes back: for an invoice, or for a top-up of an account. Nobody can ask for
    one of these before the caller's transaction ends."""
    found = Fapiao.objects.standing()
    if invoice is not None:
        found = found.filter(invoice=invoice)
    else:
        list(BillingDetails.objects.select_for_update().filter(account=account).values_list("pk"))
        found = found.filter(account=account, topup_reference=topup_reference)
    if found.select_for_update().exists():
        raise Standing


def mail(*, fapiao_id: int) -> int:
    """The file, to the address of the request. Twice when the task runs twice."""
    fapiao = Fapiao.objects.get(pk=fapiao_id)
    message = EmailMessage(
        _("Fapiao %s") % fapiao.number,
        _("The fapiao %(number)s for %(title)s is attached.")
        % {"number": fapiao.number, "title": fapiao.title},
        to=[fapiao.email],
    )
    message.attach(fapiao.file_name, bytes(fapiao.file), "application/octet-stream")
    return int(get_connection().send_messages([message]) or 0)


def _details(account_id: int, basis: str, kind: str) -> BillingDetails:
    """Locked, so that its basis stays what it is until the request is written."""
    details: BillingDetails | None = (
        BillingDetails.objects.select_for_update().filter(account=account_id).first()
    )
    if details is None or not (details.title and details.tax_number and details.email):
        raise DetailsMissing
    is_special = kind == Fapiao.Kind.SPECIAL
    if is_special and not (details.address and details.bank and details.bank_account):
        raise DetailsMissing
    if details.fapiao_basis != basis:
        raise OtherBasis
    return details


def _request(found: Fapiao, details: BillingDetails, kind: str, by: str, now: datetime) -> Fapiao:
    if found.amount_cents <= 0:
        raise NothingToIssue
    check_none_stands(
        invoice=found.invoice, account=details.account, topup_reference=found.topup_reference
    )
    found.account = details.account
    found.kind, found.title, found.tax_number = kind, details.title, details.tax_number
    lines = (details.address, details.phone, details.bank, details.bank_account)
    found.details = "\n".join(line for line in lines if line)
    found.email = details.email
    found.requested_by, found.requested_at = by, now
    found.save(force_insert=True)
    _record(found, FapiaoState.REQUESTED, by, now)
    return found


@transaction.atomic
def _decide(fapiao: Fapiao, state: FapiaoState, by: str, now: datetime, **facts: Any) -> None:
    moved = Fapiao.objects.filter(pk=fapiao.pk).advance(
        state, decided_by=by, decided_at=now, **facts
    )
    if not moved:
        raise AlreadyDecided
    _record(fapiao, state, by, now)
    if state == FapiaoState.ISSUED:
        queue.enqueue("billing.tasks.mail_fapiao", fapiao_id=fapiao.pk)


def _record(fapiao: Fapiao, state: FapiaoState, by: str, now: datetime) -> None:
    audit.record(
        actor=by,
        action=f"fapiao.{state.value}",
        target=f"billing.fapiao:{fapiao.pk}",
        account_id=fapiao.account_id,
        now=now,
        facts={"amount_cents": fapiao.amount_cents},
    )
