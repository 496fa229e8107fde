"""Making the books say what a provider says of a payment: credited once, however often it is told.

All ways lead here: a notice, the daily reconciliation, the staff, a line of a bank statement.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.models import Difference, Order
from billing.payments import Payment, Standing
from billing.services import reversing, telling, topups
from billing.states import OrderState

log = logging.getLogger(__name__)


def apply(*, method: str, payment: Payment, now: datetime) -> bool:
    """Twice, or in another order, changes nothing more. False: it is of no order of ours."""
    with transaction.atomic():
        order = _locked(method, payment)
        if order is None:
            if payment.standing is Standing.PAID:
                note(method=method, kind=Difference.Kind.UNKNOWN, payment=payment, now=now)
            return False
        if not _is_as_ordered(order, payment):
            note(method=method, kind=Difference.Kind.AMOUNT, payment=payment, now=now, order=order)
            return True
        if payment.standing is Standing.PAID:
            _credit(order, payment, now)
        elif payment.standing is Standing.OVER:
            Order.objects.filter(pk=order.pk).advance(OrderState.EXPIRED)
        if order.paid_at:
            reversing.follow(order=order, taken=payment.taken, now=now)
    return True


def note(
    *,
    method: str,
    kind: Difference.Kind,
    payment: Payment,
    now: datetime,
    order: Order | None = None,
) -> None:
    """For a person to look into; once for each payment."""
    _row, is_new = Difference.objects.get_or_create(
        provider=method,
        kind=kind,
        key=payment.checkout_key or payment.payment_key,
        defaults={
            "order": order,
            "theirs_micros": payment.amount_micros,
            "ours_micros": order.amount_micros if order else 0,
            "currency": payment.currency[:3],
            "found_at": now,
        },
    )
    if is_new:
        log.error("payment %s of %s: %s", payment.checkout_key, method, kind)


def order_id(payment: Payment) -> UUID | None:
    """Of our order, if what the provider says back is one of our ids at all."""
    try:
        return UUID(payment.order)
    except ValueError:
        return None


def _locked(method: str, payment: Payment) -> Order | None:
    locked = Order.objects.select_for_update(no_key=True, of=("self",))
    found: Order | None = (
        locked.select_related("account", "package")
        .filter(public_id=order_id(payment), method=method)
        .first()
    )
    return found


def _is_as_ordered(order: Order, payment: Payment) -> bool:
    same_checkout = order.checkout_key in ("", payment.checkout_key)
    same_payment = order.payment_key in ("", payment.payment_key)
    return (
        same_checkout
        and same_payment
        and payment.amount_micros == order.amount_micros
        and payment.currency == order.currency
    )


def _credit(order: Order, payment: Payment, now: datetime) -> None:
    moved = Order.objects.filter(pk=order.pk, paid_at__isnull=True).advance(
        OrderState.PAID,
        paid_at=now,
        checkout_key=payment.checkout_key,
        payment_key=payment.payment_key,
        paid_with=payment.paid_with[:40],
    )
    if not moved:
        return
    reference, actor = order.ledger_reference, f"payment:{order.method}"
    if order.package is None:
        topups.credit(
            account=order.account,
            amount_micros=order.amount_micros,
            reference=reference,
            actor=actor,
            now=now,
        )
    else:
        wallet = topups.grant_package(
            account=order.account,
            package=order.package,
            is_gift=False,
            reference=reference,
            actor=actor,
            now=now,
        )
        Order.objects.filter(pk=order.pk).update(wallet=wallet)
    order.refresh_from_db()
    telling.tell(order=order, kind=telling.PAID, now=now)
