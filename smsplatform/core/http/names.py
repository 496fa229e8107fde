"""Which host names may be called at all, before any DNS is asked."""

import re
import unicodedata
from encodings import idna

from smsplatform.core.http.errors import UrlRefused

INTERNAL_ENDINGS = frozenset(
    {"arpa", "corp", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost"}
    | {"onion", "private"}
)

# Scripts that are written together in one word: Chinese, Japanese and Korean brand names.
WRITTEN_TOGETHER = frozenset(
    {"LATIN", "CJK", "IDEOGRAPHIC", "BOPOMOFO", "HANGUL"}
    | {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}
)

# Cyrillic, Greek and Armenian letters a reviewer reads as ASCII. A label of nothing else is a trap.
ASCII_LOOK_ALIKES = frozenset(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u051d\u0445\u0443"
    "\u044a\u044c\u04bd\u043f\u0433\u0475\u0461\u043a\u043c\u0442\u0432\u043d"
    "\u03b1\u03b9\u03ba\u03bd\u03c1\u03c5\u03c9\u03b7\u03bf\u03c4\u03c7\u03f2\u03f3"
    "\u0561\u0563\u0566\u0570\u0578\u057d\u0581\u0585"
)

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def to_ascii(host: str) -> str:
    """The name DNS is asked for. Refused rather than mapped: a name that would become another."""
    return ".".join(_label_to_ascii(label) for label in host.split("."))


def looks_numeric(host: str) -> bool:
    """Would some C library read it as IPv4? `2130706433`, `0x7f.1`, `127.1`, `0177.0.0.1`."""
    return NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def check_name(host: str) -> None:
    """`host` comes from `to_ascii`. A trailing dot is refused: it names the same host twice."""
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("url_host", "The host name is not valid.")
    if len(labels) == 1 or labels[-1] in INTERNAL_ENDINGS:
        raise UrlRefused("url_host", "The host name is not a public one.")
    for label in labels:
        _check_is_no_look_alike(label)


def _label_to_ascii(label: str) -> str:
    plain = label.lower()
    if label.isascii():
        return plain
    try:
        encoded = idna.ToASCII(plain).decode("ascii")
    except UnicodeError:
        encoded = ""
    # Full-width letters, circled digits and ligatures are mapped to ASCII on the way: they do not
    # survive the return. Nor do dots of other scripts, which some parsers take for separators.
    if not encoded.startswith("xn--") or _decoded(encoded) != plain:
        raise UrlRefused("url_host", "The host name is not spelled in its plain form.")
    return encoded


def _check_is_no_look_alike(label: str) -> None:
    if not label.startswith("xn--"):
        return
    text = _decoded(label)
    is_plain = unicodedata.normalize("NFKC", text) == text and not text.isascii()
    if not is_plain or not all(_is_name_character(character) for character in text):
        raise UrlRefused("url_host", "The host name is not valid.")
    scripts = {_script(character) for character in text if character not in "-0123456789"}
    if len(scripts) > 1 and not scripts <= WRITTEN_TOGETHER:
        raise UrlRefused("url_host", "The host name mixes alphabets.")
    if set(text) - set("-0123456789") <= ASCII_LOOK_ALIKES:
        raise UrlRefused("url_host", "The host name imitates another one.")


def _decoded(label: str) -> str:
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return ""


def _is_name_character(character: str) -> bool:
    return character == "-" or unicodedata.category(character)[0] in "LM" or character.isdecimal()


def _script(character: str) -> str:
    """The first word of its Unicode name: LATIN, CYRILLIC, CJK, HANGUL."""
    return unicodedata.name(character, "UNNAMED").partition(" ")[0]
