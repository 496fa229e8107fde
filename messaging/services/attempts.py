"""The words between a sender and the services, and the moves that claims and answers share.

Locks are taken in one order everywhere: attempts, ledgers, messages.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from messaging.models import Attempt, Carrier, Message
from messaging.services import storing
from messaging.states import AttemptState, State
from smsplatform.core.remember import for_a_second
from templates_app.models import MessageClass

# How long a late answer or a receipt may still settle an unknown outcome.
PATIENCE = {
    MessageClass.VERIFICATION.value: timedelta(seconds=45),
    MessageClass.NOTICE.value: timedelta(minutes=10),
    MessageClass.MARKETING.value: timedelta(hours=6),
}
PATIENCE_WHEN_FAILING = timedelta(hours=6)


# The word of an attempt whose outcome is unknown although the carrier has some of its parts: such a
# message is never sent whole again.
PARTLY_TAKEN = "PARTLY_TAKEN"


class Outcome(StrEnum):
    """What an answer, or its absence, means."""

    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    REFUSED_FOR_NOW = "refused_for_now"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this sender, and nobody else, may submit now."""

    message_id: UUID
    no: int
    number: str
    country: str
    encoding: str
    parts: int
    text: str
    valid_until: datetime
    # What it comes from: a name, +number or digits; empty where the carrier puts its own.
    source: str = ""

    @property
    def reference(self) -> str:
        """What a carrier may echo in its receipts; `tag` is for those that echo sixteen bits."""
        return f"{self.message_id}.{self.no}"

    @property
    def tag(self) -> int:
        return _tag(self.message_id, self.no)


def references(message_id: UUID, no: int) -> tuple[str, str]:
    """What a receipt of this attempt may be marked with."""
    return f"{message_id}.{no}", tag_text(_tag(message_id, no))


def tag_text(tag: int) -> str:
    return f"{tag:04x}"


def _tag(message_id: UUID, no: int) -> int:
    return (message_id.int + no) & 0xFFFF


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt. `carrier_ids`: the carrier's id of each part, as it came; empty
    for a part that the carrier took without naming it.
    """

    message_id: UUID
    no: int
    outcome: Outcome
    carrier_ids: tuple[str, ...] = ()
    carrier_code: str = ""


def patience(message_class: str, on_unknown: str) -> timedelta:
    if on_unknown == Message.OnUnknown.FAIL:
        return PATIENCE_WHEN_FAILING
    return PATIENCE[message_class]


def normalised(raw_id: str, *, base: int = 10) -> str:
    """Answer and receipt may spell one id differently: in case, with leading zeros, and where a
    carrier writes the one in hexadecimal (`base` 16), in the base of numbers."""
    plain = storable(raw_id).strip().lower()[:65]
    if base == 16 and _HEXADECIMAL.fullmatch(plain):
        return str(int(plain, 16))
    return plain.lstrip("0") or plain[:1]


# Longer ones are no numbers: their decimal digits would not fit where ids are kept.
_HEXADECIMAL = re.compile(r"(?:0x)?[0-9a-f]{1,48}")


class Bases(NamedTuple):
    """In which base a carrier writes its ids."""

    answers: int = 10
    receipts: int = 10


@for_a_second
def bases(carrier_id: int) -> Bases:
    spelling = Carrier.objects.values_list("id_spelling", flat=True).filter(pk=carrier_id).first()
    if spelling == Carrier.IdSpelling.HEX_ANSWERS:
        return Bases(answers=16)
    return Bases(receipts=16) if spelling == Carrier.IdSpelling.DECIMAL_ANSWERS else Bases()


def storable(text: str) -> str:
    """Carriers send what they like; PostgreSQL takes no NUL and no half surrogate."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def rows(message_ids: Iterable[UUID], no: int) -> Any:
    return Attempt.objects.filter(message_id__among=list(message_ids), no=no)


def by_no(pairs: Iterable[tuple[UUID, int]]) -> dict[int, list[UUID]]:
    groups: dict[int, list[UUID]] = {}
    for message_id, no in pairs:
        groups.setdefault(no, []).append(message_id)
    return groups


def release(attempts: Any, now: datetime) -> int:
    """Never written: their messages are due at once."""
    released = attempts.advance(AttemptState.RELEASED, returning=["message_id"], answered_at=now)
    queue_again({row[0] for row in released}, now)
    return len(released)


def queue_again(message_ids: Iterable[UUID], due_at: datetime, *, step: int | None = None) -> None:
    """`step`: where they go on to; None keeps each at its own."""
    changes: dict[str, Any] = {"due_at": due_at}
    if step is not None:
        changes["step"] = step
    queued = Message.objects.filter(id__among=list(message_ids)).advance(
        State.QUEUED, returning=storing.AGAIN, **changes
    )
    storing.due_again(queued)


def doubt(pairs: Iterable[tuple[UUID, int]], now: datetime, *, code: str = "") -> list[UUID]:
    """These attempts become `uncertain`; returns the messages that must follow (`doubt_messages`).

    The resolver decides when the patience of the message's class ends.
    """
    won: list[UUID] = []
    for no, message_ids in by_no(pairs).items():
        for wait, chosen in _by_patience(message_ids).items():
            moved = rows(chosen, no).advance(
                AttemptState.UNCERTAIN,
                returning=["message_id"],
                decide_at=now + wait,
                carrier_code=code,
            )
            won.extend(row[0] for row in moved)
    return won


def doubt_messages(message_ids: Sequence[UUID]) -> None:
    Message.objects.filter(id__among=list(message_ids)).advance(State.UNCERTAIN)


def _by_patience(message_ids: Sequence[UUID]) -> dict[timedelta, list[UUID]]:
    groups: dict[timedelta, list[UUID]] = {}
    found = Message.objects.filter(id__among=list(message_ids))
    for message_id, kind, on_unknown in found.values_list("id", "message_class", "on_unknown"):
        groups.setdefault(patience(kind, on_unknown), []).append(message_id)
    return groups
