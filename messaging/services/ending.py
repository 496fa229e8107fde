"""A message comes to its end: state, refund and webhook in one transaction, once."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import NamedTuple
from uuid import UUID

from accounts.services import announcing
from billing.models import Rate
from billing.services import charging, ledger
from messaging.models import Message
from messaging.states import NEVER_ACCEPTED, NOT_DELIVERED, State
from smsplatform.core import ids, money


@dataclass(frozen=True, slots=True)
class Ending:
    """These messages end so. `reason` is our stable word, `carrier_code` the carrier's own.

    `is_late`: a receipt corrects what had ended without one; that moves no money.
    """

    message_ids: Sequence[UUID]
    state: str
    reason: str = ""
    carrier_code: str = ""
    is_late: bool = False

    @property
    def refunds(self) -> bool:
        """Whether some of its messages may get their price back."""
        return not self.is_late and self.state in NEVER_ACCEPTED | NOT_DELIVERED


class Ended(NamedTuple):
    """What a refund and a webhook need to know of a message that ended."""

    id: UUID
    account_id: int
    project_id: int
    batch_id: UUID
    state: str
    number: str
    country: str
    message_class: str
    parts: int
    price_micros: int
    currency: str
    basis: str
    wallet_id: int
    rate_id: int | None
    reference: str
    reason: str
    carrier_code: str
    sent_at: datetime | None
    finished_at: datetime


_STORED = Ended._fields[:-1]


def end(endings: Iterable[Ending], *, now: datetime) -> list[Ended]:
    """Those that moved. Locks ledgers first: call it before the transaction locks messages."""
    endings = [ending for ending in endings if ending.message_ids]
    books = _books(endings)
    moved = [(ending, one) for ending in endings for one in _advance(ending, now)]
    ended = [one for _ending, one in moved]
    if books is not None:
        refunds = [_refund(one) for ending, one in moved if ending.refunds and _is_due(one)]
        charging.refund(books=books, refunds=refunds, now=now)
        books.close()
    announcing.announce([_event(one) for one in ended], now=now)
    return ended


def _books(endings: Sequence[Ending]) -> ledger.Books | None:
    message_ids = [
        message_id for ending in endings if ending.refunds for message_id in ending.message_ids
    ]
    if not message_ids:
        return None
    owners = Message.objects.filter(id__among=message_ids).values_list("account_id", flat=True)
    return ledger.open_books(owners)


def _advance(ending: Ending, now: datetime) -> list[Ended]:
    messages = Message.objects.filter(id__among=ending.message_ids)
    if ending.is_late:
        messages = messages.filter(state=State.NO_RECEIPT)
    else:
        messages = messages.exclude(state=State.NO_RECEIPT)
    rows = messages.advance(
        ending.state,
        returning=_STORED,
        finished_at=now,
        reason=ending.reason,
        carrier_code=ending.carrier_code[:20],
    )
    return [Ended._make((*row, now)) for row in rows]


def _is_due(one: Ended) -> bool:
    """Always where no carrier took it; where one did, only if delivery is what is paid for."""
    return one.state in NEVER_ACCEPTED or one.basis == Rate.Basis.DELIVERED


def _refund(one: Ended) -> charging.Refund:
    return charging.Refund(
        message_id=one.id,
        wallet_id=one.wallet_id,
        project_id=one.project_id,
        message_class=one.message_class,
        country=one.country,
        parts=one.parts,
        price_micros=one.price_micros,
        reason=one.reason or one.state,
        rate_id=one.rate_id,
    )


def _event(one: Ended) -> announcing.Event:
    kind = f"message.{one.state}"
    return announcing.Event(
        account_id=one.account_id, subject_id=one.id, kind=kind, payload=_told(one, kind)
    )


def _told(one: Ended, kind: str) -> str:
    """Written by hand: the library takes thrice as long, for every message that ends. Words that
    others choose are quoted; the rest is ours."""
    finished_at = _iso(one.finished_at)
    sent_at = f'"{_iso(one.sent_at)}"' if one.sent_at else "null"
    return (
        f'{{"type":"{kind}","timestamp":"{finished_at}","data":{{"id":"{one.id}",'
        f'"batch_id":"{one.batch_id}","to":"{one.number}","state":"{one.state}",'
        f'"reason":"{one.reason}","carrier_code":{_quoted(one.carrier_code)},'
        f'"reference":{_quoted(one.reference)},"parts":{one.parts},'
        f'"price":{_price(one.price_micros, one.currency)},'
        f'"accepted_at":"{_iso(ids.instant_of(one.id))}","sent_at":{sent_at},'
        f'"finished_at":"{finished_at}"}}}}'
    )


# Messages of a group share most of these.
@lru_cache(maxsize=1024)
def _iso(instant: datetime) -> str:
    return instant.isoformat()


@lru_cache(maxsize=1024)
def _price(micros: int, currency: str) -> str:
    return json.dumps(money.as_json(micros, currency), separators=(",", ":"))
