"""Recipients, read as E.164."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

Code = Literal["number_invalid", "number_not_mobile"]

MESSAGES: Final[dict[Code, str]] = {
    "number_invalid": "This is not a valid phone number.",
    "number_not_mobile": "This number cannot receive messages: it is not a mobile number.",
}

# In the North American plan a mobile number cannot be told from a landline.
MOBILE_TYPES: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})

# E.164 has 15 digits; the rest is room for separators and an international prefix.
LONGEST_INPUT: Final = 40

# The library also reads vanity letters, extensions and the first of several numbers, and would
# send to somebody who was not meant. The invisible marks come along when a number is pasted.
_INVISIBLE: Final = "\u200b-\u200f\u202a-\u202e\u2060\ufeff"
_DIALLED = re.compile(rf"[\d\s+＋().（）．\-‐-―−－{_INVISIBLE}]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number that may receive messages.

    `country` is ISO 3166 alpha-2, or "001" for networks of no country (satellite phones).
    """

    e164: str
    country: str


class NumberError(ValueError):
    """`code` is stable and for machines, `message` is for people."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def parse(raw: str, *, region: str) -> Number:
    """Read what somebody typed; `region` is whose dialling habits a bare number follows."""
    mainland = _MAINLAND_ABROAD.fullmatch(raw) if region != "CN" else _MAINLAND.fullmatch(raw)
    if mainland:
        return Number("+86" + mainland[1], "CN")
    if len(raw) > LONGEST_INPUT:
        raise NumberError("number_invalid", MESSAGES["number_invalid"])
    found = _ask_library(raw, region)
    if isinstance(found, Number):
        return found
    raise NumberError(found, MESSAGES[found])


def _mainland_mobile() -> str:
    """The library's own pattern, so that its updates reach the fast path too."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("CN")
    if metadata is None or metadata.mobile is None:
        raise LookupError("phonenumberslite has lost its metadata of mainland China")
    return f"({metadata.mobile.national_number_pattern})"


# ASCII, because \d alone lets full-width digits through into the E.164 result.
_MAINLAND = re.compile(r"(?:\+?86|0086)?" + _mainland_mobile(), re.ASCII)
# Outside China 86 and 0086 may be the start of a local number.
_MAINLAND_ABROAD = re.compile(r"\+86" + _mainland_mobile(), re.ASCII)


@lru_cache(maxsize=16_384)
def _ask_library(raw: str, region: str) -> Number | Code:
    """Refusals come back as values, because a cache does not keep exceptions."""
    if not _DIALLED.fullmatch(raw):
        return "number_invalid"
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return "number_invalid"
    return _judge(number)


def _judge(number: PhoneNumber) -> Number | Code:
    kind = phonenumbers.number_type(number)
    country = phonenumbers.region_code_for_number(number)
    if kind == PhoneNumberType.UNKNOWN or country is None:
        return "number_invalid"
    if kind not in MOBILE_TYPES:
        return "number_not_mobile"
    return Number(phonenumbers.format_number(number, PhoneNumberFormat.E164), country)


def example(country: str) -> str:
    """A mobile number of that country, as one may write it into an example."""
    number = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    if country == "CN" or number is None:
        return "+8613800138000"
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
