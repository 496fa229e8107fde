"""The two alphabets of a short message: GSM 03.38, and UCS-2 as UTF-16BE."""

import re
from typing import Final

ESCAPE: Final = "\x1b"

# The position of a character is its code. ESCAPE holds its place and is no character.
BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ" + ESCAPE + "ÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

EXTENSION: Final = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}

_SEPTETS: Final = {
    **{ord(char): chr(code) for code, char in enumerate(BASIC) if char != ESCAPE},
    **{ord(char): ESCAPE + chr(code) for char, code in EXTENSION.items()},
}
_FOREIGN = re.compile(f"[^{re.escape(''.join(map(chr, _SEPTETS)))}]")
_EXTENDED = re.compile(f"[{re.escape(''.join(EXTENSION))}]")
_ESCAPED = re.compile(f"{ESCAPE}(.?)", re.DOTALL)
_BEHIND_ESCAPE: Final = {BASIC[code]: char for char, code in EXTENSION.items()}


def is_gsm7(text: str) -> bool:
    return _FOREIGN.search(text) is None


def first_non_gsm7(text: str) -> str | None:
    """The character that makes this text UCS-2, to show to its author."""
    found = _FOREIGN.search(text)
    return found[0] if found else None


def septets(text: str) -> int:
    """Only meaningful for a text that is GSM-7."""
    return len(text) + len(_EXTENDED.findall(text))


def encode_gsm7(text: str) -> bytes:
    """Unpacked: one septet per octet, as SMPP and CMPP carry it."""
    foreign = first_non_gsm7(text)
    if foreign is not None:
        raise ValueError(f"U+{ord(foreign):04X} is not in GSM 03.38")
    return text.translate(_SEPTETS).encode("ascii")


def decode_gsm7(data: bytes) -> str:
    """An escape that means nothing reads as 03.38 §6.2.1 asks: the basic character, or a space."""
    text = data.decode("ascii").translate(BASIC)
    return _ESCAPED.sub(_unescape, text) if ESCAPE in text else text


def _unescape(escaped: re.Match[str]) -> str:
    follower = escaped[1]
    if follower in ("", ESCAPE):
        return " "
    return _BEHIND_ESCAPE.get(follower, follower)


def encode_ucs2(text: str) -> bytes:
    return text.encode("utf-16-be")


def decode_ucs2(data: bytes) -> str:
    """Join the parts of a long message first: other senders do split surrogate pairs."""
    return data.decode("utf-16-be")
