"""What becomes of a qualification once it was judged, or its papers end; and who is told."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import Account, Event, Qualification
from accounts.services import announcing
from accounts.states import QualificationState
from smsplatform.core import days, ids, queue, review
from smsplatform.core.errors import DomainError
from smsplatform.core.review import Item

REMINDERS = (30, 7, 1)
# Whoever looks at the end of a day looks in its own zone: none is a whole day away from UTC.
_MARGIN = timedelta(days=1)
_State = QualificationState


class NotInReview(DomainError):
    code = "qualification_not_in_review"
    status = 409
    message = _("This qualification is not in review any more.")


class PapersEnded(DomainError):
    code = "qualification_papers_ended"
    status = 409
    message = _("A paper of this qualification has ended meanwhile; ask for a newer one.")


def decide(
    *, item: Item, decision: str, reasons: Sequence[Mapping[str, str]], now: datetime, by: str
) -> None:
    """As the desk decided, in its transaction. The version in force before is replaced."""
    qualification = Qualification.objects.select_related("account").get(pk=item.target_id)
    if decision == _State.APPROVED:
        if qualification.has_ended(days.containing(now, qualification.account.timezone)):
            raise PapersEnded
        _replace(qualification)
    if not Qualification.objects.filter(pk=qualification.pk).advance(decision, decided_at=now):
        raise NotInReview
    # Whoever speaks for another company only has not yet said who they are themselves.
    if decision == _State.APPROVED and qualification.for_self:
        Account.objects.filter(pk=qualification.account_id, is_live=False).update(is_live=True)
    tell(qualification, decision, actor="review", now=now, reasons=list(reasons))


def expire_due(*, now: datetime) -> int:
    """End what ended: the day after the last valid one has begun in the account's zone."""
    ended = 0
    for qualification in _ending(before=now + _MARGIN):
        if not qualification.has_ended(days.containing(now, qualification.account.timezone)):
            continue
        with transaction.atomic():
            if Qualification.objects.filter(pk=qualification.pk).advance(_State.EXPIRED):
                tell(qualification, _State.EXPIRED, actor="clock", now=now)
                ended += 1
    return ended


def remind_due(*, now: datetime) -> int:
    """Tell the owners 30, 7 and 1 days before the end, each once."""
    reminded = 0
    for qualification in _ending(before=now + timedelta(days=REMINDERS[0]) + _MARGIN):
        today = days.containing(now, qualification.account.timezone)
        assert qualification.valid_until_date is not None  # noqa: S101 - as `_ending` asks
        left = (qualification.valid_until_date - today).days
        step = min((step for step in REMINDERS if left <= step), default=None)
        if step is None or left < 0:
            continue
        with transaction.atomic():
            unsaid = Q(reminded_days__isnull=True) | Q(reminded_days__gt=step)
            mine = Qualification.objects.in_force().filter(unsaid, pk=qualification.pk)
            if mine.update(reminded_days=step):
                tell(qualification, "ending", actor="clock", now=now, days_left=left)
                reminded += 1
    return reminded


def tell(
    qualification: Qualification, what: str, *, actor: str, now: datetime, **facts: Any
) -> None:
    """An event, the webhooks, and a mail to the owners; in the transaction of what happened."""
    kind = f"qualification.{what}"
    event = Event.objects.create(
        id=ids.one(now),
        account_id=qualification.account_id,
        kind=kind,
        subject_id=qualification.public_id,
        actor=actor,
        facts=facts,
        created_at=now,
    )
    payload = json.dumps(
        {
            "type": kind,
            "timestamp": now.isoformat(),
            "data": public(qualification, what) | facts | _said(qualification, facts),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    told = announcing.Event(qualification.account_id, event.id, kind, payload)
    announcing.announce([told], now=now)
    queue.enqueue("accounts.tasks.mail_qualification", event_id=str(event.id))


def _said(qualification: Qualification, facts: Mapping[str, Any]) -> dict[str, Any]:
    """By code in our record; in words, and in its owner's language, to the account."""
    if "reasons" not in facts:
        return {}
    with queries.language_of(qualification.account_id):
        return {"reasons": review.told("qualification", facts["reasons"])}


def public(qualification: Qualification, what: str) -> dict[str, Any]:
    """What a webhook says of it."""
    until = qualification.valid_until_date
    return {
        "id": str(qualification.public_id),
        "state": _State.APPROVED.value if what == "ending" else what,
        "version": qualification.version,
        "kind": qualification.kind,
        "country": qualification.country,
        "name": qualification.name,
        "registration_number": qualification.registration_number,
        "valid_until_date": until.isoformat() if until else None,
    }


def _replace(successor: Qualification) -> None:
    old = Qualification.objects.in_force().filter(lineage=successor.lineage)
    old.exclude(pk=successor.pk).advance(_State.REPLACED)


def _ending(*, before: datetime) -> list[Qualification]:
    rows = Qualification.objects.in_force().filter(valid_until_date__lte=before.date())
    return list(rows.select_related("account").order_by("valid_until_date", "id"))
