"""An HTTP carrier in the simulator's dialect: one POST a message, receipts by callback."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence

from django.conf import settings

from messaging.carriers.base import receipt_outcome
from messaging.models import Carrier
from messaging.services.dispatch import Answer, Claim, Outcome
from messaging.services.receipts import Report
from smsplatform.core import vault
from smsplatform.core.http import Answer as HttpAnswer
from smsplatform.core.http import NotSent, Outgoing, Unanswered

TIMEOUT_SECONDS = 8.0


async def submit(carrier: Carrier, claims: Sequence[Claim]) -> list[Answer]:
    """All of them, as many at once as the carrier's window takes. Never raises."""
    gate = asyncio.Semaphore(carrier.window)
    # An operator's own carrier may stand in a private network, so its exact address is let through.
    allowed = settings.OUTGOING_EXCEPTIONS | {(carrier.host, carrier.port)}
    async with Outgoing(allowed=allowed) as outgoing:
        return await asyncio.gather(
            *(_submit_one(outgoing, carrier, claim, gate) for claim in claims)
        )


async def _submit_one(
    outgoing: Outgoing, carrier: Carrier, claim: Claim, gate: asyncio.Semaphore
) -> Answer:
    async with gate:
        try:
            answer = await outgoing.post(
                f"http://{carrier.host}:{carrier.port}/carrier/messages",
                body=_body(carrier, claim),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {vault.unseal(carrier.sealed_password)}",
                },
                timeout_seconds=TIMEOUT_SECONDS,
            )
        except NotSent as error:
            return _answer(claim, Outcome.NOT_SENT, error.reason)
        except Unanswered as error:
            return _answer(claim, Outcome.UNKNOWN, error.reason)
        return meaning(claim, answer)


def _body(carrier: Carrier, claim: Claim) -> bytes:
    return json.dumps(
        {
            "to": claim.number,
            "text": claim.text,
            "parts": claim.parts,
            "reference": f"{claim.message_id}.{claim.no}",
            "callback_url": f"{settings.BASE_URL}{callback_path(carrier)}",
        }
    ).encode()


def meaning(claim: Claim, answer: HttpAnswer) -> Answer:
    """What may have been taken is unknown; what was refused by its words is known."""
    code = str(answer.status)
    if answer.status == 429:
        return _answer(claim, Outcome.THROTTLED, code)
    if 400 <= answer.status < 500:
        return _answer(claim, Outcome.REFUSED, code)
    if not 200 <= answer.status < 300:
        return _answer(claim, Outcome.UNKNOWN, code)
    carrier_id = _carrier_id(answer.body)
    if carrier_id is None:
        return _answer(claim, Outcome.UNKNOWN, "unreadable")
    return Answer(claim.message_id, claim.no, Outcome.ACCEPTED, (carrier_id,))


def _carrier_id(body: bytes) -> str | None:
    try:
        found = json.loads(body)["id"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) and found else None


def _answer(claim: Claim, outcome: Outcome, code: str) -> Answer:
    return Answer(claim.message_id, claim.no, outcome, carrier_code=code)


def callback_path(carrier: Carrier) -> str:
    return f"/carriers/{carrier.id}/receipts/{callback_secret(carrier.id)}"


def callback_secret(carrier_id: int) -> str:
    """Known to the carrier and to us; made anew from our key, so stored nowhere."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"carrier-receipts:{carrier_id}".encode(), hashlib.sha256).hexdigest()[:40]


def report(body: bytes) -> Report | None:
    """A callback as a report; None for what cannot be read."""
    try:
        told = json.loads(body)
        word = str(told["status"])
        return Report(
            raw_id=str(told["id"]),
            number=str(told.get("to", "")),
            outcome=receipt_outcome(word),
            carrier_code=str(told.get("code") or word),
            raw=body.decode("utf-8", "replace"),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
