"""What becomes of a message, by the last four digits of its number."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Wait(Enum):
    """How long after the submission a receipt is due."""

    NONE = "at once"
    NORMAL = "after the receipt delay"
    LATE = "after the late delay"


@dataclass(frozen=True, slots=True)
class Said:
    stat: str
    err: str = "000"
    wait: Wait = Wait.NORMAL


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    description: str
    says: tuple[Said, ...]
    is_answered_last: bool = False


DELIVERED: Final = Said("DELIVRD")
# Error codes are those of MAP (3GPP TS 29.002): 27 absent subscriber, 32 delivery failure.
FAILED: Final = Said("UNDELIV", "032")

SUFFIXES: Final[dict[str, Outcome]] = {
    "0000": Outcome("delivered", "Delivered.", (DELIVERED,)),
    "0001": Outcome("undelivered", "Undelivered: delivery failure.", (FAILED,)),
    "0002": Outcome("no_receipt", "Accepted; no receipt ever comes.", ()),
    "0003": Outcome(
        "late", "Delivered; the receipt comes late.", (Said("DELIVRD", wait=Wait.LATE),)
    ),
    "0004": Outcome("duplicate", "Delivered; the receipt comes three times.", (DELIVERED,) * 3),
    "0005": Outcome(
        "early",
        "Delivered; the receipt comes before the answer to the submission.",
        (Said("DELIVRD", wait=Wait.NONE),),
        is_answered_last=True,
    ),
    "0006": Outcome("absent", "Undelivered: the subscriber is absent.", (Said("UNDELIV", "027"),)),
    "0007": Outcome("expired", "Expired before it could be delivered.", (Said("EXPIRED"),)),
    "0008": Outcome("rejected", "Accepted, then rejected by the network.", (Said("REJECTD"),)),
    "0009": Outcome(
        "out_of_order",
        "Delivered; an older “en route” comes afterwards.",
        (DELIVERED, Said("ENROUTE")),
    ),
    "0010": Outcome(
        "conflicting", "Delivered, and then reported as undelivered too.", (DELIVERED, FAILED)
    ),
    "0011": Outcome("hundredfold", "Delivered; the receipt comes 100 times.", (DELIVERED,) * 100),
}

BY_NAME: Final = {outcome.name: outcome for outcome in SUFFIXES.values()}
