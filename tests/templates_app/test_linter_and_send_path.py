"""The linter never crashes, and never disagrees with what happens when a message is sent."""

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smsplatform.core.text import parts
from templates_app.models import MessageClass
from templates_app.services import composing, rendering, tails, variables
from templates_app.services.findings import errors
from templates_app.services.linting import Wording, lint
from templates_app.services.packs import CHINA, INTERNATIONAL

# Fragments that rules look for, among everything else that can be typed.
FRAGMENTS = [
    *(
        "${code}",
        "${name}",
        "${",
        "}",
        "${1}",
        "{{name}}",
        "【",
        "】",
        "[",
        "]",
        "验证码",
        "退订回T",
    ),
    *("www.", "x.cn", "https://", "t.cn/a", "13800138000", "400-800-8000", "拒收请回复R", " "),
    *("訂", "★", "😀", "\u200b", "\ud800", "\x00", "\n", "促销", "QQ", "a", "1", ".", "code"),
    *(
        "您的验证码是${code}，5分钟内有效。",
        "${name}您好，",
        "订单${order}已发出。",
        "会员日八折。",
    ),
]
SPICE = st.sampled_from(FRAGMENTS)
ANY_CHARACTER = st.characters(exclude_categories=())
BODIES = st.lists(SPICE | st.text(ANY_CHARACTER, max_size=20), max_size=12).map("".join)
NAMES = st.sampled_from(["code", "name", "a", "1st", ""]) | st.text(ANY_CHARACTER, max_size=8)
KINDS = st.sampled_from([*variables.TYPES, "colour", ""])
DECLARED = st.lists(st.tuples(NAMES, KINDS), max_size=4).map(tuple)
CLASSES = st.sampled_from([*MessageClass.values, "spam"])
RULES = st.sampled_from([CHINA, INTERNATIONAL])
TAIL = tails.make("拒收请回复R", "退订回T")
TAILS = st.sampled_from([None, TAIL])


def try_to_send(wording, rules, values):
    """As a send does: None where it is refused."""
    try:
        compiled = rendering.compiled(wording.body, wording.variables)
        text = rendering.render(compiled, values(wording.variables))
        count = composing.compose(
            text, signature="云帆", country=rules.country, tail=wording.tail
        ).counted.count
    except (LookupError, rendering.RenderingError, UnicodeEncodeError):
        return None
    return text if count <= rules.most_parts else None


@settings(max_examples=500, deadline=None)
@given(BODIES, DECLARED, CLASSES, RULES, TAILS)
@example("${a}您好", (("a", "colour"),), "notice", CHINA, None)
def test_what_passes_can_be_sent_and_what_cannot_be_sent_was_flagged(
    body, declared, kind, rules, tail
):
    agree(Wording(kind, body, declared, tail=tail), rules)


@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_more_agree_too(seed):
    """Plainly by chance: that costs a twentieth, and what is found above is also made small."""
    dice = Random(seed)  # noqa: S311 - chance that repeats
    fine = sum(agree(*thrown(dice)) for _count in range(1_000))

    assert 10 < fine < 900


def agree(wording, rules):
    """Whether it passed."""
    found = lint(wording, rules)
    for one in found:
        assert 0 <= one.start <= one.end <= len(wording.body)
        assert one.sentence()
    if errors(found):
        return False
    for values in (variables.samples, variables.longest):
        text = try_to_send(wording, rules, values)
        assert text is not None, wording
        assert "${" not in text
    return True


def thrown(dice):
    """A body of fragments and any characters; most of its variables are declared, some more too."""
    pieces = [
        dice.choice(FRAGMENTS) if dice.random() < 0.6 else any_text(dice)
        for _piece in range(dice.randrange(12))
    ]
    body = "".join(pieces)
    named = [place[1] for place in rendering.PLACEHOLDER.finditer(body)]
    names = [*dict.fromkeys(named), *([any_text(dice)] if dice.random() < 0.1 else [])]
    kinds = [*variables.TYPES, *(["colour"] if dice.random() < 0.1 else [])]
    declared = tuple((name, dice.choice(kinds)) for name in names if dice.random() < 0.95)
    kind = dice.choice(["spam", *MessageClass.values * 5])
    tail = dice.choice([None, TAIL])
    return Wording(kind, body, declared, tail=tail), dice.choice([CHINA, INTERNATIONAL])


def any_text(dice):
    """Of every plane, halves of surrogate pairs too, and mostly what people type."""
    plane = dice.choice(
        [(0x20, 0x7F), (0x4E00, 0x9FFF), (0x4E00, 0x9FFF), (0, 0xFFFF), (0, 0x10FFFF)]
    )
    return "".join(chr(dice.randint(*plane)) for _char in range(dice.randrange(12)))


@pytest.mark.parametrize("kind", variables.TYPES)
@settings(deadline=None)
@given(st.data(), RULES)
def test_no_value_takes_more_room_than_the_longest(kind, data, rules):
    known = variables.TYPES[kind]
    alike = st.sampled_from([*known.sample, *known.longest, "云", "𠮷", "😀", "€"])
    value = data.draw(st.text(alike, min_size=1, max_size=60))

    def room(text):
        return parts.count("云" * 60 + text, domestic=rules.country == composing.DOMESTIC).units

    if known.pattern.fullmatch(value):
        assert room(value) <= room(known.longest)


def test_every_type_has_values_that_its_own_pattern_takes():
    for known in variables.TYPES.values():
        assert known.pattern.fullmatch(known.sample)
        assert known.pattern.fullmatch(known.longest)
        assert str(known.label)
