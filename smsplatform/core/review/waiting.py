"""What the customer's side does with the queue: submit, withdraw, ask for speed.

Whoever changes an item and its subject in one transaction changes the item first, as a decision
does: two that lock in another order would wait for each other.
"""

from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from smsplatform.core import audit, days
from smsplatform.core.review import hours, registry
from smsplatform.core.review.errors import AlreadyWaiting, NudgedAlready
from smsplatform.core.review.hours import Calendar, Span
from smsplatform.core.review.models import CalendarDay, Item, ItemState, WorkingHours

# How far a step of priority moves an item forward in the queue.
STEP = timedelta(hours=2)
MOST_PRIORITY = 100
NUDGE_AFTER = timedelta(minutes=20)
NUDGE_EVERY = timedelta(hours=4)
_TITLE_LENGTH = 200


class More(TypedDict, total=False):
    """`priority` from 0 up; `needs_two` asks for four eyes."""

    priority: int
    facts: dict[str, Any]
    needs_two: bool


def open(
    *,
    kind: str,
    target_id: int,
    account_id: int,
    title: str,
    now: datetime,
    **more: Unpack[More],
) -> Item:
    """In the transaction of the submission. One that was decided or withdrawn before stays as it
    is, for history. AlreadyWaiting while one waits."""
    due_at = promised(kind=kind, now=now)
    priority = more.get("priority", 0)
    item = Item(
        kind=kind,
        target_id=target_id,
        account_id=account_id,
        title=title[:_TITLE_LENGTH],
        facts=more.get("facts") or {},
        needs_two=more.get("needs_two", False),
        priority=priority,
        opened_at=now,
        due_at=due_at,
        rank_at=due_at - priority * STEP,
    )
    try:
        with transaction.atomic():
            item.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyWaiting from error
    _record(item, "review.opened", now)
    return item


def withdraw(*, kind: str, target_id: int, now: datetime) -> bool:
    """False when nothing waits: it was decided first."""
    waiting = Item.objects.filter(kind=kind, target_id=target_id).live()
    won = waiting.advance(ItemState.WITHDRAWN, claimed_by_id=None, claimed_until=None)
    for item in Item.objects.filter(pk__in=won):
        _record(item, "review.withdrawn", now)
    return bool(won)


def nudge(*, kind: str, target_id: int, now: datetime) -> Item:
    """The customer asks for speed: a step forward in the queue, once in a while."""
    waiting = Item.objects.filter(kind=kind, target_id=target_id).live()
    may = Q(nudged_at__isnull=True) | Q(nudged_at__lte=now - NUDGE_EVERY)
    moved = waiting.filter(
        may, opened_at__lte=now - NUDGE_AFTER, priority__lt=MOST_PRIORITY
    ).update(nudged_at=now, priority=F("priority") + 1, rank_at=F("rank_at") - STEP)
    if not moved:
        raise NudgedAlready
    item: Item = waiting.get()
    _record(item, "review.nudged", now)
    return item


def may_nudge(item: Item, now: datetime) -> bool:
    asked_at = item.nudged_at
    return (
        item.is_live
        and item.opened_at <= now - NUDGE_AFTER
        and item.priority < MOST_PRIORITY
        and (asked_at is None or asked_at <= now - NUDGE_EVERY)
    )


def promised(*, kind: str, now: datetime) -> datetime:
    """When something of this kind, submitted now, would be due."""
    return hours.add_working(now, registry.kind_of(kind).hours, calendar(now))


def calendar(now: datetime) -> Calendar:
    """As the staff have set it, from today on."""
    zone = settings.STAFF_TIME_ZONE
    week = {row.weekday: Span(row.opens_at, row.closes_at) for row in WorkingHours.objects.all()}
    today = days.containing(now, zone)
    exceptions = {
        row.date: Span(row.opens_at, row.closes_at) if row.opens_at and row.closes_at else None
        for row in CalendarDay.objects.filter(date__gte=today)
    }
    return Calendar(zone, week, exceptions)


def _record(item: Item, action: str, now: datetime) -> None:
    audit.record(
        actor=f"account:{item.account_id}",
        action=action,
        target=f"core.item:{item.pk}",
        account_id=item.account_id,
        now=now,
        facts={"kind": item.kind, "target_id": item.target_id},
    )
