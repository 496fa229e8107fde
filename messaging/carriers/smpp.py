"""SMPP: a message as submit_sm, the meaning of its answers; a deliver_sm as a report, or as what a
phone wrote."""

from collections.abc import Mapping

from messaging.carriers.base import PartAnswer, own_words, receipt_outcome
from messaging.models import Carrier
from messaging.services.attempts import Claim, Outcome, tag_text
from messaging.services.inbound import Arrival, PartOf
from messaging.services.receipts import Report
from messaging.smpp import concatenation, fields, pdu, receipts, status
from messaging.smpp.client import SmppClient
from messaging.smpp.events import Answered
from messaging.smpp.session import Limits
from smsplatform.core import vault
from smsplatform.core.text import parts, received

INTERNATIONAL, ALPHANUMERIC, UNKNOWN = 1, 5, 0
ISDN = 1
DATA_CODING = {"gsm7": 0x00, "ucs2": 0x08}
RESPONSE_TIMEOUT_SECONDS = 30
# A link is dead two of these after the first enquiry that nobody answered.
ENQUIRE_SECONDS = 10

# What a carrier says when it did not take a message. A word that is not here may pass: the
# message is tried again, a few times.
MEANINGS = {
    status.OK: Outcome.ACCEPTED,
    status.THROTTLED: Outcome.THROTTLED,
    status.QUEUE_FULL: Outcome.THROTTLED,
    status.INVALID_MESSAGE_LENGTH: Outcome.REFUSED,
    status.INVALID_SOURCE: Outcome.REFUSED,
    status.INVALID_DESTINATION: Outcome.REFUSED,
    status.INVALID_DESTINATION_COUNT: Outcome.REFUSED,
    status.INVALID_DESTINATION_FLAG: Outcome.REFUSED,
    status.INVALID_ESM_CLASS: Outcome.REFUSED,
    status.INVALID_SOURCE_TON: Outcome.REFUSED,
    status.INVALID_SOURCE_NPI: Outcome.REFUSED,
    status.INVALID_DESTINATION_TON: Outcome.REFUSED,
    status.INVALID_DESTINATION_NPI: Outcome.REFUSED,
    status.INVALID_VALIDITY: Outcome.REFUSED,
    status.PERMANENT_APP_ERROR: Outcome.REFUSED,
    status.REJECTED_BY_APP: Outcome.REFUSED,
}


def client(carrier: Carrier) -> SmppClient:
    return SmppClient(
        carrier.host,
        carrier.port,
        carrier.system_id,
        vault.unseal(carrier.sealed_password) if carrier.sealed_password else "",
        limits=Limits(
            window=carrier.window,
            response_timeout_seconds=RESPONSE_TIMEOUT_SECONDS,
            enquire_interval_seconds=ENQUIRE_SECONDS,
        ),
    )


def submissions(claim: Claim) -> list[pdu.SubmitSm]:
    """One for each part; those of a long message share a reference of eight bits."""
    payloads = parts.segments(
        claim.text, domestic=claim.encoding == "ucs2", reference=claim.tag & 0xFF
    )
    is_long = len(payloads) > 1
    ton, npi = _kind_of(claim.source)
    return [
        pdu.SubmitSm(
            source_ton=ton,
            source_npi=npi,
            source=claim.source.lstrip("+"),
            destination_ton=INTERNATIONAL,
            destination_npi=ISDN,
            destination=claim.number.lstrip("+"),
            esm_class=pdu.WITH_HEADER if is_long else 0,
            registered_delivery=pdu.RECEIPT_WANTED,
            data_coding=DATA_CODING[claim.encoding],
            short_message=payload,
            tlvs={fields.USER_MESSAGE_REFERENCE: claim.tag.to_bytes(2)},
        )
        for payload in payloads
    ]


def _kind_of(source: str) -> tuple[int, int]:
    """Type of number and numbering plan. An access code is of neither."""
    if source.startswith("+"):
        return INTERNATIONAL, ISDN
    return (UNKNOWN, 0) if not source or source.isdecimal() else (ALPHANUMERIC, 0)


def meanings(carrier: Carrier) -> dict[int, Outcome]:
    """Its own words are told by name (THROTTLED) or number (0x00000058)."""
    own = {_status(word): outcome for word, outcome in own_words(carrier).items()}
    return {**MEANINGS, **own}


def _status(word: str) -> int:
    return int(word, 16) if word.startswith("0X") else status.NUMBERS[word]


def meaning(answered: Answered, meanings: Mapping[int, Outcome] = MEANINGS) -> PartAnswer:
    outcome = meanings.get(answered.status, Outcome.REFUSED_FOR_NOW)
    code = "" if answered.status == status.OK else status.name(answered.status)
    return PartAnswer(outcome, answered.message_id, code)


def report(deliver: pdu.DeliverSm) -> Report | None:
    """None for what is no receipt."""
    receipt = receipts.parse_receipt(deliver)
    if receipt is None:
        return None
    return Report(
        raw_id=receipt.id,
        number=deliver.source,
        outcome=receipt_outcome(receipt.stat),
        carrier_code=receipt.err if receipt.err.strip("0") else receipt.stat,
        raw=deliver.content.decode("latin-1"),
        reference="" if receipt.reference is None else tag_text(receipt.reference),
    )


def inbound(deliver: pdu.DeliverSm) -> Arrival:
    """Whatever is no receipt comes from a phone."""
    content, place = concatenation.split(deliver)
    return Arrival(
        number=deliver.source,
        destination=deliver.destination,
        content=content,
        alphabet=_alphabet(deliver.data_coding),
        is_international=deliver.source_ton == INTERNATIONAL,
        part=PartOf(*place) if place else None,
    )


# 0x0F is what Chinese carriers say for GB 18030.
_ALPHABETS = {0x00: received.GSM7, 0x0F: received.GB18030}


def _alphabet(data_coding: int) -> str:
    """In the groups of flash messages and the like the alphabet is in the same two bits."""
    if data_coding & 0x0C == DATA_CODING["ucs2"] and data_coding & 0xC0 in (0x00, 0x40):
        return received.UCS2
    return _ALPHABETS.get(data_coding, received.GSM7 if data_coding & 0xF0 else received.LATIN1)
