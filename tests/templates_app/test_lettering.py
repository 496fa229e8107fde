"""What a signature may look like."""

import pytest

from templates_app.services.lettering import lint
from templates_app.services.packs import CHINA, INTERNATIONAL


def codes(text, rules=CHINA, **more):
    return [one.code for one in lint(text, rules, **more)]


@pytest.mark.parametrize("text", ["云帆商城", "Acme", "云帆2号店", "甲乙", "一" * 12])
def test_a_name_is_a_signature(text):
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("云", "signature_length"),
        ("一" * 13, "signature_length"),
        ("12345", "signature_digits"),
        ("【云帆】", "signature_characters"),
        ("云 帆", "signature_characters"),
        ("云帆!", "signature_characters"),
        ("Ваш", "signature_characters"),
        ("测试签名", "signature_word"),
        ("myTEST", "signature_word"),
        ("雲帆", "character_traditional"),
    ],
)
def test_what_operators_refuse_is_named(text, code):
    assert code in codes(text)


def test_abroad_a_signature_may_have_spaces_and_another_alphabet():
    assert codes("Harbour Lane", INTERNATIONAL) == []
    assert codes("Ваш", INTERNATIONAL) == []
    assert codes(" Lane", INTERNATIONAL) == ["signature_characters"]


def test_a_piece_of_the_registered_name_without_gaps_needs_no_evidence():
    names = ["上海云帆网络科技有限公司"]

    assert codes("云帆网络", names=names) == []
    assert codes("云帆科技", names=names) == ["signature_not_of_name"]
