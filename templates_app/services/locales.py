"""Which of a template's languages a recipient reads.

1. What the send names: that very text, else one of the same language and script (en for en-GB).
2. Where it names none: the first official language of the recipient's country, by how many speak
   it, in which there is a text.
3. Else the template's main language.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from django.utils.translation import get_language, to_locale

# Those that an editor offers; any other that the Unicode consortium knows may be named by API.
OFFERED = (
    *("zh-Hans", "zh-Hant", "en", "ja", "ko", "vi", "th", "id", "ms", "fil", "hi", "ar", "fa"),
    *("tr", "ru", "uk", "kk", "de", "fr", "es", "pt", "it", "nl", "pl", "cs", "sv", "el", "he"),
)
_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_OFFICIAL = ("official", "de_facto_official")

T = TypeVar("T")


def is_known(tag: str) -> bool:
    try:
        return bool(_TAG.fullmatch(tag) and Locale.parse(tag, sep="-"))
    except UnknownLocaleError:
        return False


def is_tag(text: str) -> bool:
    """Right in shape, though perhaps of no language."""
    return _TAG.fullmatch(text) is not None


def name(tag: str) -> str:
    """In the reader's language."""
    reader = Locale.parse(to_locale(get_language() or "en"))
    return Locale.parse(tag, sep="-").get_display_name(reader) or tag


def choose(texts: Mapping[str, T], *, wanted: str, country: str) -> T | None:
    """None where the main language has to do."""
    if wanted in texts:
        return texts[wanted]
    by_language = {language(tag): text for tag, text in reversed([*texts.items()])}
    asked = [language(wanted)] if wanted else languages_of(country)
    return next((by_language[one] for one in asked if one in by_language), None)


@cache
def languages_of(country: str) -> Sequence[str]:
    """The official ones, the most spoken first."""
    spoken = get_global("territory_languages").get(country, {})
    official = [tag for tag, facts in spoken.items() if facts["official_status"] in _OFFICIAL]
    official.sort(key=lambda tag: -spoken[tag]["population_percent"])
    return [language(f"{tag.replace('_', '-')}-{country}") for tag in official]


@cache
def language(tag: str) -> str:
    """With its script, wherever it is spoken: zh-TW is zh-Hant."""
    first, *more = tag.split("-")
    script = next((piece for piece in more if len(piece) == 4), "")
    if not script:
        likely: Mapping[str, str] = get_global("likely_subtags")
        found = likely.get("_".join((first, *more[-1:]))) or likely.get(first, "")
        script = "".join(found.split("_")[1:2])
    return f"{first}-{script}"
