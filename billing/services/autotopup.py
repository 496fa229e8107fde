"""Automatic top-ups: a saved card pays when the balance has fallen below a line.

It errs towards charging nobody. The balance is believed only under the ledger's lock and where the
ledger's last entry says the same; the order is committed before the card is asked; one order waits
at a time, a few may be made a day, and so much paid in 30 days as the customer agreed to; a card
that is declined is not asked again until somebody turns it on anew.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from accounts.states import AccountState
from billing import payments
from billing.models import AutoTopup, Entry, Offer, Order, Wallet
from billing.payments import minor
from billing.services import ledger, ordering, settling
from billing.states import OrderState
from smsplatform.core import audit, money, queue
from smsplatform.core.errors import DomainError, Invalid, Problem

log = logging.getLogger(__name__)

MOST_A_DAY = 3
_MONTH = timedelta(days=30)
STOPPED = "billing.tasks.mail_auto_topup_stopped"
_MAY = (AccountState.ACTIVE, AccountState.IN_ARREARS)


class NoCard(DomainError):
    code = "no_saved_card"
    status = 409
    message = _("Save a card first.")


@dataclass(frozen=True, slots=True)
class Wanted:
    below_micros: int
    amount_micros: int
    month_most_micros: int


def agree(*, account: Account, wanted: Wanted, by: User, now: datetime) -> None:
    """From now on the card pays."""
    _check(account, wanted)
    with transaction.atomic():
        plan = AutoTopup.objects.select_for_update().filter(account=account).first()
        if plan is None or not plan.method_key:
            raise NoCard
        AutoTopup.objects.filter(pk=plan.pk).update(
            is_on=True,
            below_micros=wanted.below_micros,
            amount_micros=wanted.amount_micros,
            month_most_micros=wanted.month_most_micros,
            stopped_by="",
            agreed_by=by,
            agreed_at=now,
        )
        said = {name: money.text(getattr(wanted, name)) for name in Wanted.__slots__}
        _record(
            "auto_topup.agreed", account, f"user:{by.pk}", now, {**said, "card": plan.method_label}
        )


def turn_off(*, account: Account, by: User, now: datetime) -> None:
    """An order that waits is cancelled; what was charged for it all the same is credited."""
    with transaction.atomic():
        if AutoTopup.objects.filter(account=account, is_on=True).update(is_on=False):
            made = Order.objects.for_account(account).filter(is_automatic=True)
            made.advance(OrderState.CANCELLED)
            _record("auto_topup.turned_off", account, f"user:{by.pk}", now, {})


def run_due(*, now: datetime) -> int:
    """Orders for balances that have fallen, and charges for those that wait; how many were new."""
    placed = [_place(account_id, now) for account_id in _low()]
    waiting = Order.objects.in_state(OrderState.OPEN).filter(is_automatic=True, expires_at__gt=now)
    for order in waiting.select_related("account__auto_topup"):
        _charge(order, now)
    return sum(placed)


def bounds(*, account: Account) -> Offer | None:
    """The top-up on sale that says how much may be paid at once; none, and nothing is automatic."""
    on_sale = Offer.objects.on_sale(account.currency, samples=settings.DEMO)
    return on_sale.filter(package=None).first()


def _low() -> list[int]:
    """A hint only: each is looked at again under its lock."""
    low = Wallet.objects.filter(
        unit=Wallet.Unit.MICROS,
        currency=F("account__currency"),
        account__auto_topup__is_on=True,
        balance__lt=F("account__auto_topup__below_micros"),
    )
    return list(low.order_by("account_id").values_list("account_id", flat=True))


def _place(account_id: int, now: datetime) -> bool:
    with transaction.atomic():
        books = ledger.open_books([account_id])
        plans = AutoTopup.objects.select_for_update(of=("self",)).select_related("account")
        plan = plans.filter(account_id=account_id, is_on=True).first()
        if plan is None or not (_is_low(plan, books) and _may(plan, now)):
            return False
        order = Order.objects.create(
            account=plan.account,
            name=str(_("Automatic top-up")),
            amount_micros=plan.amount_micros,
            currency=plan.account.currency,
            method=Order.Method.STRIPE,
            is_automatic=True,
            reference=ordering.reference(),
            form_key=uuid4(),
            placed_by=plan.agreed_by,
            created_at=now,
            expires_at=now + ordering.OPEN_FOR[Order.Method.STRIPE.value],
        )
        _record("order.placed", plan.account, "auto_topup", now, {"order": order.reference})
    return True


def _is_low(plan: AutoTopup, books: ledger.Books) -> bool:
    """Where wallet and ledger disagree, or nothing was ever booked, nobody is charged."""
    wallets = books.wallets_of(plan.account_id)
    wallet = next((one for one in wallets if one.currency == plan.account.currency), None)
    if wallet is None or wallet.balance >= plan.below_micros:
        return False
    entries = Entry.objects.filter(account_id=plan.account_id, wallet_id=wallet.id)
    last = entries.order_by("-seq").values_list("balance_after", flat=True).first()
    if last != wallet.balance:
        log.error("balance of %s is %s, its ledger says %s", plan, wallet.balance, last)
    return last == wallet.balance


def _may(plan: AutoTopup, now: datetime) -> bool:
    made = Order.objects.for_account(plan.account).filter(is_automatic=True)
    if plan.account.state not in _MAY or made.in_state(OrderState.OPEN).exists():
        return False
    if made.filter(created_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        return False
    paid = made.filter(paid_at__gt=now - _MONTH).aggregate(sum=Sum("amount_micros"))["sum"] or 0
    return bool(paid + plan.amount_micros <= plan.month_most_micros)


def _charge(order: Order, now: datetime) -> None:
    """What became of it is asked for by the order's key; unanswered, it is asked again later."""
    plan = order.account.auto_topup
    purchase = payments.Purchase(
        order=str(order.public_id),
        name=order.name,
        amount_micros=order.amount_micros,
        currency=order.currency,
        email="",
        back_url="",
        expires_at=order.expires_at,
    )
    try:
        provider = payments.keeping()
        key = provider.charge(purchase, payments.Saved(plan.customer_key, plan.method_key))
        payment = provider.look(payment_key=key)
    except (KeyError, payments.Unreachable):
        log.warning("the card of %s could not be charged: no answer", plan)
    except payments.Declined as declined:
        _stop(order, str(declined), now)
    else:
        if payment:
            settling.apply(method=order.method, payment=payment, now=now)


