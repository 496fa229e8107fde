"""Where a text leads its reader: links, and telephone numbers to call."""

import re
from dataclasses import dataclass
from typing import Final

# Without a scheme only these make a domain of two words with a dot between them.
_ENDINGS: Final = (
    "com|cn|net|org|edu|gov|info|biz|top|xyz|vip|shop|site|online|store|club|app|link|live|fun|ltd"
    "|icu|work|tech|mobi|asia|pro|wang|ren|co|io|me|cc|tv|im|ly|gl|gd|gg|to|uk|us|de|fr|jp|kr|hk|tw"
    "|sg|my|au|ru|eu"
)
_HOST: Final = rf"(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,8}}(?:{_ENDINGS})(?![a-z0-9-])"
_ADDRESS: Final = r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9])"
_REST: Final = r"[^\s\"'<>\u2018-\u201d\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*"

_LINK: Final = re.compile(
    rf"(?<![a-z0-9@])(?:https?:|www\.|{_HOST}|{_ADDRESS}){_REST}", re.IGNORECASE
)
# Whether there is one anywhere, quickly, for the patterns of values.
MARKS: Final = (
    rf"https?:|www\.|[a-z0-9]\.(?:{_ENDINGS})(?![a-z0-9-])|(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}"
)
_TRAILING: Final = ".,;:!?)]}"

SHORTENERS: Final = frozenset(
    (
        *("t.cn", "url.cn", "w.url.cn", "dwz.cn", "suo.im", "suo.nz", "u.nu", "dwz.mk", "mrw.so"),
        *("sourl.cn", "reurl.cc", "tb.cn", "m.tb.cn", "t.co", "bit.ly", "goo.gl", "tinyurl.com"),
        *("is.gd", "ow.ly", "rb.gy", "cutt.ly"),
    )
)

MOBILE: Final = "mobile"
HOTLINE: Final = "hotline"
SERVICE: Final = "service"
LANDLINE: Final = "landline"
FOREIGN: Final = "foreign"

# Five digits that begin with 95 or 96 are also an amount, unless a unit follows.
_UNITS: Final = "元角分万千百十条个件名人年月日号点积%％"
_NUMBER: Final = re.compile(
    rf"(?<![0-9A-Za-z.+-])(?:"
    rf"(?P<{MOBILE}>(?:(?:\+|00)?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{{4}}){{2}})"
    rf"|(?P<{HOTLINE}>[48]00[- ]?[0-9]{{3}}[- ]?[0-9]{{4}}|[48]00[- ]?[0-9]{{4}}[- ]?[0-9]{{3}})"
    rf"|(?P<{LANDLINE}>0[1-9][0-9]{{1,2}}[- ]?[0-9]{{7,8}})"
    rf"|(?P<{FOREIGN}>\+[1-9][0-9 -]{{6,17}}[0-9])"
    rf"|(?P<{SERVICE}>9[56][0-9]{{3}}(?![{_UNITS}]))"
    rf")(?![0-9A-Za-z-])"
)


@dataclass(frozen=True, slots=True)
class Found:
    """`kind` is "link", or the kind of a number."""

    kind: str
    text: str
    start: int
    end: int


def links(text: str) -> list[Found]:
    return [_trimmed(found) for found in _LINK.finditer(text)]


def numbers(text: str) -> list[Found]:
    """Of China, and elsewhere those written with a plus."""
    return [
        Found(str(found.lastgroup), found[0], found.start(), found.end())
        for found in _NUMBER.finditer(text)
    ]


def is_short(link: str) -> bool:
    """Behind a service that forwards anywhere."""
    return _bare(link).partition("/")[0] in SHORTENERS


def is_covered(link: str, by: str) -> bool:
    """`by` is a domain, which covers what is below it, or an address, which covers what follows."""
    link, by = _bare(link), _bare(by)
    if "/" in by or not by:
        return bool(by) and (link == by or link.startswith(by.rstrip("/") + "/"))
    host = re.split("[/?#:]", link, maxsplit=1)[0]
    return host == by or host.endswith("." + by)


def is_same_number(one: str, other: str) -> bool:
    return _digits(one) == _digits(other) != ""


def _bare(link: str) -> str:
    return re.sub(r"^(?:https?:)?/*(?:www\.)?", "", link.strip().lower()).rstrip("/")


def _digits(number: str) -> str:
    digits = re.sub("[^0-9]", "", number)
    return re.sub("^(?:00)?86(?=1[3-9][0-9]{9}$)", "", digits)


def _trimmed(found: re.Match[str]) -> Found:
    """Without the full stop of the sentence that it ends."""
    text = found[0].rstrip(_TRAILING)
    return Found("link", text, found.start(), found.start() + len(text))
