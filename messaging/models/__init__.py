"""What the pipeline remembers: `message` its rows, `carrier` the ways out."""

from messaging.models.carrier import Carrier, Health, Lease, Route, RouteCarrier
from messaging.models.compliance import RuleSwitch, SendingHours
from messaging.models.frequency import CapExemption, FrequencyCap, NumberDay
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
    "CapExemption",
    "FrequencyCap",
    "NumberDay",
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
    "RuleSwitch",
    "SendingHours",
    "RouteCarrier",
]
