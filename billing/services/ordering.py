"""An order's beginning and its end without money: placed, led to where is paid, cancelled, expired.

What makes it paid is settling's.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from billing import payments
from billing.models import Offer, Order
from billing.payments import minor
from billing.services import coupons
from billing.states import OrderState
from smsplatform.core import audit, money
from smsplatform.core.errors import DomainError, Invalid, Problem

# Stripe closes a checkout after a day at the latest; a bank may need a week and holidays.
OPEN_FOR = {
    Order.Method.STRIPE.value: timedelta(hours=12),
    Order.Method.TRANSFER.value: timedelta(days=21),
}
# Stripe opens no checkout for less than half an hour. What is paid there after the order's end is
# credited all the same.
LEAST_OPEN = timedelta(minutes=35)
MOST_OPEN = 20
# What nobody mistakes for another when it is read out or typed.
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
REFERENCE_START = "SMS"
_REFERENCE_LETTERS = 9


class OfferGone(DomainError):
    code = "offer_gone"
    status = 409
    message = _("This is not on sale any more. Choose something else.")


class MethodNotOffered(DomainError):
    code = "method_not_offered"
    status = 422
    message = _("This way to pay is not offered here.")


class TooManyOpen(DomainError):
    code = "too_many_open_orders"
    status = 409
    message = _("{most} of your orders wait to be paid. Pay or cancel one first.")


class NotOpen(DomainError):
    code = "order_not_open"
    status = 409
    message = _("This order is not open any more.")


class CannotPayNow(DomainError):
    code = "payment_unavailable"
    status = 503
    message = _("The payment page cannot be reached this moment. Nothing was paid; try again.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`amount_micros` counts where the offer lets the buyer choose. `form_key` is of the form that
    was posted: posted twice, it is one order."""

    offer: Offer
    method: str
    form_key: UUID
    amount_micros: int | None = None
    coupon: str = ""


def place(*, account: Account, wanted: Wanted, by: User | None, now: datetime) -> Order:
    offer, amount = wanted.offer, _amount(wanted)
    if offer.currency != account.currency or not is_on_sale(offer):
        raise OfferGone
    if wanted.method not in payments.offered():
        raise MethodNotOffered(field="method")
    with transaction.atomic():
        # Twins wait here, and the cap below counts what the first has placed.
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        found: Order | None = (
            Order.objects.for_account(account).filter(form_key=wanted.form_key).first()
        )
        if found:
            return found
        if Order.objects.for_account(account).in_state(OrderState.OPEN).count() >= MOST_OPEN:
            raise TooManyOpen(most=MOST_OPEN)
        discount = coupons.NONE
        if wanted.coupon:
            discount = coupons.redeem(account=account, offer=offer, code=wanted.coupon, now=now)
        order = Order.objects.create(
            account=account,
            name=offer.name,
            package=offer.package,
            amount_micros=amount - discount.micros,
            discount_micros=discount.micros,
            coupon=discount.coupon,
            currency=offer.currency,
            method=wanted.method,
            refund_rule=offer.refund_rule,
            reference=reference(),
            form_key=wanted.form_key,
            placed_by=by,
            created_at=now,
            expires_at=now + OPEN_FOR[wanted.method],
        )
        _record("order.placed", order, by, now)
    return order


def is_on_sale(offer: Offer) -> bool:
    return offer.is_on_sale and (settings.DEMO or not offer.is_sample)


def begin(*, order: Order, back_url: str, now: datetime) -> str:
    """The address where it is paid; empty where the order's own page says how. Whoever begins it
    once more is led to the same page."""
    if not order.is_open:
        raise NotOpen
    purchase = payments.Purchase(
        order=str(order.public_id),
        name=order.name,
        amount_micros=order.amount_micros,
        currency=order.currency,
        email=order.placed_by.email if order.placed_by else "",
        back_url=back_url,
        expires_at=max(order.expires_at, now + LEAST_OPEN),
        checkout_key=order.checkout_key,
    )
    try:
        started = payments.provider(order.method).start(purchase)
    except KeyError as error:
        raise MethodNotOffered from error
    except payments.Unreachable as error:
        raise CannotPayNow from error
    Order.objects.filter(pk=order.pk, checkout_key="").update(checkout_key=started.checkout_key)
    return started.address


def cancel(*, order: Order, by: User | None, now: datetime) -> None:
    """A payment that is under way all the same is credited when it comes."""
    _close_checkout(order)
    with transaction.atomic():
        if not Order.objects.filter(pk=order.pk).advance(OrderState.CANCELLED):
            raise NotOpen
        _record("order.cancelled", order, by, now)


def expire_due(*, now: datetime) -> int:
    """Those that nobody paid in time; how many."""
    return len(Order.objects.filter(expires_at__lte=now).advance(OrderState.EXPIRED))


def _close_checkout(order: Order) -> None:
    if not order.checkout_key:
        return
    try:
        payments.online(order.method).close(order.checkout_key)
    except (KeyError, payments.Unreachable) as error:
        raise CannotPayNow from error


def _amount(wanted: Wanted) -> int:
    offer = wanted.offer
    if offer.is_fixed:
        return offer.least_micros
    amount = wanted.amount_micros
    if amount is None or not offer.least_micros <= amount <= offer.most_micros:
        facts = {"least": money.text(offer.least_micros), "most": money.text(offer.most_micros)}
        told = _("Choose an amount from {least} to {most}.")
        raise Invalid(errors=[Problem("amount_out_of_bounds", told, "amount", facts)])
    if amount % minor.unit_micros(offer.currency):
        told = _("No such amount can be paid: it has too many decimals.")
        raise Invalid(errors=[Problem("amount_not_payable", told, "amount")])
    return amount


def reference() -> str:
    """New; what the buyer writes on a bank transfer."""
    return REFERENCE_START + "".join(secrets.choice(_LETTERS) for _n in range(_REFERENCE_LETTERS))


def _record(action: str, order: Order, by: User | None, now: datetime) -> None:
    audit.record(
        actor=f"user:{by.pk}" if by else "api",
        action=action,
        target=f"billing.order:{order.pk}",
        account_id=order.account_id,
        now=now,
        facts={"amount": money.text(order.amount_micros), "currency": order.currency},
    )
