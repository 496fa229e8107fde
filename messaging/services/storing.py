"""How rows of the pipeline are written: each kind with one COPY, whatever their number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from messaging import states
from messaging.states import State
from smsplatform.core import bulk, together
from smsplatform.core.together import Statement
from templates_app.models import MessageClass

# NOTIFY carries no payload: it says "look", the rows say what.
DUE_CHANNEL = "messaging_due"

LANES = {str(name): lane for lane, name in enumerate(MessageClass.values)}


@dataclass(slots=True)
class NewBatch:
    """A row of `Batch` that is about to be written; the order is the COPY's."""

    id: UUID
    account_id: int
    project_id: int
    source: str
    reference: str
    first_id: UUID
    last_id: UUID
    count: int
    parts: int
    price_micros: int
    currency: str
    accepted_at: datetime


@dataclass(slots=True)
class NewMessage:
    """A row of `Message` that is about to be written; the order is the COPY's.

    Not the model itself: making one of those costs more than writing it.
    """

    id: UUID
    account_id: int
    project_id: int
    batch_id: UUID
    position: int
    state: str
    number: str
    country: str
    operator: str
    message_class: str
    template_id: int | None
    signature_id: int
    encoding: str
    parts: int
    price_micros: int
    currency: str
    basis: str
    wallet_id: int
    rate_id: int | None
    route_id: int
    step: int
    on_unknown: str
    reference: str
    due_at: datetime
    valid_until: datetime
    attempts: int = 0
    resends: int = 0
    reason: str = ""
    carrier_code: str = ""

    @property
    def rare_state(self) -> str:
        return states.rare(self.state)


_BATCH = [one.name for one in fields(NewBatch)]
_MESSAGE = [*(one.name for one in fields(NewMessage)), "rare_state"]
_DUE = ["message_id", "route_id", "lane", "step", "account_id", "due_at", "valid_until"]


def batches(rows: Sequence[NewBatch]) -> None:
    read = attrgetter(*_BATCH)
    bulk.copy("messaging_batch", _BATCH, map(read, rows))


def messages(rows: Sequence[NewMessage]) -> None:
    read = attrgetter(*_MESSAGE)
    bulk.copy("messaging_message", _MESSAGE, map(read, rows))


def texts(rows: Iterable[tuple[UUID, str]]) -> None:
    bulk.copy("messaging_messagetext", ["message_id", "text"], rows)


def due(rows: Sequence[NewMessage]) -> None:
    """A scheduled message waits in a lane of its own, below zero, until its time has come; one that
    is in review waits for its reviewer and is in none."""
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
            if message.state != State.REVIEW
        ),
    )


# What `due_again` wants to know of a message, in this order.
AGAIN = ["id", "route_id", "message_class", "step", "account_id", "due_at", "valid_until"]


def due_again(rows: Iterable[Sequence[Any]], *, is_scheduled: bool = False) -> None:
    """Rows of AGAIN, of messages that were claimed before, or in review."""
    bulk.copy(
        "messaging_due",
        _DUE,
        ((row[0], row[1], lane(row[2], is_scheduled=is_scheduled), *row[3:]) for row in rows),
    )


def lane(message_class: str, *, is_scheduled: bool) -> int:
    number = LANES[str(message_class)]
    return -1 - number if is_scheduled else number


def bell() -> Statement:
    """Heard when the transaction commits; once a group, because commits that ring queue up."""
    return Statement(f"NOTIFY {DUE_CHANNEL}")


def ring() -> None:
    together.run([bell()])
