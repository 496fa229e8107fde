"""Bytes to PDUs and back; strict where memory is at risk, lenient where carriers are sloppy."""

import re
import struct
from collections.abc import Callable
from dataclasses import field
from enum import IntEnum
from typing import ClassVar, TypeAlias

from messaging.smpp import status as codes
from messaging.smpp.fields import (
    HEADER,
    HEADER_SIZE,
    MAX_SIZE,
    MESSAGE_PAYLOAD,
    PduError,
    c_string,
    cut,
    decode_tlvs,
    encode_tlvs,
    frame,
    salvage_tlvs,
)
from messaging.smpp.records import record

RESPONSE = 0x80000000

GENERIC_NACK = 0x80000000
SUBMIT_SM = 0x00000004
DELIVER_SM = 0x00000005
UNBIND = 0x00000006
ENQUIRE_LINK = 0x00000015

# esm_class
WITH_HEADER = 0x40
KIND_OF_MESSAGE = 0x3C
RECEIPT = 0x04
INTERMEDIATE_RECEIPT = 0x20

# registered_delivery
RECEIPT_WANTED = 0x01


class Mode(IntEnum):
    """How a session is bound; the value is the command id."""

    RECEIVER = 0x00000001
    TRANSMITTER = 0x00000002
    TRANSCEIVER = 0x00000009


@record
class Bind:
    system_id: str = ""
    password: str = ""
    mode: Mode = Mode.TRANSCEIVER
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""
    status: int = 0
    sequence: int = 0


@record
class BindResp:
    system_id: str = ""
    mode: Mode = Mode.TRANSCEIVER
    tlvs: dict[int, bytes] = field(default_factory=dict)
    status: int = 0
    sequence: int = 0


@record
class _Message:
    service_type: str = ""
    source_ton: int = 0
    source_npi: int = 0
    source: str = ""
    destination_ton: int = 0
    destination_npi: int = 0
    destination: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority: int = 0
    schedule: str = ""
    validity: str = ""
    registered_delivery: int = 0
    replace_if_present: int = 0
    data_coding: int = 0
    default_message_id: int = 0
    short_message: bytes = b""
    tlvs: dict[int, bytes] = field(default_factory=dict)
    status: int = 0
    sequence: int = 0

    command: ClassVar[int]

    @property
    def content(self) -> bytes:
        """The text wherever the peer put it, a user data header included."""
        return self.short_message or self.tlvs.get(MESSAGE_PAYLOAD, b"")


@record
class SubmitSm(_Message):
    command: ClassVar[int] = SUBMIT_SM


@record
class DeliverSm(_Message):
    command: ClassVar[int] = DELIVER_SM

    @property
    def is_receipt(self) -> bool:
        return self.esm_class & KIND_OF_MESSAGE in (RECEIPT, INTERMEDIATE_RECEIPT)


@record
class _MessageResp:
    message_id: str = ""
    tlvs: dict[int, bytes] = field(default_factory=dict)
    status: int = 0
    sequence: int = 0

    command: ClassVar[int]


@record
class SubmitSmResp(_MessageResp):
    command: ClassVar[int] = RESPONSE | SUBMIT_SM


@record
class DeliverSmResp(_MessageResp):
    command: ClassVar[int] = RESPONSE | DELIVER_SM


@record
class _HeaderOnly:
    status: int = 0
    sequence: int = 0

    command: ClassVar[int]


@record
class EnquireLink(_HeaderOnly):
    command: ClassVar[int] = ENQUIRE_LINK


@record
class EnquireLinkResp(_HeaderOnly):
    command: ClassVar[int] = RESPONSE | ENQUIRE_LINK


@record
class Unbind(_HeaderOnly):
    command: ClassVar[int] = UNBIND


@record
class UnbindResp(_HeaderOnly):
    command: ClassVar[int] = RESPONSE | UNBIND


@record
class GenericNack(_HeaderOnly):
    command: ClassVar[int] = GENERIC_NACK


@record
class Unknown:
    command: int
    body: bytes = b""
    status: int = 0
    sequence: int = 0


