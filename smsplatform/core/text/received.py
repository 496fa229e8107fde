"""What a phone wrote, as text: strangers' bytes never fail, and always fit into a database."""

from typing import Final

from smsplatform.core.text import encodings

GSM7: Final = "gsm7"
UCS2: Final = "ucs2"
LATIN1: Final = "latin1"
GB18030: Final = "gb18030"
UTF8: Final = "utf8"


def read(content: bytes, alphabet: str) -> str:
    """What the alphabet cannot read becomes U+FFFD. Join the parts of a long message first."""
    return storable(_decode(content, alphabet))


def storable(text: str) -> str:
    """Without NUL, which PostgreSQL refuses; with half surrogates replaced."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _decode(content: bytes, alphabet: str) -> str:
    if alphabet == UCS2:
        return content.decode("utf-16-be", "replace")
    if alphabet == GSM7 and content.isascii():
        return encodings.decode_gsm7(content)
    if alphabet in (GB18030, UTF8):
        return content.decode(alphabet, "replace")
    return content.decode("latin-1")
