"""What an account learns of a decision: an event for its record, a webhook for its systems."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accounts import queries
from accounts.models import Event
from accounts.services import announcing
from smsplatform.core import ids, review
from templates_app.models import Signature, Template

Reasons = Sequence[Mapping[str, str]]


def tell(
    *,
    subject: Signature | Template,
    outcome: str,
    reasons: Reasons,
    by: str,
    now: datetime,
    **facts: object,
) -> None:
    """In the transaction of what it tells of. `outcome` is a word like "approved". Reasons are kept
    by code; the webhook says them in the language of the account's owner."""
    kind = f"{subject._meta.model_name}.{outcome}"
    data = {**_named(subject), **facts, "reasons": [dict(reason) for reason in reasons]}
    event_id = ids.one(now)
    Event.objects.create(
        id=event_id,
        account_id=subject.account_id,
        kind=kind,
        subject_id=subject.public_id,
        actor=by,
        facts=data,
        created_at=now,
    )
    with queries.language_of(subject.account_id):
        said = {"reasons": review.told(str(subject._meta.model_name), reasons)}
    body = {"type": kind, "timestamp": now.isoformat(), "data": data | said}
    event = announcing.Event(
        account_id=subject.account_id,
        # Deliveries are kept by the time in this id; the subject may be years old.
        subject_id=event_id,
        kind=kind,
        payload=json.dumps(body, ensure_ascii=False),
    )
    announcing.announce([event], now=now)


def _named(subject: Signature | Template) -> dict[str, Any]:
    known: dict[str, Any] = {"id": str(subject.public_id)}
    if isinstance(subject, Template):
        return known | {"code": subject.code, "locale": subject.locale, "name": subject.name}
    return known | {"text": subject.text}
