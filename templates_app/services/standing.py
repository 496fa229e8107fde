"""What was approved, taken out of use and back: by staff for a reason, or by its owner for good.

What waits to be sent with it is cancelled and paid back: at once, and what comes back into the
queue when its turn comes, for a claim asks again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from smsplatform.core import audit, queue
from smsplatform.core.errors import DomainError
from templates_app.models import Signature, Template
from templates_app.services import telling
from templates_app.states import ReviewState, VersionState

Subject = Signature | Template


class NotPossible(DomainError):
    code = "not_possible_now"
    status = 409
    message = _("Its state does not allow this now ({state}).")


class ReasonMissing(DomainError):
    code = "reason_missing"
    status = 422
    message = _("Say why: the customer reads it.")


def suspend(*, subject: Subject, reason: str, by: str, now: datetime) -> None:
    """Until it is resumed, nothing is sent with it."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    told = [{"code": "suspended", "field": "", "text": reason.strip()}]
    _move(subject, _Move(ReviewState.SUSPENDED, "suspended", told), by, now)


def resume(*, subject: Subject, by: str, now: datetime) -> None:
    if subject.state != ReviewState.SUSPENDED:
        raise NotPossible(state=ReviewState(subject.state).label)
    _move(subject, _Move(ReviewState.APPROVED, "resumed"), by, now)


def retire(*, subject: Subject, by: str, now: datetime) -> None:
    """For good. What is being reviewed is taken back first."""
    if isinstance(subject, Template):
        reviewed = subject.versions.filter(state=VersionState.IN_REVIEW)
        if reviewed.exists():
            raise NotPossible(state=VersionState.IN_REVIEW.label)
    _move(subject, _Move(ReviewState.WITHDRAWN, "withdrawn"), by, now)


class _Move(NamedTuple):
    state: ReviewState
    outcome: str
    told: Sequence[dict[str, str]] = ()


def _move(subject: Subject, move: _Move, by: str, now: datetime) -> None:
    is_signature = isinstance(subject, Signature)
    changes: dict[str, Any] = {"reasons": list(move.told)} if is_signature else {}
    rows = type(subject).objects.filter(pk=subject.pk, state=subject.state)
    with transaction.atomic():
        if not rows.advance(move.state, **changes):
            raise NotPossible(state=ReviewState(subject.state).label)
        telling.tell(subject=subject, outcome=move.outcome, reasons=move.told, by=by, now=now)
        if move.state != ReviewState.APPROVED:
            queue.enqueue("messaging.tasks.cancel_waiting", account_id=subject.account_id)
        audit.record(
            actor=by,
            action=f"{subject._meta.model_name}.{move.outcome}",
            target=f"{subject._meta.label_lower}:{subject.pk}",
            account_id=subject.account_id,
            now=now,
        )
    subject.refresh_from_db()
