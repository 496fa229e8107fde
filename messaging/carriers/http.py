"""An HTTP carrier in the simulator's dialect: one POST a message, receipts by callback."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.conf import settings

from messaging.carriers.base import own_words, receipt_outcome
from messaging.models import Carrier
from messaging.services.attempts import Answer, Claim, Outcome
from messaging.services.inbound import Arrival
from messaging.services.receipts import Report
from smsplatform.core import vault
from smsplatform.core.http import Answer as HttpAnswer
from smsplatform.core.http import NotSent, Outgoing, Unanswered
from smsplatform.core.text import received

TIMEOUT_SECONDS = 6.0
# Older than this, a permission to send is not used: a successor may have given up on it.
WRITE_WITHIN_SECONDS = 2.0


def outgoing(carrier: Carrier) -> Outgoing:
    """An operator's own carrier may stand in a private network: its exact address is let through,
    and nothing else."""
    return Outgoing(allowed=settings.OUTGOING_EXCEPTIONS | {(carrier.host, carrier.port)})


async def submit(
    out: Outgoing, carrier: Carrier, claims: Sequence[Claim], *, permitted_at: float
) -> list[Answer]:
    """All of them, as many at once as the carrier's window takes. Never raises.

    `permitted_at`: monotonic, when permission to write them was asked for.
    """
    write_before = permitted_at + WRITE_WITHIN_SECONDS
    gate = asyncio.Semaphore(carrier.window)
    url = f"http://{carrier.host}:{carrier.port}/carrier/messages"
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {vault.unseal(carrier.sealed_password)}",
    }

    own = own_words(carrier)

    async def submit_one(claim: Claim) -> Answer:
        async with gate:
            try:
                answer = await out.post(
                    url,
                    body=_body(carrier, claim),
                    headers=headers,
                    timeout_seconds=TIMEOUT_SECONDS,
                    write_before=write_before,
                )
            except NotSent as error:
                return _answer(claim, Outcome.NOT_SENT, error.reason)
            except Unanswered as error:
                return _answer(claim, Outcome.UNKNOWN, error.reason)
            return meaning(claim, answer, own)

    return await asyncio.gather(*map(submit_one, claims))


def _body(carrier: Carrier, claim: Claim) -> bytes:
    return json.dumps(
        {
            "to": claim.number,
            **({"from": claim.source} if claim.source else {}),
            "text": claim.text,
            "parts": claim.parts,
            "reference": claim.reference,
            "callback_url": f"{settings.BASE_URL}{callback_path(carrier.id)}",
        }
    ).encode()


def meaning(
    claim: Claim, answer: HttpAnswer, own: Mapping[str, Outcome] = MappingProxyType({})
) -> Answer:
    """What may have been taken is unknown; what was refused by its words is known. `own`: statuses
    that mean something else to this carrier."""
    code = str(answer.status)
    outcome = own.get(code) or _usual(answer.status)
    if outcome != Outcome.ACCEPTED:
        return _answer(claim, outcome, code)
    told = _object(answer.body)
    if told is None:
        return _answer(claim, Outcome.UNKNOWN, "unreadable")
    return Answer(claim.message_id, claim.no, Outcome.ACCEPTED, _ids(told.get("id"), claim.parts))


def _usual(status: int) -> Outcome:
    if status == 429:
        return Outcome.THROTTLED
    if 400 <= status < 500:
        return Outcome.REFUSED
    return Outcome.ACCEPTED if 200 <= status < 300 else Outcome.UNKNOWN


def _ids(carrier_id: object, parts: int) -> tuple[str, ...]:
    """One id for all parts; empty where the carrier took the message without naming it."""
    is_named = isinstance(carrier_id, str | int) and not isinstance(carrier_id, bool)
    return (str(carrier_id) if is_named else "", *[""] * (parts - 1))


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _answer(claim: Claim, outcome: Outcome, code: str) -> Answer:
    return Answer(claim.message_id, claim.no, outcome, carrier_code=code)


def callback_path(carrier_id: int) -> str:
    return f"/carriers/{carrier_id}/receipts/{callback_secret(carrier_id)}"


def callback_secret(carrier_id: int) -> str:
    """Known to the carrier and to us; made anew from our key, so stored nowhere."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"carrier-receipts:{carrier_id}".encode(), hashlib.sha256).hexdigest()[:40]


def report(body: bytes) -> Report | None:
    """A callback as a report; None for what cannot be read."""
    told = _object(body)
    if told is None or not _word(told, "id") or not _word(told, "status"):
        return None
    status = _word(told, "status")
    return Report(
        raw_id=_word(told, "id"),
        number=_word(told, "to"),
        outcome=receipt_outcome(status),
        carrier_code=_word(told, "code") or status,
        raw=body.decode("utf-8", "replace"),
        reference=_word(told, "reference"),
    )


def inbound(body: bytes) -> Arrival | None:
    """A message from a phone; None for what cannot be read."""
    told = _object(body)
    if told is None or not _word(told, "from") or not isinstance(told.get("text"), str):
        return None
    return Arrival(
        number=_word(told, "from"),
        destination=_word(told, "to"),
        content=told["text"].encode("utf-8", "replace"),
        alphabet=received.UTF8,
        named=_word(told, "id"),
    )


def inbound_path(carrier_id: int) -> str:
    return f"/carriers/{carrier_id}/inbound/{callback_secret(carrier_id)}"


def _word(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return str(value) if isinstance(value, str | int) else ""
