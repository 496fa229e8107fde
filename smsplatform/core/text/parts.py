"""Cut a text into the parts that carriers carry and charge."""

from dataclasses import dataclass
from typing import Final, Literal

from smsplatform.core.text import encodings

Encoding = Literal["gsm7", "ucs2"]

MOST_PARTS: Final = 255  # the header has one octet for the total

# Limits are octets of the unpacked payload: a septet takes one, a UTF-16 code unit two.
_ALONE: Final[dict[Encoding, int]] = {"gsm7": 160, "ucs2": 140}
_JOINED: Final[dict[Encoding, int]] = {"gsm7": 153, "ucs2": 134}
_UNIT: Final[dict[Encoding, int]] = {"gsm7": 1, "ucs2": 2}


@dataclass(frozen=True, slots=True)
class Parts:
    """`units` are septets or UTF-16 code units; `count` is what carriers charge."""

    encoding: Encoding
    units: int
    count: int


def count(text: str, *, domestic: bool) -> Parts:
    """`text` is everything the recipient reads, with signature; `domestic` is mainland China."""
    encoding = _choose(text, domestic=domestic)
    if encoding == "gsm7" and (units := encodings.septets(text)) <= _ALONE["gsm7"]:
        return Parts(encoding, units, 1)
    payload = _encode(text, encoding)
    bodies = _cut(payload, encoding)
    return Parts(encoding, len(payload) // _UNIT[encoding], len(bodies))


def split(text: str, *, domestic: bool) -> list[str]:
    encoding = _choose(text, domestic=domestic)
    decode = encodings.decode_gsm7 if encoding == "gsm7" else encodings.decode_ucs2
    return [decode(body) for body in _cut(_encode(text, encoding), encoding)]


def segments(text: str, *, domestic: bool, reference: int) -> list[bytes]:
    """Payloads ready to submit, GSM-7 unpacked; more than one begin with a header (UDHI).

    `reference` is one octet: a 16-bit one would take a character from every part, and parts
    are billed by 67 and 153.
    """
    encoding = _choose(text, domestic=domestic)
    bodies = _cut(_encode(text, encoding), encoding)
    total = len(bodies)
    if total == 1:
        return bodies
    if total > MOST_PARTS:
        raise ValueError(f"{total} parts do not fit in one message")
    return [
        bytes((0x05, 0x00, 0x03, reference, total, sequence)) + body
        for sequence, body in enumerate(bodies, start=1)
    ]


def _choose(text: str, *, domestic: bool) -> Encoding:
    # Mainland carriers count every character as one, whatever its alphabet.
    return "ucs2" if domestic or not encodings.is_gsm7(text) else "gsm7"


def _encode(text: str, encoding: Encoding) -> bytes:
    return encodings.encode_gsm7(text) if encoding == "gsm7" else encodings.encode_ucs2(text)


def _cut(payload: bytes, encoding: Encoding) -> list[bytes]:
    """Fill each part as far as it goes, so emoji and € may need more parts than a division says."""
    if len(payload) <= _ALONE[encoding]:
        return [payload]
    bodies = []
    start = 0
    while start < len(payload):
        end = start + _JOINED[encoding]
        if end < len(payload) and _is_inside_pair(payload, end, encoding):
            end -= _UNIT[encoding]
        bodies.append(payload[start:end])
        start = end
    return bodies


def _is_inside_pair(payload: bytes, cut: int, encoding: Encoding) -> bool:
    if encoding == "gsm7":
        return payload[cut - 1] == ord(encodings.ESCAPE)
    return payload[cut] & 0xFC == 0xDC  # a low surrogate would begin the next part