Message: TypeAlias = SubmitSm | DeliverSm
MessageResp: TypeAlias = SubmitSmResp | DeliverSmResp
HeaderOnly: TypeAlias = EnquireLink | EnquireLinkResp | Unbind | UnbindResp | GenericNack
Pdu: TypeAlias = Bind | BindResp | Message | MessageResp | HeaderOnly | Unknown


def encode(pdu: Pdu, sequence: int | None = None) -> bytes:
    """The bytes of a PDU; a session passes the sequence number that it chose."""
    number = pdu.sequence if sequence is None else sequence
    try:
        return frame(_command(pdu), pdu.status, number, _body(pdu))
    except (ValueError, OverflowError, struct.error) as error:
        raise PduError(codes.INVALID_MESSAGE_LENGTH, number, str(error)) from error


def _command(pdu: Pdu) -> int:
    match pdu:
        case Bind():
            return int(pdu.mode)
        case BindResp():
            return RESPONSE | pdu.mode
    return pdu.command


def _body(pdu: Pdu) -> bytes:
    match pdu:
        case SubmitSm() | DeliverSm():
            return _message_body(pdu)
        case SubmitSmResp() | DeliverSmResp():
            return _response_body(pdu)
        case Bind():
            return _bind_body(pdu)
        case BindResp():
            return c_string(pdu.system_id) + encode_tlvs(pdu.tlvs)
        case Unknown():
            return pdu.body
    return b""


def _message_body(pdu: Message) -> bytes:
    service, source, destination = pdu.service_type, pdu.source, pdu.destination
    text = pdu.short_message
    if "\0" in f"{service}{source}{destination}{pdu.schedule}{pdu.validity}":
        raise ValueError("a NUL ends a C string")
    if len(source) > 20 or len(destination) > 20 or len(text) > 254:
        raise ValueError("an address has up to 20 characters, a short message up to 254 bytes")
    body = b"%b\0%c%c%b\0%c%c%b\0%c%c%c%b\0%b\0%c%c%c%c%c%b" % (
        service.encode("latin-1"),
        pdu.source_ton,
        pdu.source_npi,
        source.encode("latin-1"),
        pdu.destination_ton,
        pdu.destination_npi,
        destination.encode("latin-1"),
        pdu.esm_class,
        pdu.protocol_id,
        pdu.priority,
        pdu.schedule.encode("latin-1"),
        pdu.validity.encode("latin-1"),
        pdu.registered_delivery,
        pdu.replace_if_present,
        pdu.data_coding,
        pdu.default_message_id,
        len(text),
        text,
    )
    return body + encode_tlvs(pdu.tlvs) if pdu.tlvs else body


def _response_body(pdu: MessageResp) -> bytes:
    # A refusal has no body unless there is something to say in it (4.4.2).
    if pdu.status and not pdu.message_id and not pdu.tlvs:
        return b""
    return c_string(pdu.message_id) + encode_tlvs(pdu.tlvs)


def _bind_body(pdu: Bind) -> bytes:
    names = c_string(pdu.system_id) + c_string(pdu.password) + c_string(pdu.system_type)
    numbers = bytes((pdu.interface_version, pdu.addr_ton, pdu.addr_npi))
    return names + numbers + c_string(pdu.address_range)


def decode(data: bytes) -> Pdu:
    """One whole PDU; `PduError` carries the status to answer with."""
    sequence = HEADER.unpack_from(data)[3] if len(data) >= HEADER_SIZE else 0
    if not HEADER_SIZE <= len(data) <= MAX_SIZE:
        raise PduError(codes.INVALID_COMMAND_LENGTH, sequence, f"{len(data)} bytes")
    length, command, status, sequence = HEADER.unpack_from(data)
    if length != len(data):
        raise PduError(codes.INVALID_COMMAND_LENGTH, sequence, f"{len(data)} bytes, said {length}")
    decoder = _DECODERS.get(command)
    if decoder is None:
        return Unknown(command, data[HEADER_SIZE:], status, sequence)
    return decoder(data, status, sequence)


