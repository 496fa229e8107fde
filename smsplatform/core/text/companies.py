"""Numbers that companies and people are registered under, where a check digit can be computed."""

import re
from datetime import date

# 统一社会信用代码, GB 32100-2015: no I, O, S, V, Z.
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

# 居民身份证, GB 11643-1999.
_IDENTITY_CARD = re.compile(r"[1-9][0-9]{16}[0-9X]")
_IDENTITY_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_IDENTITY_CHECKS = "10X98765432"

_COMPANY_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{1,38}[A-Z0-9]")


def normalise(number: str) -> str:
    """As it is stored: capitals, full-width letters made narrow, no space at the ends."""
    narrow = {ord(wide): ord(wide) - 0xFEE0 for wide in number if "！" <= wide <= "～"}
    return number.translate(narrow).strip().upper()


def is_credit_code(code: str) -> bool:
    """A unified social credit code whose check digit is right."""
    if not _CREDIT_CODE.fullmatch(code):
        return False
    values = [_CREDIT_ALPHABET.index(letter) for letter in code]
    total = sum(value * weight for value, weight in zip(values[:17], _CREDIT_WEIGHTS, strict=True))
    return values[17] == -total % 31


def is_identity_card(number: str) -> bool:
    """A Chinese resident's: the birthday is a day, and the check digit is right."""
    if not _IDENTITY_CARD.fullmatch(number):
        return False
    try:
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(number[:17], _IDENTITY_WEIGHTS, strict=True)
    )
    return number[17] == _IDENTITY_CHECKS[total % 11]


def is_company_number(number: str) -> bool:
    """Of any other country: short, and nothing but letters, digits and what separates them."""
    return bool(_COMPANY_NUMBER.fullmatch(number)) and any(map(str.isdigit, number))
