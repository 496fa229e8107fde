"""The linter never crashes, and never disagrees with what happens when a message is sent."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smsplatform.core.text import parts
from templates_app.models import MessageClass
from templates_app.services import rendering, variables
from templates_app.services.findings import errors
from templates_app.services.linting import Wording, lint
from templates_app.services.packs import CHINA, INTERNATIONAL

# Fragments that rules look for, among everything else that can be typed.
SPICE = st.sampled_from(
    [
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
    ]
)
ANY_CHARACTER = st.characters(exclude_categories=())
BODIES = st.lists(SPICE | st.text(ANY_CHARACTER, max_size=20), max_size=12).map("".join)
NAMES = st.sampled_from(["code", "name", "a", "1st", ""]) | st.text(ANY_CHARACTER, max_size=8)
KINDS = st.sampled_from([*variables.TYPES, "colour", ""])
DECLARED = st.lists(st.tuples(NAMES, KINDS), max_size=4).map(tuple)
CLASSES = st.sampled_from([*MessageClass.values, "spam"])
RULES = st.sampled_from([CHINA, INTERNATIONAL])


def try_to_send(wording, rules, values):
    """As a send does: None where it is refused."""
    try:
        compiled = rendering.compiled(wording.body, wording.variables)
        text = rendering.render(compiled, values(wording.variables))
        count = parts.count(rules.before("云帆") + text, domestic=rules.is_domestic).count
    except (LookupError, rendering.RenderingError, UnicodeEncodeError):
        return None
    return text if count <= rules.most_parts else None


@settings(max_examples=10_000, deadline=None)
@given(BODIES, DECLARED, CLASSES, RULES)
@example("${a}您好", (("a", "colour"),), "notice", CHINA)
def test_what_passes_can_be_sent_and_what_cannot_be_sent_was_flagged(body, declared, kind, rules):
    wording = Wording(kind, body, declared)

    found = lint(wording, rules)

    for one in found:
        assert 0 <= one.start <= one.end <= len(body)
        assert one.sentence()
    if not errors(found):
        for values in (variables.samples, variables.longest):
            text = try_to_send(wording, rules, values)
            assert text is not None
            assert "${" not in text


@pytest.mark.parametrize("kind", variables.TYPES)
@given(st.data(), RULES)
def test_no_value_takes_more_room_than_the_longest(kind, data, rules):
    known = variables.TYPES[kind]
    alike = st.sampled_from([*known.sample, *known.longest, "云", "𠮷", "😀", "€"])
    value = data.draw(st.text(alike, min_size=1, max_size=60))

    def room(text):
        return parts.count("云" * 60 + text, domestic=rules.is_domestic).units

    if known.pattern.fullmatch(value):
        assert room(value) <= room(known.longest)


def test_every_type_has_values_that_its_own_pattern_takes():
    for known in variables.TYPES.values():
        assert known.pattern.fullmatch(known.sample)
        assert known.pattern.fullmatch(known.longest)
        assert str(known.label)
