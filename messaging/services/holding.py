"""Messages that wait for a reviewer: noted when they are accepted, put before the desk a second
later, and over when nothing of them is in review any more.

Acceptance writes one row for a request and asks nobody: a customer whose every request is held
would else make everybody's commits slow. Locks: review, hold, ledgers, messages.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from messaging.models import Hold, Message
from messaging.models.holding import REVIEWED_AS
from messaging.services import ending
from messaging.services.ending import Ending
from messaging.services.planning import Plan
from messaging.states import HoldState, State
from smsplatform.core import bulk
from smsplatform.core import review as desk

KIND = REVIEWED_AS
# Of one step: requests, and messages.
MOST_HOLDS = 100
MOST = 500
# Who repeats word for word what a reviewer has let go need not wait again so soon.
REMEMBERED = timedelta(days=7)

_COLUMNS = (
    "account_id",
    "batch_id",
    "first_id",
    "last_id",
    "count",
    "fingerprint",
    "words",
    "valid_until",
    "held_at",
)


def note(plans: Iterable[Plan], *, now: datetime) -> None:
    """In the transaction that accepts them: one statement, and none where nothing is held."""
    rows = (_row(plan, now) for plan in plans if any(one.held for one in plan.validated.drafts))
    bulk.copy("messaging_hold", _COLUMNS, rows)


def ask(*, now: datetime) -> int:
    """A review for what waits without one. Returns how many requests; MOST_HOLDS: call again."""
    with transaction.atomic():
        waiting = Hold.objects.in_state(HoldState.WAITING).filter(review_id=None)
        unasked = waiting.select_for_update(of=("self",), skip_locked=True)
        found = list(unasked.order_by("account_id", "fingerprint", "id")[:MOST_HOLDS])
        for _said, alike in groupby(found, _content):
            _ask_about(list(alike), now)
    return len(found)


def expire(*, now: datetime) -> int:
    """What no reviewer has read in time. Returns how many requests were looked at."""
    with transaction.atomic():
        overdue = Hold.objects.in_state(HoldState.WAITING).filter(valid_until__lte=now)
        locked = overdue.select_for_update(of=("self",), skip_locked=True).order_by("valid_until")
        holds = of_one_account(list(locked[:MOST_HOLDS]))
        found = list(messages_of(holds).values_list("id", flat=True)[:MOST])
        ending.end([Ending(found, State.EXPIRED, "expired")], now=now)
        if len(found) < MOST:
            _rows(holds).advance(HoldState.OVER)
    return len(holds)


def close_empty(*, now: datetime) -> int:
    """Reviews whose messages have expired or were cancelled are taken off the desk."""
    live = desk.Item.objects.live().filter(kind=KIND).order_by("id")
    targets = list(live.values_list("target_id", flat=True)[:MOST])
    return sum(_close(target, now) for target in targets)


def messages_of(holds: Sequence[Hold]) -> QuerySet[Any]:
    """Those in review, of holds of one account, in the order of their ids."""
    if not holds:
        return Message.objects.none()
    # By the index of rare states: however long ago the first was accepted, few are read.
    found = Message.objects.filter(
        account_id=holds[0].account_id,
        rare_state=State.REVIEW.value,
        id__gte=min(hold.first_id for hold in holds),
        id__lte=max(hold.last_id for hold in holds),
        batch_id__among=[hold.batch_id for hold in holds],
    )
    return found.order_by("id")


def of_one_account(holds: Sequence[Hold]) -> list[Hold]:
    """Of the first one's."""
    return [hold for hold in holds if hold.account_id == holds[0].account_id]


def _row(plan: Plan, now: datetime) -> tuple[Any, ...]:
    pairs = zip(plan.messages, plan.validated.drafts, strict=True)
    held = [(message, draft) for message, draft in pairs if draft.held]
    texts = sorted({draft.text for _message, draft in held})
    said = "\0".join([str(plan.validated.signature.id), plan.validated.message_class, *texts])
    return (
        plan.batch.account_id,
        plan.batch.id,
        held[0][0].id,
        held[-1][0].id,
        len(held),
        hashlib.sha256(said.encode()).digest(),
        list(dict.fromkeys(word for _message, draft in held for word in draft.held)),
        plan.validated.valid_until,
        now,
    )


def _content(hold: Hold) -> tuple[int, bytes]:
    return hold.account_id, bytes(hold.fingerprint)


def _rows(holds: Sequence[Hold]) -> Any:
    return Hold.objects.filter(pk__in=[hold.pk for hold in holds])


def _ask_about(alike: Sequence[Hold], now: datetime) -> None:
    """They join the review that waits, follow one that has let the same go, or get their own."""
    said_before = Hold.objects.for_account(alike[0].account_id).filter(
        fingerprint=alike[0].fingerprint
    )
    first = said_before.in_state(HoldState.WAITING).filter(review_id=F("id")).first()
    if first is not None and _is_live(first.pk):
        _rows(alike).update(review_id=first.pk)
        return
    let_go = said_before.in_state(HoldState.PASSING, HoldState.PASSED)
    read = let_go.filter(decided_at__gt=now - REMEMBERED).order_by("-decided_at").first()
    if read is not None:
        _rows(alike).advance(
            HoldState.PASSING, review_id=read.review_id, decided_at=read.decided_at
        )
        return
    _rows(alike).update(review_id=alike[0].pk)
    _open(alike, now)


def _is_live(review_id: int) -> bool:
    """Locked: a decision under way is waited for, and one that comes now counts for all."""
    item = desk.Item.objects.live().filter(kind=KIND, target_id=review_id)
    return item.select_for_update().first() is not None


def _open(alike: Sequence[Hold], now: datetime) -> None:
    first = alike[0]
    desk.open(
        kind=KIND,
        target_id=first.pk,
        account_id=first.account_id,
        # Of the text only what was listed: it is kept shorter than the review.
        title=f"{' · '.join(first.words)} · {first.account}",
        now=now,
        facts={"messages": sum(hold.count for hold in alike)},
    )


def _close(review_id: int, now: datetime) -> bool:
    with transaction.atomic():
        if not _is_live(review_id):
            return False
        waiting = Hold.objects.in_state(HoldState.WAITING).filter(review_id=review_id)
        holds = list(waiting)
        if messages_of(holds).exists():
            return False
        waiting.advance(HoldState.OVER)
        return desk.withdraw(kind=KIND, target_id=review_id, now=now)
