"""Money that the staff give back: as much as the offer's rule allows of what was not used.

What it is worth is taken from package or balance first, so that nobody uses it meanwhile; then the
provider is asked. A bank transfer is sent back by people.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing import payments
from billing.models import Order, Refund
from billing.models.order import RefundRule
from billing.payments import Taken, minor
from billing.services import fapiao, ledger, reversing
from billing.states import RefundState
from smsplatform.core import audit, money, queue
from smsplatform.core.errors import DomainError

log = logging.getLogger(__name__)

HAND_OVER = "billing.tasks.hand_over_refund"
MOST_AT_ONCE = 100


class NotRefundable(DomainError):
    code = "not_refundable"
    status = 409
    message = _("By the rule of its offer, at most {most} {currency} of this order can go back.")


def refundable(*, order: Order, now: datetime) -> int:
    """Micros that can go back now, in whole cents; another may use of it meanwhile."""
    return _by_rule(order, ledger.read_books([order.account_id]), now)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`key` is of the form that was posted: posted twice, it is one refund."""

    amount_micros: int
    reason: str
    key: UUID


def refund(*, order: Order, wanted: Wanted, by: User, now: datetime) -> Refund:
    amount_micros = wanted.amount_micros
    with transaction.atomic():
        held = _locked(order)
        found: Refund | None = held.refunds.filter(key=wanted.key).first()
        if found:
            return found
        most = _by_rule(held, ledger.open_books([held.account_id]), now)
        is_whole = amount_micros % minor.unit_micros(held.currency) == 0
        if not 0 < amount_micros <= most or not is_whole:
            raise NotRefundable(most=money.text(most), currency=held.currency)
        fapiao.check_none_stands(account=held.account, topup_reference=held.ledger_reference)
        made = Refund.objects.create(
            key=wanted.key,
            order=held,
            amount_micros=amount_micros,
            reason=wanted.reason,
            asked_by=by,
            created_at=now,
        )
        reversing.follow(order=held, taken=[_taken(made, stands=True)], now=now)
        _record(made, by, now)
        if held.method == Order.Method.TRANSFER:
            _done(made, now)
        else:
            queue.enqueue(HAND_OVER, refund_id=made.pk)
    return made


def hand_over_due(*, now: datetime) -> None:
    """What no task has handed over, or the provider could not be reached for."""
    asked = Refund.objects.in_state(RefundState.ASKED).order_by("created_at")
    for key in asked.values_list("pk", flat=True)[:MOST_AT_ONCE]:
        hand_over(refund_id=key, now=now)


def hand_over(*, refund_id: int, now: datetime) -> None:
    """Asks the provider, once: what it has done already is not asked for again."""
    asked = Refund.objects.in_state(RefundState.ASKED).select_related("order")
    made: Refund | None = asked.filter(pk=refund_id).first()
    if made is None:
        return
    order = made.order
    try:
        provider = payments.online(order.method)
        known = provider.look(checkout_key=order.checkout_key, payment_key=order.payment_key)
        if known is None or str(made.key) not in [one.key for one in known.taken]:
            provider.refund(
                payment_key=order.payment_key,
                amount_micros=made.amount_micros,
                currency=order.currency,
                key=str(made.key),
            )
    except (KeyError, payments.Unreachable):
        log.warning("%s could not be asked to refund %s", order.method, made)
    except payments.Refused as refusal:
        log.warning("%s refused to refund %s: %s", order.method, made, refusal)
        _fail(made, now)
    else:
        _done(made, now)


def _by_rule(order: Order, books: ledger.Books, now: datetime) -> int:
    if not order.paid_at or order.refund_rule == RefundRule.NONE:
        return 0
    rest = order.amount_micros - order.reversed_micros
    unused = min(rest, _unused(order, books, now))
    if order.refund_rule == RefundRule.FULL and unused < rest:
        return 0
    return max(0, unused - unused % minor.unit_micros(order.currency))


def _unused(order: Order, books: ledger.Books, now: datetime) -> int:
    """What is left of it, in micros of its price."""
    if order.package is None:
        wallets = books.wallets_of(order.account_id)
        return sum(wallet.balance for wallet in wallets if wallet.currency == order.currency)
    wallet = books.wallets.get(order.wallet_id or 0)
    if wallet is None or (wallet.expires_at and wallet.expires_at <= now):
        return 0
    gone = reversing.parts_for(order, order.reversed_micros)
    worth = order.amount_micros * (wallet.balance + gone) // order.package.parts
    return worth - order.reversed_micros


def _record(made: Refund, by: User, now: datetime) -> None:
    audit.record(
        actor=f"user:{by.pk}",
        action="order.refunded",
        target=f"billing.order:{made.order_id}",
        account_id=made.order.account_id,
        now=now,
        facts={"amount": money.text(made.amount_micros), "reason": made.reason},
    )


def _locked(order: Order) -> Order:
    locked = Order.objects.select_for_update(no_key=True, of=("self",))
    held: Order = locked.select_related("account", "package").get(pk=order.pk)
    return held


def _fail(made: Refund, now: datetime) -> None:
    with transaction.atomic():
        gone_back = _taken(made, stands=False)
        reversing.follow(order=_locked(made.order), taken=[gone_back], now=now)


def _done(made: Refund, now: datetime) -> None:
    Refund.objects.filter(pk=made.pk).advance(RefundState.DONE, done_at=now)


def _taken(made: Refund, *, stands: bool) -> Taken:
    return Taken(key=str(made.key), kind="refund", amount_micros=made.amount_micros, stands=stands)
