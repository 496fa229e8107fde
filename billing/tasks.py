"""The task queue's entries for money: each may run twice and calls one service."""

import logging
from collections.abc import Callable
from uuid import UUID

from accounts.models import Account
from billing import payments
from billing.models import Order
from billing.services import (
    autotopup,
    dunning,
    fapiao,
    invoice_mail,
    mailing,
    month_end,
    months,
    notices,
    ordering,
    reconciling,
    refunding,
    trials,
)
from smsplatform.core import clock
from smsplatform.core.queue import Every

log = logging.getLogger(__name__)


def open_account(*, account_id: int, **_: object) -> None:
    """For an account that has just registered: a ledger, a balance, what it may try with."""
    trials.grant(account=Account.objects.get(pk=account_id), now=clock.now())


def close_tier_months(**_: object) -> None:
    """What the tiers of ended months reached; with nothing to close it is one question."""
    months.close_ended(now=clock.now())


def process_notice(*, notice_id: int, **_: object) -> None:
    """What a payment provider has just told."""
    notices.process(notice_id=notice_id, now=clock.now())


def hand_over_refund(*, refund_id: int, **_: object) -> None:
    """What the staff have just given back."""
    refunding.hand_over(refund_id=refund_id, now=clock.now())


def mail_order(*, event_id: str, **_: object) -> None:
    mailing.mail_order(event_id=UUID(event_id))


def process_notices(**_: object) -> None:
    """What no task has finished, and orders that nobody paid in time."""
    notices.process_due(now=clock.now())
    refunding.hand_over_due(now=clock.now())
    ordering.expire_due(now=clock.now())


def top_up_balances(**_: object) -> None:
    """By the saved cards of those who agreed to it."""
    autotopup.run_due(now=clock.now())


def mail_auto_topup_stopped(*, account_id: int, **_: object) -> None:
    mailing.mail_stopped(account_id=account_id)


def look_after_orders(**_: object) -> None:
    """Those that wait at a checkout."""
    _ask_each(reconciling.look_after_open)


def reconcile_payments(**_: object) -> None:
    _ask_each(reconciling.reconcile)


def _ask_each(ask: Callable[..., int]) -> None:
    for method in payments.offered():
        if method == Order.Method.TRANSFER:
            continue  # A statement is handed in by people.
        try:
            ask(method=method, now=clock.now())
        except payments.Unreachable:
            log.warning("%s could not be reconciled: it did not answer", method)


def close_months(**_: object) -> None:
    """Invoices of ended months; with nothing to close it is one question."""
    month_end.close_ended(now=clock.now())


def mail_invoice(*, invoice_id: int, **_: object) -> None:
    invoice_mail.send(invoice_id=invoice_id)


def mail_reminder(*, invoice_id: int, step_id: int, **_: object) -> None:
    invoice_mail.remind(invoice_id=invoice_id, step_id=step_id)


def remind_of_invoices(**_: object) -> None:
    """With nothing overdue it is two questions."""
    dunning.remind(now=clock.now())


def mail_fapiao(*, fapiao_id: int, **_: object) -> None:
    fapiao.mail(fapiao_id=fapiao_id)


SCHEDULES = (
    Every("billing.tasks.close_tier_months", minutes=60),
    Every("billing.tasks.process_notices", minutes=1),
    Every("billing.tasks.top_up_balances", minutes=1),
    Every("billing.tasks.look_after_orders", minutes=10),
    Every("billing.tasks.reconcile_payments", minutes=24 * 60),
    Every("billing.tasks.close_months", minutes=30),
    Every("billing.tasks.remind_of_invoices", minutes=60),
)
