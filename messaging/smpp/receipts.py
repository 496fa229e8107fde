"""Delivery receipts: what a deliver_sm says of an earlier message, in TLVs, in text, or in both."""

import re
from collections.abc import Mapping
from datetime import datetime

from messaging.smpp import fields
from messaging.smpp.pdu import DeliverSm
from messaging.smpp.records import record

UCS2 = 0x08

STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
STATE_NUMBERS = {name: number for number, name in STATES.items()}

# Words that carriers write out in full.
SHORT = {
    "DELIVERED": "DELIVRD",
    "UNDELIVERED": "UNDELIV",
    "UNDELIVERABLE": "UNDELIV",
    "ACCEPTED": "ACCEPTD",
    "REJECTED": "REJECTD",
}


@record
class Receipt:
    """Strings as the carrier wrote them, empty where it said nothing; `stat` in capitals."""

    id: str = ""
    stat: str = ""
    err: str = ""
    submit_date: str = ""
    done_date: str = ""
    sub: str = ""
    dlvrd: str = ""
    text: str = ""
    reference: int | None = None  # our own user_message_reference, where the carrier echoes it


_KEY = re.compile(
    r"\b(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err|text)[ \t]*:", re.IGNORECASE
)
_ATTRIBUTES = {
    "id": "id",
    "sub": "sub",
    "dlvrd": "dlvrd",
    "submitdate": "submit_date",
    "donedate": "done_date",
    "stat": "stat",
    "err": "err",
    "text": "text",
}


# What nearly all carriers send, seven times faster than looking for keys.
_USUAL = re.compile(
    r"id:(?P<id>\S*) sub:(?P<sub>\S*) dlvrd:(?P<dlvrd>\S*)"
    r" submit date:(?P<submit_date>\S*) done date:(?P<done_date>\S*)"
    r" stat:(?P<stat>\S*) err:(?P<err>\S*) text:(?P<text>.*)",
    re.IGNORECASE | re.DOTALL,
)


def parse_receipt(deliver: DeliverSm, *, trust_text: bool = False) -> Receipt | None:
    """None where this is no receipt but a message; all fields empty where a receipt says nothing.

    A handset can write the text of a receipt but neither esm_class nor TLVs. So text alone counts
    only for a carrier whose receipts are known to come without a mark: `trust_text`.
    """
    marked = deliver.is_receipt or fields.RECEIPTED_MESSAGE_ID in deliver.tlvs
    if not marked and not trust_text:
        return None
    said = _read(deliver)
    if not marked and not ("id" in said and "stat" in said):
        return None
    if deliver.tlvs:
        said.update(_tagged(deliver.tlvs))
    stat = said.pop("stat", "").upper()
    return Receipt(**said, stat=SHORT.get(stat, stat), reference=_reference(deliver.tlvs))


def _read(deliver: DeliverSm) -> dict[str, str]:
    """The first reading of the body that shows a key; data_coding is often wrong here."""
    for text in _readings(deliver.content, deliver.data_coding):
        said = _split(text)
        if said:
            return said
    return {}


def _readings(body: bytes, data_coding: int) -> tuple[str, ...]:
    narrow = body.decode("latin-1").replace("\0", "")
    if data_coding & 0x0C == UCS2:
        return body.decode("utf-16-be", "replace"), narrow
    return (narrow,)


def _split(text: str) -> dict[str, str]:
    usual = _USUAL.match(text)
    if usual:
        return usual.groupdict()
    said: dict[str, str] = {}
    keys = list(_KEY.finditer(text))
    ends = [key.start() for key in keys[1:]] + [len(text)]
    for key, end in zip(keys, ends, strict=False):
        name = _ATTRIBUTES[re.sub("[ _]", "", key[1].lower())]
        value = text[key.end() :] if name == "text" else text[key.end() : end].strip(" \t\r\n,;\0")
        # What follows `text:` was written by the sender: it may add a field, never replace one.
        said.setdefault(name, value)
    return said


def _tagged(tlvs: Mapping[int, bytes]) -> dict[str, str]:
    said = {}
    message_id = tlvs.get(fields.RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0]
    if message_id:
        said["id"] = message_id.decode("latin-1")
    state = STATES.get(int.from_bytes(tlvs.get(fields.MESSAGE_STATE, b"")))
    if state:
        said["stat"] = state
    # One byte names the kind of network, two its error.
    error = tlvs.get(fields.NETWORK_ERROR_CODE, b"")
    if len(error) == 3:
        said["err"] = f"{int.from_bytes(error[1:]):03d}"
    return said


def _reference(tlvs: Mapping[int, bytes]) -> int | None:
    reference = tlvs.get(fields.USER_MESSAGE_REFERENCE, b"")
    return int.from_bytes(reference) if len(reference) == 2 else None


def format_receipt(receipt: Receipt) -> bytes:
    """The text that nearly every carrier sends (appendix B of the specification)."""
    text = (
        f"id:{receipt.id} sub:{receipt.sub or '001'} dlvrd:{receipt.dlvrd or '001'}"
        f" submit date:{receipt.submit_date} done date:{receipt.done_date}"
        f" stat:{receipt.stat} err:{receipt.err or '000'} text:{receipt.text}"
    )
    return text.encode("latin-1", "replace")


def receipt_tlvs(receipt: Receipt) -> dict[int, bytes]:
    tlvs = {fields.RECEIPTED_MESSAGE_ID: receipt.id.encode("latin-1", "replace") + b"\0"}
    if receipt.stat in STATE_NUMBERS:
        tlvs[fields.MESSAGE_STATE] = bytes((STATE_NUMBERS[receipt.stat],))
    if receipt.reference is not None:
        tlvs[fields.USER_MESSAGE_REFERENCE] = receipt.reference.to_bytes(2)
    return tlvs


def receipt_date(moment: datetime) -> str:
    return moment.strftime("%y%m%d%H%M")
