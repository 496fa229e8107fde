"""What the pipeline remembers: `message` its rows, `carrier` the ways out."""

from messaging.models.carrier import Carrier, Health, Lease, Route, RouteCarrier
from messaging.models.message import (
    Attempt,
    Batch,
    Due,
    IdempotencyKey,
    Message,
    MessageText,
    Part,
    Receipt,
)

__all__ = [
    "Attempt",
    "Batch",
    "Carrier",
    "Due",
    "Health",
    "IdempotencyKey",
    "Lease",
    "Message",
    "MessageText",
    "Part",
    "Receipt",
    "Route",
    "RouteCarrier",
]
