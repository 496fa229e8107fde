"""Every day: what a provider has of the last days against what we booked. What a lost notice would
have told is made good, and each difference stays as a row for the staff."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from billing import payments
from billing.models import Difference, Order, ProviderNotice
from billing.payments import Payment, Standing
from billing.services import settling
from billing.states import NoticeState, OrderState
from smsplatform.core import audit

log = logging.getLogger(__name__)

LOOKS_BACK = timedelta(days=3)
# A notice of something younger may still be under way.
_NOT_YET_LATE = timedelta(hours=1)
# Somebody who has just come to the page is still choosing how to pay.
_AT_THE_PAGE = timedelta(minutes=5)
MOST_AT_ONCE = 200


def reconcile(*, method: str, now: datetime) -> int:
    """How many of the provider's payments were looked at; its Unreachable goes through."""
    provider, since, seen = payments.online(method), now - LOOKS_BACK, set()
    for payment in provider.recent(since):
        if payment.order:
            seen.add(payment.order)
        _follow(method, payment, now)
    for order in Order.objects.filter(method=method, paid_at__gte=since):
        if str(order.public_id) not in seen:
            _check_paid(provider, order, now)
    return len(seen)


def look_after_open(*, method: str, now: datetime) -> int:
    """Orders that wait at a checkout: whoever paid while no notice came needs not wait for the
    day's reconciliation. How many were asked about; the provider's Unreachable goes through."""
    provider = payments.online(method)
    waiting = Order.objects.in_state(OrderState.OPEN).exclude(checkout_key="")
    due = waiting.filter(method=method, created_at__lt=now - _AT_THE_PAGE).order_by("-id")
    asked = list(due[:MOST_AT_ONCE])
    for order in asked:
        payment = provider.look(checkout_key=order.checkout_key)
        if payment:
            settling.apply(method=method, payment=payment, now=now)
        if payment and payment.standing is Standing.PAID:
            log.warning("order %s was paid before a notice of it was looked into", order)
    return len(asked)


def settle(*, difference: Difference, by: User, now: datetime) -> bool:
    """Looked into by the staff. False: somebody else did."""
    mine = Difference.objects.filter(pk=difference.pk, settled_at__isnull=True)
    with transaction.atomic():
        if not mine.update(settled_at=now, note=f"user:{by.pk}"):
            return False
        audit.record(
            actor=f"user:{by.pk}",
            action="difference.settled",
            target=f"billing.difference:{difference.pk}",
            account_id=difference.order.account_id if difference.order else None,
            now=now,
            facts={"kind": difference.kind, "key": difference.key},
        )
    return True


def _follow(method: str, payment: Payment, now: datetime) -> None:
    unpaid = Order.objects.filter(
        method=method, paid_at__isnull=True, created_at__lt=now - _NOT_YET_LATE
    )
    ours = settling.order_id(payment)
    late = unpaid.filter(public_id=ours).first() if ours else None
    is_ours = settling.apply(method=method, payment=payment, now=now)
    if late and Order.objects.filter(pk=late.pk, paid_at__isnull=False).exists():
        kind = Difference.Kind.LATE
        settling.note(method=method, kind=kind, payment=payment, now=now, order=late)
    if is_ours:
        _unpark(method, payment)


def _unpark(method: str, payment: Payment) -> None:
    about = Q(checkout_key=payment.checkout_key)
    if payment.payment_key:
        about |= Q(payment_key=payment.payment_key)
    parked = ProviderNotice.objects.filter(about, provider=method, state=NoticeState.PARKED)
    parked.advance(NoticeState.DONE)


def _check_paid(provider: payments.Online, order: Order, now: datetime) -> None:
    """Begun before the days that were looked at, perhaps."""
    payment = provider.look(checkout_key=order.checkout_key, payment_key=order.payment_key)
    if payment is None or payment.standing is not Standing.PAID:
        missing = payment or Payment(
            checkout_key=order.checkout_key,
            payment_key=order.payment_key,
            order=str(order.public_id),
            amount_micros=0,
            currency=order.currency,
            standing=Standing.WAITING,
        )
        kind = Difference.Kind.MISSING
        settling.note(method=order.method, kind=kind, payment=missing, now=now, order=order)
