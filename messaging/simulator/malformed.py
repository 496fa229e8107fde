"""Receipts as carriers should not send them, and do: a corpus of 500."""

import itertools

from messaging.smpp import fields, pdu
from messaging.smpp.pdu import DeliverSm

_GOOD = b"sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 "

# What is marked as a receipt and says ...
_BODIES = (
    b"",  # nothing
    b"\0",
    b" ",
    b"id:",
    b"id: stat:",
    b"id:bad1",  # no word
    b"stat:DELIVRD err:000",  # no id
    b"id:bad2 " + _GOOD + b"stat: err: text:",
    b"id:bad3 " + _GOOD + b"stat:SOMETHING err:999 text:x",
    b"id:bad4 " + _GOOD + b"stat:delivrd err:000 text:lower",
    b"id:bad5 sub:x dlvrd:y submit date:never done date:9999999999 stat:DELIVRD err:000 text:",
    b"id:bad6 submit date:0 done date:-1 stat:UNDELIV err:ABC text:\xff\xfe",
    b"id:bad7 stat:DELIVRD id:bad8 stat:UNDELIV",  # twice
    b"text:id:bad9 stat:DELIVRD",  # the sender's own words
    b"id:bad10\0stat:DELIVRD\0",
    b"id:bad11;stat:DELIVRD;err:000;",
    b"ID:bad12 STAT:DELIVRD ERR:0",
    b"id:" + b"9" * 200 + b" stat:DELIVRD",
    b"id:bad13 stat:" + b"D" * 200,
    b"id:bad14 err:" + b"0" * 200 + b" stat:UNDELIV",
    b"\xe6\x88\x91\xe4\xbb\xac id:bad15 stat:DELIVRD",
    "编号:bad16 状态:已送达".encode(),
    "id:坏17 stat:DELIVRD err:000 text:已送达".encode("gbk"),
    "id:bad18 stat:DELIVRD err:000 text:已送达".encode("utf-16-be"),
    b"\xff" * 254,
)
_TAGS: tuple[dict[int, bytes], ...] = (
    {},
    {fields.RECEIPTED_MESSAGE_ID: b"", fields.MESSAGE_STATE: b""},
    {fields.RECEIPTED_MESSAGE_ID: b"tag1\0", fields.MESSAGE_STATE: b"\x02"},
    {fields.RECEIPTED_MESSAGE_ID: b"tag2", fields.MESSAGE_STATE: b"\xff"},
    {fields.MESSAGE_STATE: b"\x02\x02\x02\x02", fields.NETWORK_ERROR_CODE: b"\x03"},
    {fields.RECEIPTED_MESSAGE_ID: b"\xe5\x8f\xb7\0", fields.USER_MESSAGE_REFERENCE: b"\x01"},
    {fields.RECEIPTED_MESSAGE_ID: b"x" * 300, fields.NETWORK_ERROR_CODE: b"\xff" * 9},
    {fields.MESSAGE_PAYLOAD: b"id:tag3 stat:DELIVRD err:000", 0x1400: b"vendor"},
    {fields.USER_MESSAGE_REFERENCE: b"\xff\xff", fields.MESSAGE_PAYLOAD: b""},
    {fields.RECEIPTED_MESSAGE_ID: b"\0", fields.MESSAGE_STATE: b"\x08"},
)
_CODINGS = (0x00, 0x08)

CORPUS = tuple(
    DeliverSm(
        source="8613700000000",
        destination="1069",
        esm_class=pdu.RECEIPT,
        data_coding=coding,
        short_message=body,
        tlvs=tags,
    )
    for coding, tags, body in itertools.product(_CODINGS, _TAGS, _BODIES)
)
