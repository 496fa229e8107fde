"""How customers pay: one file for each provider behind one small seam, provider.py."""

from functools import cache

from django.conf import settings

from billing.models import Order
from billing.payments.provider import (
    Declined,
    Event,
    Forged,
    Keeping,
    Online,
    Payment,
    Provider,
    Purchase,
    Refused,
    Saved,
    Standing,
    Started,
    Taken,
    Unreachable,
)
from billing.payments.transfer import Transfer

__all__ = [
    "Declined",
    "Event",
    "Forged",
    "Keeping",
    "Online",
    "Payment",
    "Provider",
    "Purchase",
    "Refused",
    "Saved",
    "Standing",
    "Started",
    "Taken",
    "Unreachable",
    "keeping",
    "offered",
    "online",
    "provider",
]


def offered() -> list[str]:
    """Methods that a customer may choose, the quickest first: without keys, bank transfer only."""
    return [*(Order.Method(name).value for name in _online()), Order.Method.TRANSFER.value]


def provider(method: str) -> Provider:
    """Raises KeyError for a method that is not offered."""
    return Transfer() if method == Order.Method.TRANSFER else _online()[method]


def online(method: str) -> Online:
    """One that answers questions and sends events; KeyError where it is not offered."""
    return _online()[method]


def keeping() -> Keeping:
    """The one that keeps cards; KeyError where none is offered."""
    return _online()[Order.Method.STRIPE.value]


def _online() -> dict[str, Keeping]:
    if not settings.STRIPE_SECRET_KEY:
        return {}
    stripe = _stripe(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API
    )
    return {Order.Method.STRIPE.value: stripe}


@cache
def _stripe(key: str, secret: str, address: str) -> Keeping:
    """One of a process: it keeps its connections."""
    # Stripe's library takes 30 MB, which a platform without keys has better use for.
    from billing.payments.stripe import Stripe

    return Stripe(key=key, secret=secret, address=address)
