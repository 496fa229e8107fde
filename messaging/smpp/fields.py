"""The pieces that PDUs are made of: header, C strings, tagged values."""

from collections.abc import Mapping
from struct import Struct

from messaging.smpp import status

HEADER = Struct(">IIII")
TLV = Struct(">HH")

HEADER_SIZE = 16
MAX_SIZE = 0x10000

USER_MESSAGE_REFERENCE = 0x0204
SOURCE_PORT = 0x020A
DESTINATION_PORT = 0x020B
SAR_REFERENCE = 0x020C
SAR_TOTAL = 0x020E
SAR_PART = 0x020F
RECEIPTED_MESSAGE_ID = 0x001E
INTERFACE_VERSION = 0x0210
NETWORK_ERROR_CODE = 0x0423
MESSAGE_PAYLOAD = 0x0424
MESSAGE_STATE = 0x0427


class PduError(Exception):
    """The only error of the codec; `status` is what the peer should be told."""

    def __init__(self, error_status: int, sequence: int = 0, reason: str = "") -> None:
        super().__init__(f"{status.name(error_status)} {reason}".rstrip())
        self.status = error_status
        self.sequence = sequence


def frame(command: int, command_status: int, sequence: int, body: bytes = b"") -> bytes:
    return HEADER.pack(HEADER_SIZE + len(body), command, command_status, sequence) + body


def cut(data: bytes, start: int) -> tuple[str, int]:
    """The C string at `start` and the offset behind it; the end of the PDU ends a string too."""
    end = data.find(0, start)
    if end < 0:
        end = len(data)
    return data[start:end].decode("latin-1"), end + 1


def c_string(value: str) -> bytes:
    if "\0" in value:
        raise ValueError("a NUL ends a C string")
    return value.encode("latin-1") + b"\0"


def encode_tlvs(tlvs: Mapping[int, bytes]) -> bytes:
    return b"".join([TLV.pack(tag, len(value)) + value for tag, value in tlvs.items()])


def decode_tlvs(data: bytes, start: int) -> dict[int, bytes]:
    """A value that overruns the PDU raises ValueError; one to three stray bytes are padding."""
    tlvs = {}
    end = len(data)
    while end - start >= 4:
        tag, length = TLV.unpack_from(data, start)
        start += 4 + length
        if start > end:
            raise ValueError(f"TLV 0x{tag:04X} is longer than its PDU")
        tlvs[tag] = data[start - length : start]
    return tlvs


def salvage_tlvs(data: bytes, start: int) -> dict[int, bytes]:
    """For responses: what is said before the TLVs counts, however broken these are."""
    try:
        return decode_tlvs(data, start)
    except ValueError:
        return {}
