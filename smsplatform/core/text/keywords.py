"""Words that a recipient answers with, and what each asks for.

A word counts only as the whole text: "STOP" ends it, "please don't stop" does not. Case, full or
half width, space and punctuation around it do not matter, for people write as they like.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Meaning(StrEnum):
    STOP = "stop"
    # Of everything that this sender sends, verification codes too.
    STOP_ALL = "stop_all"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Words:
    """`countries` is where the recipient's number is from; empty is everywhere."""

    meaning: Meaning
    language: str
    words: str
    source: str
    countries: str = ""


_INDUSTRY: Final = (
    "the default keywords of Twilio and of CTIA's Messaging Principles; the FCC's rule on revoking"
    " consent (47 CFR 64.1200(a)(10)) adds OPTOUT and REVOKE"
)
_CANADA: Final = "the Canadian short code guidelines: French beside English"
_CHINA: Final = (
    "what the three operators' access rules and the large platforms of mainland China obey as a"
    " refusal, at the end of advertisements as 拒收请回复R"
)
_OURS: Final = "our own choice, so that a way out has a way back"

TABLE: Final = (
    Words(Meaning.STOP, "en", "stop unsubscribe cancel end quit optout opt-out", _INDUSTRY),
    Words(Meaning.STOP_ALL, "en", "stopall revoke", _INDUSTRY),
    Words(Meaning.START, "en", "start unstop", _INDUSTRY),
    Words(Meaning.HELP, "en", "help info", _INDUSTRY),
    Words(Meaning.STOP, "fr", "arret arrêt", _CANADA, "CA"),
    Words(Meaning.HELP, "fr", "aide", _CANADA, "CA"),
    Words(Meaning.STOP, "zh", "r t td tn n 退订 拒收", _CHINA, "CN"),
    Words(Meaning.STOP, "zh", "退訂 拒收 取消訂閱", _OURS, "HK MO TW"),
    Words(Meaning.STOP_ALL, "zh", "全部退订 全部拒收", _OURS, "CN"),
    Words(Meaning.START, "zh", "恢复 恢复订阅", _OURS, "CN"),
    Words(Meaning.HELP, "zh", "帮助", _OURS, "CN"),
)

# Longer than any word of the table.
LONGEST: Final = 30
_SPACE: Final = re.compile(r"\s+")
_AROUND: Final = ("Z", "P", "Cc", "Cf")


def _entries() -> Iterator[tuple[tuple[str, str], Meaning]]:
    for row in TABLE:
        for country in row.countries.split() or [""]:
            for word in row.words.split():
                yield (country, word), row.meaning


_MEANINGS: Final = dict(_entries())


def normalised(text: str) -> str:
    """As the table writes its words. Nothing inside a text is taken away but repeated space."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    start, end = 0, len(plain)
    while start < end and _is_around(plain[start]):
        start += 1
    while end > start and _is_around(plain[end - 1]):
        end -= 1
    return _SPACE.sub(" ", plain[start:end])


def meaning(text: str, *, country: str) -> Meaning | None:
    """None for a text that is no such word."""
    # A text is cut before it is looked at: nobody may make us normalise a novel.
    if len(text) > 4 * LONGEST:
        return None
    word = normalised(text)
    return _MEANINGS.get((country, word)) or _MEANINGS.get(("", word))


def _is_around(char: str) -> bool:
    return unicodedata.category(char).startswith(_AROUND)
