"""An account is stopped by staff for a reason, and let go on.

    hold      suspended: what waits stays where it is until the account goes on, or it expires
    cancel    frozen: what waits is cancelled and paid back

Either way its keys do nothing but read from the next second on.
"""

import json
from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Event
from accounts.services import announcing
from accounts.states import AccountState
from smsplatform.core import audit, ids, queue
from smsplatform.core.errors import DomainError


class Waiting(models.TextChoices):
    """What becomes of messages that have not left."""

    HOLD = "hold", _("hold back what waits")
    CANCEL = "cancel", _("cancel what waits and pay it back")


class NotPossible(DomainError):
    code = "not_possible_now"
    status = 409
    message = _("The account is {state}: this cannot be done now.")


class ReasonMissing(DomainError):
    code = "reason_missing"
    status = 422
    message = _("Say why: the customer reads it.")


_STATES = {
    Waiting.HOLD.value: AccountState.SUSPENDED,
    Waiting.CANCEL.value: AccountState.FROZEN,
}


def suspend(*, account: Account, reason: str, waiting: str, by: str, now: datetime) -> None:
    """Whoever is suspended may be frozen; the way back is to go on."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissing(field="reason")
    state = _STATES[waiting]
    with transaction.atomic():
        _move(account, state, reason, now)
        if state == AccountState.FROZEN:
            queue.enqueue("messaging.tasks.cancel_waiting", account_id=account.pk)
        _tell(account, state.value, by, now)


def resume(*, account: Account, by: str, now: datetime) -> None:
    """What was held back goes within a minute."""
    if account.state not in _STATES.values():
        raise NotPossible(state=AccountState(account.state).label)
    with transaction.atomic():
        _move(account, AccountState.ACTIVE, "", now)
        _tell(account, "resumed", by, now)


def _move(account: Account, state: AccountState, reason: str, now: datetime) -> None:
    rows = Account.objects.filter(pk=account.pk, state=account.state)
    if not rows.advance(state, state_reason=reason, state_since=now):
        raise NotPossible(state=AccountState(account.state).label)
    account.refresh_from_db()


def _tell(account: Account, what: str, by: str, now: datetime) -> None:
    """The record, the customer's systems, and their owners by mail."""
    kind = f"account.{what}"
    facts = {"reason": account.state_reason}
    event = Event.objects.create(
        id=ids.one(now),
        account_id=account.pk,
        kind=kind,
        subject_id=account.public_id,
        actor=by,
        facts=facts,
        created_at=now,
    )
    data = {"id": str(account.public_id), "state": account.state, **facts}
    body = {"type": kind, "timestamp": now.isoformat(), "data": data}
    payload = json.dumps(body, ensure_ascii=False)
    announcing.announce([announcing.Event(account.pk, event.id, kind, payload)], now=now)
    queue.enqueue("accounts.tasks.mail_suspension", event_id=str(event.id))
    audit.record(
        actor=by,
        action=kind,
        target=f"accounts.account:{account.pk}",
        account_id=account.pk,
        now=now,
        facts=facts,
    )
