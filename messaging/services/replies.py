"""What phones answer: whose recipient it is, what the word asks for, and that it is done at once.

The policy. A word that stops is obeyed for the signature whose extension it came to, else for the
account that wrote to the number last, else for everybody: who cannot tell stays silent. It stops
marketing, outside mainland China notices too; a verification code that somebody asks for still
comes. Only a word for everything stops everything. A word that starts again takes back what the
recipient's own words stopped, and nothing else.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.services import announcing
from messaging.models import ConsentEntry, Inbound, Suppression
from messaging.services import consent, recipients, suppression
from messaging.services.joining import Heard
from messaging.services.recipients import Owner
from messaging.services.suppression import NewSuppression, Scope
from smsplatform.core import bulk, ids
from smsplatform.core.text import keywords, numbers, received
from smsplatform.core.text.keywords import Meaning
from templates_app.models import MessageClass

ACTOR = "recipient"
LONGEST_ADDRESS = 21
LONGEST_TEXT = 20_000

# What a word that stops takes away, by the recipient's country.
_STOPPED: dict[str, tuple[str, ...]] = {"CN": (MessageClass.MARKETING.value,)}
_STOPPED_ELSEWHERE: tuple[str, ...] = (MessageClass.MARKETING.value, MessageClass.NOTICE.value)

_OUTCOMES = {
    Meaning.STOP: Inbound.Outcome.OPT_OUT,
    Meaning.STOP_ALL: Inbound.Outcome.OPT_OUT,
    Meaning.START: Inbound.Outcome.OPT_IN,
    Meaning.HELP: Inbound.Outcome.HELP,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A message from a phone, understood. `country` is empty for what is no telephone number."""

    id: UUID
    number: str
    country: str
    destination: str
    text: str
    alphabet: str
    parts: int
    is_complete: bool
    meaning: Meaning | None
    owner: Owner

    @property
    def outcome(self) -> str:
        found = _OUTCOMES[self.meaning] if self.meaning else Inbound.Outcome.NONE
        return found.value

    @property
    def word(self) -> str:
        return keywords.normalised(self.text)[: keywords.LONGEST] if self.meaning else ""

    @property
    def scopes(self) -> list[Scope]:
        """What a word that stops binds."""
        if self.meaning == Meaning.STOP_ALL:
            return [Scope(self.owner.account_id)]
        stopped = _STOPPED.get(self.country, _STOPPED_ELSEWHERE)
        return [replace(self.owner.scope, message_class=each) for each in stopped]


def take(*, carrier_id: int, heard: Sequence[Heard], now: datetime) -> None:
    """In the caller's transaction."""
    if not heard:
        return
    replies = _understand(carrier_id, heard, now)
    _insert(carrier_id, [(one, one.outcome, one.word) for one in replies], now)
    _obey(replies, now)
    announcing.announce([event for one in replies for event in _events(one, now)], now=now)


def keep(*, carrier_id: int, heard: Sequence[Heard], now: datetime) -> None:
    """As it came, and nothing else."""
    nobody = Owner()
    replies = [
        _reply(reply_id, one, nobody)
        for reply_id, one in zip(ids.series(now, len(heard)), heard, strict=True)
    ]
    _insert(carrier_id, [(one, Inbound.Outcome.FAILED.value, "") for one in replies], now)


def _understand(carrier_id: int, heard: Sequence[Heard], now: datetime) -> list[Reply]:
    senders = [sender(one.number, is_international=one.is_international)[0] for one in heard]
    owners = recipients.owners(
        carrier_id=carrier_id,
        pairs=list(zip(senders, (one.destination for one in heard), strict=True)),
        now=now,
    )
    found = zip(ids.series(now, len(heard)), heard, owners, strict=True)
    return [_reply(reply_id, one, owner) for reply_id, one, owner in found]


def _reply(reply_id: UUID, one: Heard, owner: Owner) -> Reply:
    number, country = sender(one.number, is_international=one.is_international)
    text = received.read(one.content, one.alphabet)[:LONGEST_TEXT]
    is_word = country != "" and one.parts == 1
    return Reply(
        id=reply_id,
        number=number,
        country=country,
        destination=received.storable(one.destination)[:LONGEST_ADDRESS],
        text=text,
        alphabet=one.alphabet,
        parts=one.parts,
        is_complete=one.is_complete,
        meaning=keywords.meaning(text, country=country) if is_word else None,
        owner=owner,
    )


