"""What may be said where, as data: the rules of mainland China, and those of everywhere else.

Sources: the template and signature rules that Aliyun, Huawei Cloud and Tencent Cloud publish, and
what China's three operators demand of the links and numbers in a text. A country with rules of its
own gets a pack of its own here, and nothing else changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from smsplatform.core.text import links
from templates_app.models import Market, MessageClass


class Level(StrEnum):
    """An error is not sent to review; a warning is shown to the reviewer too."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Words:
    """Words that a class must not carry. `code` names the finding."""

    code: str
    level: Level
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassRules:
    """`code_words`: one of them must stand there, none if empty. `codes`: how many variables of a
    code type, None for any. `numbers` are the kinds that may be named."""

    code_words: tuple[str, ...] = ()
    codes: int | None = None
    most_variables: int = 20
    may_link: bool = True
    numbers: frozenset[str] = frozenset()
    most_numbers: int = 0
    # One of them must stand in a text to which nothing is appended; the first is what we propose.
    opt_outs: tuple[str, ...] = ()
    is_opt_out_last: bool = False
    unwanted: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureRules:
    shortest: int
    longest: int
    # A class of characters, as a regular expression has it between brackets.
    characters: str
    unwanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    market: str
    types: frozenset[str]
    code_types: frozenset[str]
    classes: Mapping[str, ClassRules]
    signature: SignatureRules
    # A class of characters; empty for whatever can be printed.
    characters: str = ""
    is_simplified: bool = False
    # Where a text of this market goes; empty for anywhere else.
    country: str = ""
    # In which its texts are written, unless their author says otherwise.
    locale: str = "en"
    longest_body: int = 500
    longest_name: int = 30
    longest_remark: int = 100
    most_parts: int = 10
    fewest_fixed: int = 2
    most_links: int = 3
    may_repeat_variables: bool = True
    # In a link a variable is the last thing, and of one of these types.
    link_types: frozenset[str] = frozenset()
    unbound: Level = Level.ERROR
    operators: tuple[str, ...] = ()


_PLAIN = frozenset(
    ("number", "tracking", "pickup", "amount", "time", "phone", "email", "name", "company")
) | {"address", "text"}

_ZH_CODES = ("验证码", "注册码", "校验码", "动态码")
ZH_OPT_OUTS = ("拒收请回复R", "退订回R", "拒收回R", "回R退订", "退订回T", "回T退订", "回TD退订")
_ZH_OPT_OUT_MARKS = ("退订", "拒收", "回复TD", "回T", "回N")
_ZH_MARKETING = (
    *("促销", "打折", "折扣", "特价", "特惠", "秒杀", "抢购", "满减", "立减", "优惠券", "代金券"),
    *("抽奖", "大促", "拼团", "红包", "清仓", "赠品", "买一送一", "低至", "钜惠", "狂欢"),
)
_ZH_CONTACTS = ("加微信", "微信号", "加群", "进群", "入群", "QQ", "公众号", "加好友", "扫码关注")
_EN_OPT_OUTS = ("STOP", "unsubscribe", "opt out", "opt-out", "退订", "拒收请回复R")
_EN_MARKETING = ("% off", "discount", "sale ends", "special offer", "buy now", "promo code")

_CHINA_NUMBERS = frozenset((links.HOTLINE, links.SERVICE, links.LANDLINE))
_ALL_NUMBERS = _CHINA_NUMBERS | {links.MOBILE, links.FOREIGN}

CHINA = Rules(
    market=Market.CHINA,
    types=_PLAIN | {"code", "code_alnum", "plate"},
    code_types=frozenset(("code", "code_alnum")),
    # ASCII without ^ and `, the ideographs, and the punctuation of Chinese texts.
    characters=r"\n !-\]_a-~一-鿿㐀-䶿，。、；：？！…—·‘’“”（）《》〈〉％～【】",
    is_simplified=True,
    country="CN",
    locale="zh-Hans",
    may_repeat_variables=False,
    operators=("mobile", "unicom", "telecom", "broadnet"),
    classes=MappingProxyType(
        {
            MessageClass.VERIFICATION.value: ClassRules(
                code_words=_ZH_CODES,
                codes=1,
                most_variables=1,
                may_link=False,
                unwanted=(
                    Words("opt_out_unwanted", Level.ERROR, _ZH_OPT_OUT_MARKS),
                    Words("marketing_unwanted", Level.ERROR, _ZH_MARKETING),
                    Words("contact_unwanted", Level.ERROR, _ZH_CONTACTS),
                ),
            ),
            MessageClass.NOTICE.value: ClassRules(
                numbers=_CHINA_NUMBERS,
                most_numbers=2,
                unwanted=(
                    Words("opt_out_unwanted", Level.ERROR, _ZH_OPT_OUT_MARKS),
                    Words("marketing_unwanted", Level.ERROR, _ZH_MARKETING),
                    Words("contact_unwanted", Level.WARNING, _ZH_CONTACTS),
                ),
            ),
            MessageClass.MARKETING.value: ClassRules(
                numbers=_CHINA_NUMBERS,
                most_numbers=2,
                opt_outs=ZH_OPT_OUTS,
                is_opt_out_last=True,
                unwanted=(Words("contact_unwanted", Level.WARNING, _ZH_CONTACTS),),
            ),
        }
    ),
    signature=SignatureRules(
        shortest=2, longest=12, characters="0-9A-Za-z一-鿿㐀-䶿", unwanted=("test", "测试")
    ),
)

INTERNATIONAL = Rules(
    market=Market.INTERNATIONAL,
    types=_PLAIN | {"code", "code_alnum", "code_long", "link_param"},
    code_types=frozenset(("code", "code_alnum", "code_long")),
    link_types=frozenset(("link_param",)),
    unbound=Level.WARNING,
    classes=MappingProxyType(
        {
            MessageClass.VERIFICATION.value: ClassRules(
                code_words=(*_ZH_CODES, "code", "PIN", "password", "passcode", "OTP", "token"),
                codes=1,
                may_link=False,
                unwanted=(Words("marketing_unwanted", Level.ERROR, _EN_MARKETING),),
            ),
            MessageClass.NOTICE.value: ClassRules(
                numbers=_ALL_NUMBERS,
                most_numbers=3,
                unwanted=(Words("marketing_unwanted", Level.WARNING, _EN_MARKETING),),
            ),
            MessageClass.MARKETING.value: ClassRules(
                numbers=_ALL_NUMBERS, most_numbers=3, opt_outs=_EN_OPT_OUTS
            ),
        }
    ),
    signature=SignatureRules(
        shortest=2, longest=15, characters=r"\w &.'-", unwanted=("test", "测试")
    ),
)

_PACKS = {rules.market: rules for rules in (CHINA, INTERNATIONAL)}
MARKETS = tuple(_PACKS)


def of(market: str) -> Rules:
    return _PACKS[market]


def market_of(country: str) -> str:
    """Where a customer of that country writes to, unless they say otherwise."""
    return Market.CHINA.value if country == "CN" else Market.INTERNATIONAL.value
