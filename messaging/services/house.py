"""What the platform itself sends: codes to phones, through the operator's own account."""

from datetime import datetime

from accounts.services import keys, phone_codes
from accounts.services.keys import KeyFacts
from accounts.services.phone_codes import Sending
from messaging.services import acceptance
from messaging.services.acceptance import Accepted, NotAccepted
from messaging.services.validation import Row, SendRequest
from smsplatform.core.errors import DomainError
from smsplatform.core.text import numbers
from templates_app.models import Market, Signature
from templates_app.services.composing import DOMESTIC
from templates_app.states import ReviewState

SOURCE = "platform"
TEMPLATE = "platform_code"


def send_code(*, code_id: int, now: datetime) -> None:
    """Twice sends once. Raises where we could not take it now: the task is run again."""
    sending = phone_codes.to_send(code_id=code_id, now=now)
    key = keys.of_house()
    if sending is None or key is None:
        return
    [outcome] = acceptance.accept([_request(key, sending, f"phone-code:{code_id}")])
    if isinstance(outcome, Accepted):
        phone_codes.note_sent(code_id=code_id)
    elif outcome.status >= NotAccepted.status:
        raise outcome
    else:
        phone_codes.note_sent(code_id=code_id, refusal=_told(outcome))


def reaches(number: str, now: datetime) -> bool:
    """Whether a code there would be accepted: a country that the house account has opened, a price,
    a route, a signature that the operator has filed, nobody who wants no messages."""
    key = keys.of_house()
    if key is None:
        return False
    plans, _refusals = acceptance.plan_all(
        [_request(key, Sending(number, "en", "000000"), "")], now
    )
    return bool(plans)


def _request(key: KeyFacts, sending: Sending, idempotency_key: str) -> SendRequest:
    number = numbers.parse(sending.number, region=key.country)
    return SendRequest(
        key=key,
        rows=[Row(0, sending.number, number, None, {"code": sending.code}, "")],
        template=TEMPLATE,
        locale="zh-Hans" if sending.language.startswith("zh") else "en",
        signature=_signature(key.account_id, number.country),
        valid_for=phone_codes.VALID_FOR,
        idempotency_key=idempotency_key,
        source=SOURCE,
    )


def _signature(account_id: int, country: str) -> str:
    """By where it goes: operators of mainland China let through what was filed with them."""
    market = Market.CHINA if country == DOMESTIC else Market.INTERNATIONAL
    usable = Signature.objects.filter(
        account_id=account_id, market=market, state=ReviewState.APPROVED
    )
    return usable.order_by("id").values_list("text", flat=True).first() or ""


def _told(refusal: DomainError) -> str:
    """A single recipient's fault says more than that of the request."""
    return refusal.errors[0].code if refusal.errors else refusal.code