def sender(raw: str, *, is_international: bool) -> tuple[str, str]:
    """E.164 and country; the address as it came, and no country, where it is none. Carriers leave
    the plus out: digits are read as a Chinese number first unless they say international."""
    digits = raw.strip().removeprefix("+")
    spellings = (
        [f"+{digits}"] if is_international or raw.startswith("+") else [digits, f"+{digits}"]
    )
    for spelling in spellings:
        try:
            found = numbers.parse(spelling, region="CN")
        except numbers.NumberError:
            continue
        return found.e164, found.country
    return received.storable(raw)[:LONGEST_ADDRESS], ""


_COLUMNS = (
    "id",
    "carrier_id",
    "number",
    "destination",
    "text",
    "alphabet",
    "parts",
    "is_complete",
    "account_id",
    "signature_id",
    "outcome",
    "word",
    "received_at",
)


def _insert(carrier_id: int, told: Iterable[tuple[Reply, str, str]], now: datetime) -> None:
    bulk.copy(
        "messaging_inbound",
        _COLUMNS,
        (
            (
                one.id,
                carrier_id,
                one.number,
                one.destination,
                one.text,
                one.alphabet,
                one.parts,
                one.is_complete,
                one.owner.account_id,
                one.owner.signature_id,
                outcome,
                word,
                now,
            )
            for one, outcome, word in told
        ),
    )


def _obey(replies: Sequence[Reply], now: datetime) -> None:
    """Of a number's words to the same sender the later undoes the earlier; all are on record."""
    stops: dict[tuple[str, Owner], list[Reply]] = {}
    starts: set[tuple[str, Owner]] = set()
    for one in replies:
        key = (one.number, one.owner)
        if one.meaning == Meaning.START:
            stops.pop(key, None)
            starts.add(key)
        elif one.outcome == Inbound.Outcome.OPT_OUT:
            stops.setdefault(key, []).append(one)
    suppression.lift_replies(scopes=[(number, owner.scope) for number, owner in starts], now=now)
    stopped = [one for found in stops.values() for one in found]
    suppression.suppress(
        rows=[_suppressed(one, scope) for one in stopped for scope in one.scopes], now=now
    )
    consent.record(
        entries=[entry for one in replies for entry in _consents(one, now)], by=ACTOR, now=now
    )


def _suppressed(one: Reply, scope: Scope) -> NewSuppression:
    return NewSuppression(
        number=one.number,
        account_id=scope.account_id,
        signature_id=scope.signature_id,
        message_class=scope.message_class,
        source=Suppression.Source.REPLY.value,
        created_by=ACTOR,
        word=one.word,
        inbound_id=one.id,
    )


def _consents(one: Reply, now: datetime) -> Iterator[consent.NewConsent]:
    """To marketing: nothing else needs one."""
    if one.owner.account_id is None or one.outcome not in _DECIDED:
        return
    yield consent.NewConsent(
        account_id=one.owner.account_id,
        number=one.number,
        message_class=MessageClass.MARKETING.value,
        act=_DECIDED[one.outcome],
        source=ConsentEntry.Source.REPLY.value,
        at=now,
        signature_id=None if one.meaning == Meaning.STOP_ALL else one.owner.signature_id,
        evidence=consent.evidence_of(one.id),
    )


_DECIDED: dict[str, str] = {
    Inbound.Outcome.OPT_OUT: ConsentEntry.Act.WITHDRAWN.value,
    Inbound.Outcome.OPT_IN: ConsentEntry.Act.GRANTED.value,
}
_TOLD: dict[str, str] = {
    Inbound.Outcome.OPT_OUT: "recipient.opted_out",
    Inbound.Outcome.OPT_IN: "recipient.opted_in",
}


def _events(one: Reply, now: datetime) -> Iterator[announcing.Event]:
    """For the account whose recipient it is; what is nobody's is told to nobody."""
    if one.owner.account_id is None:
        return
    for kind in filter(None, ("message.received", _TOLD.get(one.outcome))):
        payload = {"type": kind, "timestamp": now.isoformat(), "data": _data(one, now)}
        yield announcing.Event(one.owner.account_id, one.id, kind, json.dumps(payload))


def _data(one: Reply, now: datetime) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "from": one.number,
        "to": one.destination,
        "text": one.text,
        "signature": one.owner.signature,
        "parts": one.parts,
        "is_complete": one.is_complete,
        "outcome": one.outcome,
        "word": one.word,
        "received_at": now.isoformat(),
    }
