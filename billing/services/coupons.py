"""What a coupon takes off a price, and whether it may still be used."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models import Coupon, Offer, Order
from billing.payments import minor
from billing.states import OrderState
from smsplatform.core.errors import Invalid, Problem

# What was given up has used nothing.
_UNUSED = (OrderState.CANCELLED, OrderState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Discount:
    coupon: Coupon | None
    micros: int


NONE = Discount(None, 0)


def redeem(*, account: Account, offer: Offer, code: str, now: datetime) -> Discount:
    """In the transaction of the order that keeps it, whose account is locked. The last use of a
    coupon goes to one of those who race for it. Raises Invalid, with one sentence for every reason
    that would help to guess codes."""
    locked = Coupon.objects.select_for_update(no_key=True, of=("self",))
    coupon = locked.filter(code=code.strip().upper()).first()
    if coupon is None or not coupon.is_for(offer, now):
        raise _refused(_("No such coupon is valid for this."))
    used = Order.objects.filter(coupon=coupon).exclude(state__in=_UNUSED)
    if used.filter(account=account).exists():
        raise _refused(_("You have used this coupon."))
    if used.count() >= coupon.most_uses:
        raise _refused(_("No such coupon is valid for this."))
    micros = _off(coupon, offer)
    if micros >= offer.least_micros:
        raise _refused(_("No such coupon is valid for this."))
    return Discount(coupon, micros)


def _off(coupon: Coupon, offer: Offer) -> int:
    """Whole cents, rounded down."""
    off = coupon.off_micros or offer.least_micros * coupon.percent // 100
    return off - off % minor.unit_micros(offer.currency)


def _refused(told: Any) -> Invalid:
    return Invalid(errors=[Problem("coupon_not_valid", told, "coupon")])