# The mandatory part of submit_sm and deliver_sm up to sm_length.
_LAYOUT = re.compile(
    rb"([^\0]*+)\0"  # service_type
    rb"(..)([^\0]*+)\0"  # source ton, npi, address
    rb"(..)([^\0]*+)\0"  # destination ton, npi, address
    rb"(...)([^\0]*+)\0([^\0]*+)\0"  # esm_class, protocol_id, priority; schedule; validity
    rb"(.....)",  # registered, replace, data_coding, default message, sm_length
    re.DOTALL,
)


def _message(kind: Callable[..., Message]) -> Callable[[bytes, int, int], Message]:
    def decode_message(data: bytes, status: int, sequence: int) -> Message:
        found = _LAYOUT.match(data, HEADER_SIZE)
        if found is None:
            raise PduError(codes.INVALID_COMMAND_LENGTH, sequence, "the PDU ends too early")
        service, src, source, dst, destination, how, schedule, validity, tail = found.groups()
        start = found.end()
        end = start + tail[4]
        if end > len(data):
            raise PduError(codes.INVALID_MESSAGE_LENGTH, sequence, f"sm_length {tail[4]}")
        return kind(
            service.decode("latin-1"),
            src[0],
            src[1],
            source.decode("latin-1"),
            dst[0],
            dst[1],
            destination.decode("latin-1"),
            how[0],
            how[1],
            how[2],
            schedule.decode("latin-1"),
            validity.decode("latin-1"),
            tail[0],
            tail[1],
            tail[2],
            tail[3],
            data[start:end],
            _tlvs(data, end, sequence) if end < len(data) else {},
            status,
            sequence,
        )

    return decode_message


def _tlvs(data: bytes, start: int, sequence: int) -> dict[int, bytes]:
    try:
        return decode_tlvs(data, start)
    except ValueError as error:
        raise PduError(codes.INVALID_TLV_STREAM, sequence, str(error)) from error


def _message_resp(kind: Callable[..., MessageResp]) -> Callable[[bytes, int, int], MessageResp]:
    def decode_message_resp(data: bytes, status: int, sequence: int) -> MessageResp:
        message_id, end = cut(data, HEADER_SIZE)
        return kind(message_id, salvage_tlvs(data, end), status, sequence)

    return decode_message_resp


def _bind(data: bytes, status: int, sequence: int) -> Bind:
    mode = Mode(HEADER.unpack_from(data)[1])
    system_id, end = cut(data, HEADER_SIZE)
    password, end = cut(data, end)
    system_type, end = cut(data, end)
    if end + 3 > len(data):
        raise PduError(codes.INVALID_COMMAND_LENGTH, sequence, "the PDU ends too early")
    version, ton, npi = data[end : end + 3]
    address_range, _ = cut(data, end + 3)
    return Bind(
        system_id, password, mode, system_type, version, ton, npi, address_range, status, sequence
    )


def _bind_resp(data: bytes, status: int, sequence: int) -> BindResp:
    mode = Mode(HEADER.unpack_from(data)[1] & ~RESPONSE)
    system_id, end = cut(data, HEADER_SIZE)
    return BindResp(system_id, mode, salvage_tlvs(data, end), status, sequence)


def _header_only(kind: Callable[[int, int], HeaderOnly]) -> Callable[[bytes, int, int], HeaderOnly]:
    def decode_header_only(_data: bytes, status: int, sequence: int) -> HeaderOnly:
        return kind(status, sequence)

    return decode_header_only


_DECODERS: dict[int, Callable[[bytes, int, int], Pdu]] = {
    **dict.fromkeys(Mode, _bind),
    **dict.fromkeys([RESPONSE | mode for mode in Mode], _bind_resp),
    **{kind.command: _message(kind) for kind in (SubmitSm, DeliverSm)},
    **{kind.command: _message_resp(kind) for kind in (SubmitSmResp, DeliverSmResp)},
    **{
        kind.command: _header_only(kind)
        for kind in (EnquireLink, EnquireLinkResp, Unbind, UnbindResp, GenericNack)
    },
}
