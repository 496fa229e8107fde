"""Parts of long messages from phones wait here for each other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from messaging.models import InboundPart

WAITS_FOR = timedelta(hours=24)
MOST_OVERDUE = 500


class PartOf(NamedTuple):
    """Which part of which message; `reference` is the phone's, and soon used again."""

    reference: int
    total: int
    no: int


class Piece(NamedTuple):
    number: str
    is_international: bool
    destination: str
    reference: int
    total: int
    no: int
    alphabet: str
    content: bytes

    @property
    def message(self) -> tuple[str, str, int, int]:
        return self.number, self.destination, self.reference, self.total


@dataclass(frozen=True, slots=True)
class Heard:
    """A message from a phone, as far as it came."""

    number: str
    is_international: bool
    destination: str
    content: bytes
    alphabet: str
    parts: int
    is_complete: bool = True


def take(carrier_id: int, pieces: Sequence[Piece], now: datetime) -> list[Heard]:
    """The messages that these make whole. The others wait."""
    if not pieces:
        return []
    InboundPart.objects.bulk_create(
        InboundPart(carrier_id=carrier_id, received_at=now, **piece._asdict()) for piece in pieces
    )
    touched = {piece.message for piece in pieces}
    return _join(
        waiting for key, waiting in _waiting(carrier_id, touched, now) if _is_whole(key, waiting)
    )


def carriers() -> list[int]:
    """Those from which something waits."""
    return list(InboundPart.objects.order_by().values_list("carrier_id", flat=True).distinct())


def overdue(carrier_id: int, now: datetime) -> list[Heard]:
    """Messages that are whole by now, and those whose first part waited for a day."""
    found = InboundPart.objects.filter(carrier_id=carrier_id).order_by("received_at", "id")
    groups = _by_message(found[:MOST_OVERDUE])
    return _join(
        waiting
        for key, waiting in groups.items()
        if _is_whole(key, waiting) or waiting[0].received_at <= now - WAITS_FOR
    )


_Message = tuple[str, str, int, int]


def _waiting(
    carrier_id: int, messages: set[_Message], now: datetime
) -> Iterable[tuple[_Message, list[InboundPart]]]:
    found = InboundPart.objects.filter(
        carrier_id=carrier_id,
        number__in={number for number, *_rest in messages},
        reference__in={reference for _number, _to, reference, _total in messages},
        received_at__gt=now - WAITS_FOR,
    ).order_by("received_at", "id")
    groups = _by_message(found)
    return [(key, waiting) for key, waiting in groups.items() if key in messages]


def _by_message(parts: Iterable[InboundPart]) -> dict[_Message, list[InboundPart]]:
    groups: dict[_Message, list[InboundPart]] = defaultdict(list)
    for part in parts:
        groups[part.number, part.destination, part.reference, part.total].append(part)
    return groups


def _is_whole(message: _Message, waiting: Sequence[InboundPart]) -> bool:
    return len({part.no for part in waiting}) == message[-1]


def _join(messages: Iterable[Sequence[InboundPart]]) -> list[Heard]:
    """Whoever deletes the parts tells the message: twice at once is once."""
    joined = []
    for parts in messages:
        gone, _each = InboundPart.objects.filter(pk__in=[part.pk for part in parts]).delete()
        if gone == len(parts):
            joined.append(_whole(parts))
    return joined


def _whole(parts: Sequence[InboundPart]) -> Heard:
    """In the order of their numbers; of twins the later one, for references come back."""
    by_no = {part.no: part for part in parts}
    last = parts[-1]
    content = b"".join(bytes(by_no[no].content) for no in sorted(by_no))
    return Heard(
        number=last.number,
        is_international=last.is_international,
        destination=last.destination,
        content=content,
        alphabet=last.alphabet,
        parts=len(by_no),
        is_complete=len(by_no) == last.total,
    )
