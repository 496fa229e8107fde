"""Who learns of an invoice: the account's systems by a webhook, its people by mail."""

import json
from datetime import datetime
from typing import Any

from accounts.services import announcing
from billing.models import Invoice
from smsplatform.core import ids, money, queue

ISSUED = "invoice.issued"
OVERDUE = "invoice.overdue"


def tell(*, invoice: Invoice, now: datetime) -> None:
    """In the transaction that writes it."""
    _announce(ISSUED, invoice, now)
    queue.enqueue("billing.tasks.mail_invoice", invoice_id=invoice.pk)


def tell_overdue(*, invoice: Invoice, step_id: int, now: datetime) -> None:
    """In the transaction that counts the reminder."""
    _announce(OVERDUE, invoice, now)
    queue.enqueue("billing.tasks.mail_reminder", invoice_id=invoice.pk, step_id=step_id)


def summary(invoice: Invoice) -> dict[str, Any]:
    """What is told of it without its lines."""
    return {
        "number": invoice.number,
        "from_date": invoice.from_date and invoice.from_date.isoformat(),
        "until_date": invoice.until_date.isoformat(),
        "net": money.as_json(invoice.net_micros, invoice.currency),
        "tax": money.as_json(invoice.tax_micros, invoice.currency),
        "payable": money.as_json(invoice.payable_micros, invoice.currency),
        "due_date": invoice.due_date and invoice.due_date.isoformat(),
        "issued_at": invoice.closed_at.isoformat(),
        "hash": invoice.hash,
    }


def _announce(kind: str, invoice: Invoice, now: datetime) -> None:
    body = {"type": kind, "timestamp": now.isoformat(), "data": summary(invoice)}
    event = announcing.Event(
        account_id=invoice.account_id,
        # Deliveries are kept by the time in this id.
        subject_id=ids.one(now),
        kind=kind,
        payload=json.dumps(body, ensure_ascii=False),
    )
    announcing.announce([event], now=now)
