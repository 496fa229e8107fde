"""Which part of which long message a delivery is: in its user data header, or in TLVs."""

from typing import NamedTuple

from messaging.smpp import fields
from messaging.smpp.pdu import WITH_HEADER, DeliverSm

# Information elements that join parts, with the octets of their reference.
_JOINING = {0x00: 1, 0x08: 2}


class Place(NamedTuple):
    reference: int
    total: int
    no: int

    @property
    def makes_sense(self) -> bool:
        return self.total > 1 and 1 <= self.no <= self.total


def split(deliver: DeliverSm) -> tuple[bytes, Place | None]:
    """The content without its header, and its place; None for a whole message."""
    content, place = deliver.content, None
    if deliver.esm_class & WITH_HEADER and content:
        length = content[0]
        place = _in_header(content[1 : length + 1])
        content = content[length + 1 :]
    place = place or _in_tlvs(deliver.tlvs)
    return content, place if place and place.makes_sense else None


def _in_header(header: bytes) -> Place | None:
    start = 0
    while start + 2 <= len(header):
        kind, length = header[start], header[start + 1]
        value = header[start + 2 : start + 2 + length]
        octets = _JOINING.get(kind)
        if octets is not None and len(value) == octets + 2:
            return Place(int.from_bytes(value[:octets]), value[octets], value[octets + 1])
        start += 2 + length
    return None


def _in_tlvs(tlvs: dict[int, bytes]) -> Place | None:
    tags = (fields.SAR_REFERENCE, fields.SAR_TOTAL, fields.SAR_PART)
    if not all(tlvs.get(tag) for tag in tags):
        return None
    reference, total, no = (int.from_bytes(tlvs[tag][:2]) for tag in tags)
    return Place(reference, total, no)
