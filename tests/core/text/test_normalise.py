"""What an evader varies is taken away, and every place leads back."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsplatform.core.text import normalise

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "发 票",
            "发　票",
            "发*票",
            "发.票",
            "发-票",
            "发_票",
            "发|票",
            "发·票",
            "发~票",
            "发，票",
        ),
        *("發票", "發 票", "发\u200b票", "发\ufeff票", "发\u2060票", "发\u0336票\u0336", "发\n票"),
        *("发漂", "「发」票", "发\ud800票", "⟦发⟧票"),
    ],
)
def test_a_word_is_found_however_it_is_written(written):
    assert normalise.fold(written) == "发票"


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("ＦＡ ｐｉａｏ", "fapiao"),
        ("fарiао", "fapiao"),  # three of the letters are Cyrillic
        ("ƒ", "ƒ"),
        ("Ｑ Ｑ", "qq"),
        ("ⓆⓆ", "qq"),
        ("𝐐𝟏", "q1"),
        ("café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("①②㊀", "12一"),
        ("⼝袋", "口袋"),
        ("加 威 信", "加微信"),
        ("加Ｖ信", "加微信"),
        ("扣扣", "qq"),
        ("臺灣", "台湾"),
        ("㎡", "m2"),
    ],
)
def test_look_alikes_become_what_they_look_like(written, plain):
    assert normalise.fold(written) == plain


def test_what_is_left_says_where_it_stood():
    folded = normalise.fold_with_places("请加 威-信：㎡")

    assert folded.text == "请加微信m2"
    assert folded.span(2, 4) == (3, 6)
    assert folded.span(4, 6) == (7, 8)


@given(ANY_TEXT)
def test_both_ways_of_folding_agree_and_every_place_exists(text):
    folded = normalise.fold_with_places(text)

    assert folded.text == normalise.fold(text)
    assert len(folded.places) == len(folded.text)
    assert list(folded.places) == sorted(folded.places)
    assert all(0 <= place < len(text) for place in folded.places)


@given(ANY_TEXT)
def test_nothing_is_left_to_take_away(text):
    once = normalise.fold(text)

    assert not any(unicodedata.category(char)[0] in "ZP" for char in once)


def test_traditional_characters_are_told_from_simplified_ones():
    assert [char for char in "验证码發票云体體后" if normalise.is_traditional(char)] == ["發", "體"]
