"""What the pipeline remembers: `message` its rows, `carrier` the ways out, `inbound` what phones
answer, `suppression` whom nobody may write to, `holding` what is read before it leaves,
`sampling` what is read afterwards."""

from messaging.models.carrier import Carrier, Health, Lease, Route, RouteCarrier
from messaging.models.compliance import OpenedCountry, RuleSwitch, SendingHours
from messaging.models.frequency import CapExemption, FrequencyCap, NumberDay
from messaging.models.holding import Hold
from messaging.models.importing import Import, ImportFile, ImportRow
from messaging.models.inbound import Inbound, InboundPart, InboundSeen
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
from messaging.models.sampling import Sample, SampleMark, SampleShare
from messaging.models.suppression import (
    ConsentEntry,
    RegisterQuerySet,
    Suppression,
    SuppressionQuerySet,
)

__all__ = [
    "ConsentEntry",
    "Hold",
    "Import",
    "ImportFile",
    "ImportRow",
    "Inbound",
    "InboundPart",
    "InboundSeen",
    "RegisterQuerySet",
    "Suppression",
    "SuppressionQuerySet",
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
    "OpenedCountry",
    "MessageText",
    "Part",
    "Receipt",
    "Route",
    "RuleSwitch",
    "Sample",
    "SampleMark",
    "SampleShare",
    "SendingHours",
    "RouteCarrier",
]
