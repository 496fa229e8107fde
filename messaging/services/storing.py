"""How rows of the pipeline are written: each kind with one COPY, whatever their number."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection

from messaging.models import Batch, Message
from messaging.states import State
from smsplatform.core import bulk
from templates_app.models import MessageClass

# NOTIFY carries no payload: it says "look", the rows say what.
DUE_CHANNEL = "messaging_due"

LANES = {str(name): lane for lane, name in enumerate(MessageClass.values)}

_BATCH = [
    "id",
    "account_id",
    "project_id",
    "source",
    "reference",
    "first_id",
    "last_id",
    "count",
    "parts",
    "price_micros",
    "currency",
    "accepted_at",
]
_MESSAGE = [
    "id",
    "account_id",
    "project_id",
    "batch_id",
    "position",
    "state",
    "number",
    "country",
    "operator",
    "message_class",
    "template_id",
    "signature_id",
    "encoding",
    "parts",
    "price_micros",
    "currency",
    "basis",
    "wallet_id",
    "route_id",
    "step",
    "on_unknown",
    "reference",
    "due_at",
    "valid_until",
    "attempts",
    "resends",
    "reason",
    "carrier_code",
]
_DUE = ["message_id", "route_id", "lane", "step", "account_id", "due_at", "valid_until"]


def batches(rows: Sequence[Batch]) -> None:
    read = attrgetter(*_BATCH)
    bulk.copy("messaging_batch", _BATCH, map(read, rows))


def messages(rows: Sequence[Message]) -> None:
    read = attrgetter(*_MESSAGE)
    bulk.copy("messaging_message", _MESSAGE, map(read, rows))


def texts(rows: Iterable[tuple[UUID, str]]) -> None:
    bulk.copy("messaging_messagetext", ["message_id", "text"], rows)


def due(rows: Sequence[Message]) -> None:
    """A scheduled message waits in a lane of its own, below zero, until its time has come."""
    bulk.copy(
        "messaging_due",
        _DUE,
        (
            (
                message.id,
                message.route_id,
                lane(message.message_class, is_scheduled=message.state == State.SCHEDULED),
                message.step,
                message.account_id,
                message.due_at,
                message.valid_until,
            )
            for message in rows
        ),
    )


# What `due_again` wants to know of a message, in this order.
AGAIN = ["id", "route_id", "message_class", "step", "account_id", "due_at", "valid_until"]


def due_again(rows: Iterable[Sequence[Any]]) -> None:
    """Rows of AGAIN, of messages that were claimed before."""
    bulk.copy(
        "messaging_due",
        _DUE,
        ((row[0], row[1], lane(row[2], is_scheduled=False), *row[3:]) for row in rows),
    )


def lane(message_class: str, *, is_scheduled: bool) -> int:
    number = LANES[str(message_class)]
    return -1 - number if is_scheduled else number


def ring() -> None:
    """Heard when the transaction commits; once a group, because commits that ring queue up."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {DUE_CHANNEL}")
