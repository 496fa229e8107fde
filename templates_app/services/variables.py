"""The types of variables: what a value may be, how wide it can get, and what stands for it.

A type is data. The linter, the preview and every send read the same table.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from smsplatform.core.text import links

# No link and no second signature: those are what reviewers look for in the fixed text. Nothing
# that is invisible, and no emoji, which would double the price of a whole message.
_FORBIDDEN = (
    "【】\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ue000-\uf8ff"
)
_EMOJI_PLANES = "\U00010000-\U0010ffff"
# All but the ideographs that rare names are written with.
_EMOJI_PLANES_OF_NAMES = "\U00010000-\U0001ffff\U00034000-\U0010ffff"


@dataclass(frozen=True, slots=True)
class VariableType:
    """`sample` stands for a value in a preview; none takes more room than `longest`."""

    label: Promise | str
    pattern: re.Pattern[str]
    hint: Promise | str
    sample: str
    longest: str

    @property
    def may_make_link(self) -> bool:
        """Letters beside a dot become an address."""
        return self.pattern.fullmatch("info") is not None


def _words(most: int, planes: str = _EMOJI_PLANES) -> re.Pattern[str]:
    return re.compile(
        rf"(?=.{{1,{most}}}\Z)(?=.*\S)(?!.*(?:{links.MARKS}))[^{_FORBIDDEN}{planes}]+",
        re.IGNORECASE,
    )


_DIGITS = "零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖"
_UNITS = "十百千万亿拾佰仟元角分整"

TYPES: dict[str, VariableType] = {
    "code": VariableType(
        _("code of digits"), re.compile(r"[0-9]{4,6}"), _("4 to 6 digits"), "482913", "482913"
    ),
    "code_alnum": VariableType(
        _("code of letters and digits"),
        re.compile(r"[0-9A-Za-z]{4,6}"),
        _("4 to 6 letters or digits"),
        "A4829C",
        "A4829C",
    ),
    "code_long": VariableType(
        _("long code"),
        re.compile(r"[0-9A-Za-z]{4,10}"),
        _("4 to 10 letters or digits"),
        "48291307",
        "A48291307C",
    ),
    "number": VariableType(
        _("number of an order or document"),
        re.compile(r"[0-9A-Za-z-]{1,35}"),
        _("1 to 35 letters, digits or -"),
        "A-1024",
        "A" * 35,
    ),
    "tracking": VariableType(
        _("tracking number"),
        re.compile(r"[0-9A-Za-z-]{6,32}"),
        _("6 to 32 letters, digits or -"),
        "SF1380013800138",
        "S" * 32,
    ),
    "pickup": VariableType(
        _("pick-up code"),
        re.compile(r"[0-9A-Za-z-]{1,12}"),
        _("1 to 12 letters, digits or -"),
        "8-2-1024",
        "8" * 12,
    ),
    "plate": VariableType(
        _("number plate"),
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
            r"[A-Z][A-Z0-9]{4,5}[A-Z0-9挂学警港澳使领]"
        ),
        _("a Chinese number plate, like 京A12345"),
        "京A12345",
        "京AD12345",
    ),
    "amount": VariableType(
        _("amount"),
        re.compile(rf"[0-9]{{1,12}}(\.[0-9]{{1,4}})?|[{_DIGITS}{_UNITS}]{{1,20}}"),
        _("a plain number without a currency sign"),
        "99.00",
        "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
    ),
    "time": VariableType(
        _("date or time"),
        re.compile(r"[0-9:/.年月日时分秒上下午 -]{2,25}"),
        _("a date or a time, like 2026-05-01 09:30"),
        "2026-12-01 09:30",
        "2026年12月31日 - 2027年12月31日",
    ),
    "phone": VariableType(
        _("telephone number"),
        re.compile(r"(?=.{5,16}\Z)\+?[0-9]+(?:-[0-9]+)*"),
        _("a telephone number"),
        "13800138000",
        "+123456789012345",
    ),
    "email": VariableType(
        _("e-mail address"),
        re.compile(r"(?=.{5,50}\Z)[0-9A-Za-z._+-]+@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+"),
        _("an e-mail address of up to 50 characters"),
        "lin@example.com",
        "x" * 38 + "@example.com",
    ),
    "link_param": VariableType(
        _("end of a link"),
        re.compile(r"[0-9A-Za-z_-]{1,32}"),
        _("1 to 32 letters, digits, - or _"),
        "x7Kd2",
        "x" * 32,
    ),
    "name": VariableType(
        _("name of a person"),
        _words(20, _EMOJI_PLANES_OF_NAMES),
        _("1 to 20 characters without links, line breaks, emoji or 【】"),
        "林云",
        "𠮷" * 20,
    ),
    "company": VariableType(
        _("name of a company"),
        _words(35),
        _("1 to 35 characters without links, line breaks, emoji or 【】"),
        "云帆商城",
        "云" * 35,
    ),
    "address": VariableType(
        _("address"),
        _words(35),
        _("1 to 35 characters without links, line breaks, emoji or 【】"),
        "上海市浦东新区世纪大道1号",
        "云" * 35,
    ),
    "text": VariableType(
        _("other text"),
        _words(35),
        _("1 to 35 characters without links, line breaks, emoji or 【】"),
        "Lin",
        "云" * 35,
    ),
}


def samples(variables: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Raises LookupError for an unknown type."""
    return {name: TYPES[kind].sample for name, kind in variables}


def longest(variables: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Raises LookupError for an unknown type."""
    return {name: TYPES[kind].longest for name, kind in variables}
