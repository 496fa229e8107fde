"""A template and its parameters become a text, or a reason why not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates_app.services import catalogue, rendering, tails
from templates_app.services.rendering import RenderingError, compiled, render
from templates_app.states import ReviewState
from tests import factories

BODY = "Dear ${name}, your code is ${code}."
TYPES = (("name", "text"), ("code", "code"))


def problem(body=BODY, types=TYPES, **params):
    with pytest.raises(RenderingError) as refusal:
        render(compiled(body, types), params)
    found = refusal.value.problem
    assert found.sentence()
    return found.code, found.field


def test_parameters_stand_where_their_names_stood():
    assert render(compiled(BODY, TYPES), {"name": "李伟", "code": "0042"}) == (
        "Dear 李伟, your code is 0042."
    )


def test_a_name_may_stand_twice_and_a_value_is_never_read_as_a_name():
    template = compiled("${a}${b}${a}", (("a", "text"), ("b", "text")))

    assert render(template, {"a": "${b}", "b": "$"}) == "${b}$${b}"


def test_a_body_without_names_takes_no_parameters():
    assert render(compiled("Sale!", ()), {}) == "Sale!"
    assert problem("Sale!", (), code="1") == ("parameter_surplus", "params.code")


def test_a_missing_parameter_is_told_before_a_surplus_one():
    assert problem(name="Li") == ("parameter_missing", "params.code")
    assert problem(name="Li", kode="1234") == ("parameter_missing", "params.code")
    assert problem(name="Li", code="1234", x="y") == ("parameter_surplus", "params.x")


@pytest.mark.parametrize("value", [1234, None, ["1234"], {"a": "b"}, True, 12.5])
def test_a_value_that_is_no_string_does_not_fit(value):
    assert problem(name="Li", code=value) == ("parameter_invalid", "params.code")


FITTING = {
    "code": ["1234", "000000"],
    "code_alnum": ["a1B2", "ABCDEF"],
    "code_long": ["1234", "A48291307C"],
    "number": ["SF-1234567890", "1"],
    "amount": ["0", "12.5", "999999999999.9999", "一百元整"],
    "time": ["2026-05-01 09:30", "9:30", "5月1日上午"],
    "phone": ["+8613800138000", "400-800-8000"],
    "tracking": ["SF1380013800138", "123456"],
    "pickup": ["8-2-1024", "A"],
    "plate": ["京A12345", "沪AD12345", "粤Z1234港"],
    "email": ["lin@example.com", "a.b+c@mail.example.co.uk"],
    "link_param": ["x7Kd2", "a_b-c"],
    "name": ["林云", "𠮷田", "O'Neil", "Dr. Li", "欧阳·娜娜"],
    "company": ["云帆商城", "Harbour Lane Coffee Ltd"],
    "address": ["上海市浦东新区世纪大道1号"],
    "text": ["a", "x" * 35, "李伟", "a b", "Version 1.5", "می‌خواهم"],
}
UNFITTING = {
    "code": ["", "123", "1234567", "12a4", "１２３４", "1234\n", " 1234"],
    "code_alnum": ["abc", "abcdefg", "ab-d", "验证码码"],
    "code_long": ["abc", "12345678901"],
    "number": ["", "a b", "x" * 36, "é"],
    "amount": ["¥12", "1,000", "-1", "1.", ".5", "1.23456", "1e5"],
    "time": ["", "now", "tomorrow", "9"],
    "phone": ["1234", "+", "++8613800138000", "call me", "-----", "1380013800013800138"],
    "tracking": ["12345", "SF 138001380", "运单123456"],
    "pickup": ["", "1" * 13, "8 2"],
    "plate": ["A12345", "京A123", "京a12345"],
    "email": ["lin", "lin@example", "林@example.com", "x" * 45 + "@a.com"],
    "link_param": ["", "a/b", "a.cn", "?x"],
    "name": ["", "x" * 21, "www.x.cn", "a\nb", "😀", "x\u200by"],
    "company": ["", "x" * 36, "x.com"],
    "address": ["", "x" * 36, "【x】"],
    "text": [
        *("", " ", "x" * 36, "a\nb", "http://x.cn", "see WWW.x.cn", "【x】", "https:x"),
        *("x.com", "go to 1.2.3.4", "😀", "𠮷", "a\u202eb", "\ud800"),
    ],
}


def test_every_type_is_tried():
    assert FITTING.keys() == UNFITTING.keys() == rendering.TYPES.keys()


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, values in FITTING.items() for value in values]
)
def test_a_fitting_value_is_rendered(kind, value):
    assert render(compiled("<${v}>", (("v", kind),)), {"v": value}) == f"<{value}>"


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, values in UNFITTING.items() for value in values]
)
def test_an_unfitting_value_is_refused(kind, value):
    assert problem("<${v}>", (("v", kind),), v=value) == ("parameter_invalid", "params.v")


@given(st.dictionaries(st.text(max_size=6), st.text(max_size=40), max_size=4))
def test_whatever_is_sent_is_rendered_or_refused(params):
    with suppress(RenderingError):
        text = render(compiled(BODY, TYPES), params)
        assert text == f"Dear {params['name']}, your code is {params['code']}."


@pytest.mark.parametrize(
    ("body", "types"),
    [("${x}", ()), ("${x}", (("y", "code"),)), ("x", (("x", "colour"),))],
)
def test_a_body_that_does_not_match_its_variables_is_not_compiled(body, types):
    with pytest.raises(LookupError):
        compiled(body, types)


@pytest.mark.django_db
def test_the_catalogue_tells_what_an_account_may_say(django_assert_num_queries):
    template = factories.TemplateFactory()
    account = template.account
    factories.TemplateFactory(account=account, code="old", state=ReviewState.WITHDRAWN)
    factories.TemplateFactory(account=account, code="broken", variables=["code"])
    factories.TemplateFactory(code=template.code)
    signature = factories.SignatureFactory(account=account)
    factories.SignatureFactory(account=account, state=ReviewState.REJECTED)

    tails.table()

    with django_assert_num_queries(2):
        found = catalogue.load(
            account_ids={account.pk},
            codes={(account.pk, code) for code in (template.code, "old", "broken", "new")},
        )

    usable = {
        code: bool(one.usable(is_sandbox=False)) for (_owner, code), one in found.templates.items()
    }
    assert usable == {template.code: True, "old": False, "broken": False}
    assert {owner for owner, _code in found.templates} == {account.pk}
    assert found.default_signature(account.pk).id == signature.pk


@pytest.mark.django_db
def test_who_has_two_signatures_has_no_default_one():
    signature = factories.SignatureFactory()
    factories.SignatureFactory(account=signature.account)

    found = catalogue.load(account_ids={signature.account_id}, codes=set())

    assert found.default_signature(signature.account_id) is None
