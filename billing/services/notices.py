"""What providers tell by their events: stored by id, answered, and then looked into.

An event says only that there is something to see; what is booked is what the provider answers when
it is asked. So their order does not matter, nor how often they come.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from billing import payments
from billing.models import ProviderNotice
from billing.services import cards, settling
from billing.states import NoticeState
from smsplatform.core import queue

log = logging.getLogger(__name__)

PROCESS = "billing.tasks.process_notice"
# Whoever took one and died leaves it to the next after so long; doubled with each try.
FIRST_WAIT = timedelta(seconds=30)
_MOST_DOUBLINGS = 7
MOST_AT_ONCE = 100


def store(*, provider: str, event: payments.Event, now: datetime) -> bool:
    """Before it is answered. False where it had come before."""
    with transaction.atomic():
        notice, is_new = ProviderNotice.objects.get_or_create(
            provider=provider,
            key=event.key,
            defaults={
                "kind": event.kind[:80],
                "checkout_key": event.checkout_key,
                "payment_key": event.payment_key,
                "due_at": now,
                "received_at": now,
            },
        )
        if is_new:
            queue.enqueue(PROCESS, notice_id=notice.pk)
    return is_new


def process_due(*, now: datetime) -> int:
    """What no task has finished; how many."""
    due = ProviderNotice.objects.in_state(NoticeState.WAITING).filter(due_at__lte=now)
    keys = list(due.order_by("due_at").values_list("pk", flat=True)[:MOST_AT_ONCE])
    for key in keys:
        process(notice_id=key, now=now)
    return len(keys)


def process(*, notice_id: int, now: datetime) -> None:
    notice = _claimed(notice_id, now)
    if notice is None:
        return
    try:
        provider = payments.online(notice.provider)
        if cards.adopt(checkout_key=notice.checkout_key):
            ProviderNotice.objects.filter(pk=notice.pk).advance(NoticeState.DONE)
            return
        payment = provider.look(checkout_key=notice.checkout_key, payment_key=notice.payment_key)
    except (KeyError, payments.Unreachable):
        log.warning("%s could not be asked about %s", notice.provider, notice)
        return  # It is due again later.
    with transaction.atomic():
        is_ours = payment and settling.apply(method=notice.provider, payment=payment, now=now)
        mine = ProviderNotice.objects.filter(pk=notice.pk)
        if is_ours:
            mine.advance(NoticeState.DONE)
        elif mine.advance(NoticeState.PARKED, note="of no order of ours"):
            log.error("event %s is of no order of ours", notice)


def _claimed(notice_id: int, now: datetime) -> ProviderNotice | None:
    mine = ProviderNotice.objects.filter(pk=notice_id, state=NoticeState.WAITING, due_at__lte=now)
    notice: ProviderNotice | None = mine.first()
    if notice is None:
        return None
    wait = FIRST_WAIT * 2 ** min(notice.tries, _MOST_DOUBLINGS)
    is_won = mine.filter(tries=notice.tries).update(tries=F("tries") + 1, due_at=now + wait)
    return notice if is_won else None