def _stop(order: Order, why: str, now: datetime) -> None:
    with transaction.atomic():
        if not Order.objects.filter(pk=order.pk).advance(OrderState.CANCELLED):
            return
        AutoTopup.objects.filter(pk=order.account_id).update(is_on=False, stopped_by=why[:80])
        facts = {"order": order.reference, "why": why}
        _record("auto_topup.stopped", order.account, "auto_topup", now, facts)
        queue.enqueue(STOPPED, account_id=order.account_id)


def _check(account: Account, wanted: Wanted) -> None:
    offer = bounds(account=account)
    unit = minor.unit_micros(account.currency)
    if offer is None:
        raise Invalid(errors=[Problem("no_top_up", _("No top-up is on sale."), "amount")])
    if wanted.amount_micros % unit or not (
        offer.least_micros <= wanted.amount_micros <= offer.most_micros
    ):
        facts = {"least": money.text(offer.least_micros), "most": money.text(offer.most_micros)}
        told = _("Choose an amount from {least} to {most}.")
        raise Invalid(errors=[Problem("amount_out_of_bounds", told, "amount", facts)])
    if not 0 < wanted.below_micros <= offer.most_micros:
        told = _("Choose a balance above nothing.")
        raise Invalid(errors=[Problem("below_out_of_bounds", told, "below")])
    if not wanted.amount_micros <= wanted.month_most_micros <= money.LARGEST_MICROS:
        told = _("At least one top-up must fit into 30 days.")
        raise Invalid(errors=[Problem("month_most_too_small", told, "month_most")])


def _record(
    action: str, account: Account, actor: str, now: datetime, facts: dict[str, str]
) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"billing.autotopup:{account.pk}",
        account_id=account.pk,
        now=now,
        facts=facts,
    )
