"""What a reviewer says of a sample: fine, or against the rules; the latter is told."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts import queries
from accounts.models import Event
from accounts.services import announcing
from messaging.models import Sample
from messaging.services.sampling import KIND
from smsplatform.core import ids, queue
from smsplatform.core import review as desk

VIOLATION = "message.violation"


def decide(
    *,
    item: desk.Item,
    decision: str,
    reasons: Sequence[Mapping[str, str]],
    now: datetime,
    by: str,
) -> None:
    """What was sent was sent: nothing moves, and whoever wants to stop more of it suspends."""
    if decision == desk.Decision.APPROVED:
        return
    sample = Sample.objects.get(pk=item.target_id)
    told = [dict(reason) for reason in reasons]
    event = Event.objects.create(
        id=ids.one(now),
        account_id=sample.account_id,
        kind=VIOLATION,
        subject_id=sample.message_id,
        actor="review",
        facts={"reasons": told},
        created_at=now,
    )
    with queries.language_of(sample.account_id):
        data = {"id": str(sample.message_id), "reasons": desk.told(KIND, told)}
    body = {"type": VIOLATION, "timestamp": now.isoformat(), "data": data}
    payload = json.dumps(body, ensure_ascii=False)
    announcing.announce(
        [announcing.Event(sample.account_id, event.id, VIOLATION, payload)], now=now
    )
    queue.enqueue("accounts.tasks.mail_violation", event_id=str(event.id))
