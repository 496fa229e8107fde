"""Reminders of invoices that fell due, by the steps that finance has set."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from billing.models import DunningStep, Invoice, Receivable
from billing.services import invoice_notices
from billing.services.deciding import AlreadyDecided
from billing.states import ReceivableState
from smsplatform.core import audit, days

# Nowhere is the day further on.
_EAST_OF_UTC = timedelta(hours=14)


def expect(*, invoice: Invoice) -> None:
    """In the transaction that writes it; nothing where nothing falls due."""
    if invoice.due_date is not None:
        Receivable.objects.create(
            invoice=invoice, account_id=invoice.account_id, due_date=invoice.due_date
        )


def remind(*, now: datetime) -> int:
    """Every open one whose next step has come, by its own calendar; returns how many. A platform
    that was away sends the latest step only."""
    steps = list(DunningStep.objects.order_by("days_after_due"))
    found = (
        Receivable.objects.in_state(ReceivableState.OPEN)
        .filter(due_date__lt=(now + _EAST_OF_UTC).date())
        .select_related("invoice")
        .order_by("id")
    )
    return sum(_remind(one, steps, now) for one in found)


def settle(*, receivable: Receivable, state: ReceivableState, by: str, now: datetime) -> None:
    """Paid, or written off: it is spoken of no more."""
    with transaction.atomic():
        moved = Receivable.objects.filter(pk=receivable.pk).advance(
            state, decided_by=by, decided_at=now
        )
        if not moved:
            raise AlreadyDecided
        audit.record(
            actor=by,
            action=f"receivable.{state.value}",
            target=f"billing.receivable:{receivable.pk}",
            account_id=receivable.account_id,
            now=now,
        )


def _remind(one: Receivable, steps: list[DunningStep], now: datetime) -> bool:
    late = (days.containing(now, one.invoice.timezone) - one.due_date).days
    come = [step for step in steps if step.days_after_due <= late]
    if not come:
        return False
    step = come[-1]
    fresh = Q(reminded_days=None) | Q(reminded_days__lt=step.days_after_due)
    with transaction.atomic():
        # Two workers remind at once: one of them moves the row.
        open_ones = Receivable.objects.in_state(ReceivableState.OPEN).filter(fresh, pk=one.pk)
        moved = open_ones.update(reminded_days=step.days_after_due)
        if moved:
            invoice_notices.tell_overdue(invoice=one.invoice, step_id=step.pk, now=now)
    return bool(moved)
