"""The review desk: whatever a person must judge waits here in one queue.

An app registers its kinds when it is ready, opens an item in the transaction of a submission, and
is called back in the transaction of the decision. It reads as `review.open(...)`.
"""

from smsplatform.core.review.deciding import LEASE, claim, claim_next, decide, release
from smsplatform.core.review.errors import (
    AlreadyWaiting,
    HeldByOther,
    NotWaiting,
    NudgedAlready,
    ReasonMissing,
    ReasonUnknown,
    SamePerson,
)
from smsplatform.core.review.models import Decision, Item, ItemState
from smsplatform.core.review.reasons import Told, Wording, told
from smsplatform.core.review.registry import OTHER, Kind, Page, Reason, kind_of, kinds, register
from smsplatform.core.review.waiting import may_nudge, nudge, open, promised, withdraw

__all__ = [
    "LEASE",
    "OTHER",
    "AlreadyWaiting",
    "Decision",
    "HeldByOther",
    "Item",
    "ItemState",
    "Kind",
    "NotWaiting",
    "NudgedAlready",
    "Page",
    "Reason",
    "ReasonMissing",
    "ReasonUnknown",
    "SamePerson",
    "Told",
    "Wording",
    "claim",
    "claim_next",
    "decide",
    "kind_of",
    "kinds",
    "may_nudge",
    "nudge",
    "open",
    "promised",
    "register",
    "release",
    "told",
    "withdraw",
]
