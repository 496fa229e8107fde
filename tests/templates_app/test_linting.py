"""The rules of a template's text, each by what it refuses and what it lets pass."""

import pytest

from smsplatform.management.demo import sample
from templates_app.services import packs, tails
from templates_app.services.linting import Wording, lint
from templates_app.services.packs import CHINA, INTERNATIONAL
from tests.templates_app.wordings import code, found, marketing, notice

FINE = {
    "code": code(),
    "alphanumeric": code("动态码：${c}，切勿转发。", (("c", "code_alnum"),)),
    "notice": notice("${name}您好，订单${no}已发出。", (("name", "name"), ("no", "number"))),
    "hotline": notice("如有疑问请致电400-800-8000。", bound=("4008008000",)),
    "link": notice("详情见 https://m.example.cn/help 。", bound=("example.cn",)),
    "plate": notice("您的爱车${p}已停放2小时。", (("p", "plate"),)),
    "lines": notice("第一行\n第二行"),
    "marketing": marketing("会员日全场八折，到店即享。拒收请回复R"),
    "marketing with a stop": marketing("会员日全场八折，到店即享。拒收请回复 R。"),
}


@pytest.mark.parametrize("wording", FINE.values(), ids=FINE)
def test_a_good_text_has_no_errors(wording):
    assert found(wording) == []


WRONG = {
    "body_missing": notice(" \n"),
    "body_too_long": notice("长" * 501),
    "name_too_long": notice("您好", name="名" * 31),
    "variable_undeclared": notice("${who}您好"),
    "variable_unused": notice("您好", (("who", "name"),)),
    "variable_twice": notice("${a}您好", (("a", "name"), ("a", "name"))),
    "variable_repeated": notice("${a}您好${a}", (("a", "name"),)),
    "variable_name_invalid": notice("您好", (("1st", "name"),)),
    "type_unknown": notice("${a}您好", (("a", "colour"),)),
    "type_not_here": notice("${a}您好", (("a", "code_long"),)),
    "placeholder_malformed": notice("您好${1}"),
    "only_variables": notice("${a}，${b}", (("a", "name"), ("b", "name"))),
    "variables_adjacent": notice("您好${a} ${b}先生", (("a", "name"), ("b", "name"))),
    "character_unprintable": notice("您\u200b好"),
    "character_not_allowed": notice("您好★"),
    "character_traditional": notice("您的訂单"),
    "signature_in_body": notice("【云帆】您好"),
    "brackets_at_end": notice("[云帆]您好"),
    "code_word_missing": code("您的密码是${code}，请勿告诉他人。"),
    "code_variable_missing": code("验证码${n}", (("n", "name"),)),
    "opt_out_unwanted": code("验证码${code}。退订回T"),
    "opt_out_missing": marketing("会员日全场八折"),
    "marketing_unwanted": notice("本店促 销，欢迎光临"),
    "contact_unwanted": code("验证码${code}，加 薇信领取"),
    "link_unwanted": code("验证码${code}，见 www.x.cn"),
    "variable_in_link": notice("见 www.${a}.cn", (("a", "number"),), bound=("x.cn",)),
    "link_short": notice("见 t.cn/abc", bound=("t.cn",)),
    "link_unbound": notice("见 https://example.cn", bound=("other.cn",)),
    "variable_in_number": notice("致电400-800-800${a}", (("a", "code"),)),
    "number_unwanted": notice("致电13800138000", bound=("13800138000",)),
    "number_unbound": notice("致电400-800-8000"),
    "too_many_numbers": notice("致电95588、95599或95533", bound=("95588", "95599", "95533")),
    "too_many_links": notice(
        "见 a.cn 与 b.cn 与 c.cn 与 d.cn", bound=("a.cn", "b.cn", "c.cn", "d.cn")
    ),
    "too_many_parts": notice(
        "长" * 300 + "".join(f"甲${{v{n}}}" for n in range(12)),
        tuple((f"v{n}", "text") for n in range(12)),
    ),
    "too_many_variables": notice(
        "".join(f"甲乙${{v{n}}}" for n in range(21)),
        tuple((f"v{n}", "code") for n in range(21)),
    ),
    "class_unknown": Wording("spam", "您好"),
}


@pytest.mark.parametrize(("code", "wording"), WRONG.items())
def test_each_fault_is_named(code, wording):
    assert code in found(wording)


def test_what_is_wrong_is_pointed_at():
    body = "您好${1}，见 https://t.cn/x"
    spots = {one.code: body[one.start : one.end] for one in lint(notice(body), CHINA)}

    assert spots["placeholder_malformed"] == "${1}"
    assert spots["link_short"] == "https://t.cn/x"


def test_a_link_behind_a_variable_is_pointed_at_in_the_text_as_written():
    body = "${name}您好，见 https://t.cn/x。"
    wording = notice(body, (("name", "name"),))

    (one,) = (one for one in lint(wording, CHINA) if one.code == "link_short")

    assert body[one.start : one.end] == "https://t.cn/x"


@pytest.mark.parametrize(
    "body",
    [
        *("见 http://${a}", "见 ${a}.example.cn", "见 example.${a}", "见 www.x.cn/${a}"),
        *("见 ${a}example.cn", "见 192.168.1.${a}"),
    ],
)
def test_no_variable_becomes_part_of_a_link(body):
    assert "variable_in_link" in found(notice(body, (("a", "text"),), bound=("example.cn",)))


def test_abroad_the_end_of_a_filed_link_may_be_a_variable_of_its_own_type():
    body = "Track it: https://example.com/t/${id}"

    assert found(notice(body, (("id", "link_param"),)), "international") == []
    assert found(notice(body, (("id", "text"),)), "international") == ["variable_in_link"]


def test_a_variable_of_digits_beside_a_full_stop_is_no_link():
    assert found(notice("您的余额${a}.${b}元", (("a", "code"), ("b", "code")))) == []


def test_a_notice_of_money_is_no_hotline():
    assert found(notice("您的账户入账95000元。")) == []


def test_one_finding_may_be_a_hint_only():
    body = "Hi {name}, your order is ready."

    assert found(notice(body), "international") == []
    assert found(notice(body), "international", "warning") == ["placeholder_other_spelling"]


def test_where_the_platform_appends_the_way_out_its_absence_is_only_told():
    tail = tails.make("拒收请回复R", "退订回T")

    (one,) = lint(marketing("会员日全场八折", tail=tail), CHINA)

    assert (one.level, one.code) == ("info", "opt_out_appended")
    assert "拒收请回复R" in one.sentence()


def test_the_gravest_come_first():
    levels = [one.level for one in lint(notice("{x} 您好★ 加群 ${1}"), CHINA)]

    assert levels == sorted(levels, key=list(packs.Level).index)
    assert set(levels) == {"error", "warning"}


def test_abroad_any_alphabet_may_be_written():
    assert found(notice("您的訂單 😀 ★ Ваш заказ"), "international") == []


def test_what_other_rules_say_is_a_difference_of_data():
    english = code("Your code is ${code}.")

    assert found(english, "international") == []
    assert found(english) == ["code_word_missing"]
    assert INTERNATIONAL.classes.keys() == CHINA.classes.keys()


@pytest.mark.parametrize(
    ("market", "text"),
    [(packs.market_of(one.country), text) for one in sample.COMPANIES for text in one.texts],
)
def test_the_demonstration_obeys_the_rules(market, text):
    wording = Wording(text.message_class, text.body, text.variables, name=text.name)

    assert found(wording, market) == []
