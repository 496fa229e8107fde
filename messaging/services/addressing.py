"""What a message is sent from, where its carrier lets us say: in mainland China the carrier's
access code with the signature's extension, so that replies find it; abroad a sender ID."""

from typing import NamedTuple

from messaging.models import Carrier
from smsplatform.core.remember import for_a_second
from templates_app.services import senders
from templates_app.services.composing import DOMESTIC

# An address of SMPP has room for so many characters.
LONGEST = 20


class Manner(NamedTuple):
    """`access_code` is empty where the carrier takes no extension."""

    access_code: str = ""
    takes_sender_ids: bool = False


class Sender(NamedTuple):
    """The signature of a message."""

    id: int | None
    text: str | None
    extension: int | None


@for_a_second
def manner(carrier_id: int) -> Manner:
    carrier = Carrier.objects.get(pk=carrier_id)
    code = carrier.access_code if carrier.takes_extensions else ""
    return Manner(code, carrier.takes_sender_ids)


def source(sender: Sender, *, country: str, manner: Manner) -> str:
    """Empty where the carrier puts its own."""
    if sender.id is None:
        return ""
    if country == DOMESTIC:
        address = f"{manner.access_code}{sender.extension}" if manner.access_code else ""
        return address if len(address) <= LONGEST else ""
    if not manner.takes_sender_ids:
        return ""
    known = senders.table()
    return known.address(signature_id=sender.id, name=sender.text or "", country=country)
