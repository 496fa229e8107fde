"""A text as a filter of words reads it: whatever an evader varies is taken away.

One character becomes none, one or a few, whatever stands beside it; so a place in the folded text
leads back to a place in the original.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Stands for what no word may reach across, such as a variable.
GAP: Final = "\ue000"

_MOST_KEPT: Final = 20_000
# Spaces, punctuation, symbols; controls, invisible marks, and halves of surrogate pairs.
_DROPPED: Final = ("Z", "P", "S", "Cc", "Cf", "Cs")
# Accents, enclosures, variation selectors. Other marks are vowels.
_MARKS: Final = re.compile("[\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f\U000e0100-\U000e01ef]")

# Letters that look like Latin ones, by what casefold makes of them.
_LOOK_ALIKES: Final = dict(
    zip("аеорсхуіѕјһԁԛԝкмтнвгбαορνικτυχεηγω", "aeopcxyisjhdqwkmthbrbaopviktuxenyw", strict=True)
)
# Written for how it sounds or looks; as long as what is meant, so that every place stays.
_SOUNDS: Final = {
    "威信": "微信",
    "薇信": "微信",
    "溦信": "微信",
    "徽信": "微信",
    "v信": "微信",
    "扣扣": "qq",
    "叩叩": "qq",
    "抠抠": "qq",
    "发漂": "发票",
    "发嫖": "发票",
    "髪票": "发票",
    "法票": "发票",
    "代款": "贷款",
    "贷宽": "贷款",
    "待款": "贷款",
    "刷弹": "刷单",
    "唰单": "刷单",
    "裸廖": "裸聊",
    "果聊": "裸聊",
    "棋排": "棋牌",
    "祺牌": "棋牌",
}
_SOUNDING: Final = re.compile("|".join(_SOUNDS))


def _read_traditional() -> dict[str, str]:
    lines = Path(__file__).with_name("traditional.txt").read_text("utf-8").splitlines()
    pairs = "".join(line for line in lines if not line.startswith("#"))
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


_SIMPLIFIED: Final = _read_traditional()


@dataclass(frozen=True, slots=True)
class Folded:
    """`places[n]` is where the original has what became character n."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Of the original, for a span of the folded text that is not empty."""
        return self.places[start], self.places[end - 1] + 1


def fold(text: str) -> str:
    return _by_sound(text.translate(_FOLDS))


def fold_with_places(text: str) -> Folded:
    pieces = [_FOLDS[ord(char)] for char in text]
    places = tuple(index for index, piece in enumerate(pieces) for _char in piece)
    return Folded(_by_sound("".join(pieces)), places)


def is_traditional(char: str) -> bool:
    """No character of simplified Chinese, while a simplified one stands for it."""
    return char in _SIMPLIFIED and not _is_in_gb2312(char)


def _is_in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _by_sound(folded: str) -> str:
    return _SOUNDING.sub(lambda found: _SOUNDS[found[0]], folded)


class _Folds(dict[int, str]):
    """By code point, worked out when first met."""

    def __missing__(self, code: int) -> str:
        folded = _fold_one(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = folded
        return folded


def _fold_one(char: str) -> str:
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", char)).casefold()
    kept = (one for one in plain if not unicodedata.category(one).startswith(_DROPPED))
    return "".join(_LOOK_ALIKES.get(one) or _SIMPLIFIED.get(one, one) for one in kept)


_FOLDS: Final = _Folds()
