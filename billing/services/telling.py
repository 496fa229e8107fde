"""What an account learns of its payments: an event for its record, a webhook for its systems,
a mail for its people."""

import json
from datetime import datetime

from accounts.models import Event
from accounts.services import announcing
from billing.models import Order
from smsplatform.core import ids, money, queue

PAID = "order.paid"
REVERSED = "order.reversed"
MAIL = "billing.tasks.mail_order"


def tell(*, order: Order, kind: str, now: datetime) -> None:
    """In the transaction of what it tells of; the order as it is after it."""
    data = {
        "id": str(order.public_id),
        "reference": order.reference,
        "name": order.name,
        "state": order.state,
        "amount": money.as_json(order.amount_micros, order.currency),
        "reversed": money.as_json(order.reversed_micros, order.currency),
    }
    event_id = ids.one(now)
    Event.objects.create(
        id=event_id,
        account_id=order.account_id,
        kind=kind,
        subject_id=order.public_id,
        actor="payments",
        facts=data,
        created_at=now,
    )
    body = {"type": kind, "timestamp": now.isoformat(), "data": data}
    event = announcing.Event(
        account_id=order.account_id,
        # Deliveries are kept by the time in this id; the order may be weeks old.
        subject_id=event_id,
        kind=kind,
        payload=json.dumps(body, ensure_ascii=False),
    )
    announcing.announce([event], now=now)
    queue.enqueue(MAIL, event_id=str(event_id))
