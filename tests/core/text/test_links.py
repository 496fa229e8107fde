"""Links and telephone numbers are found in a text, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsplatform.core.text import links

FOUND = {
    "请访问www.x.cn查看": "www.x.cn",
    "see https://a.com/b?c=1.": "https://a.com/b?c=1",
    "Visit Example.COM.": "Example.COM",
    "on 10.0.0.1:8080/x": "10.0.0.1:8080/x",
    "点击 dwz.cn/abc，快": "dwz.cn/abc",
    "（shop.example.co.uk）": "shop.example.co.uk",
}
NOT_FOUND = ["e.g. Mr.Li", "99.5元", "user@example.com", "Version 1.2.3", "3.5kg", "你好。世界"]


@pytest.mark.parametrize(("text", "link"), FOUND.items())
def test_a_link_is_found_where_it_stands(text, link):
    (found,) = links.links(text)

    assert found.text == link == text[found.start : found.end]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_has_dots_is_no_link(text):
    assert links.links(text) == []


NUMBERS = {
    "拨打400-800-8000咨询": ("hotline", "400-800-8000"),
    "手机13800138000": ("mobile", "13800138000"),
    "手机+86 138 0013 8000": ("mobile", "+86 138 0013 8000"),
    "客服95588。": ("service", "95588"),
    "电话010-12345678": ("landline", "010-12345678"),
    "电话(0571)": None,
    "call +44 20 7183 8750": ("foreign", "+44 20 7183 8750"),
    "满95000元": None,
    "单号SF13800138000": None,
    "号13800138000123": None,
    "2026-12-01 09:30": None,
}


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_a_number_is_found_with_its_kind(text, number):
    found = [(one.kind, one.text) for one in links.numbers(text)]

    assert found == ([number] if number else [])


@pytest.mark.parametrize(
    ("link", "by", "is_covered"),
    [
        ("https://a.example.cn/x", "example.cn", True),
        ("http://EXAMPLE.cn", "https://www.example.cn/", True),
        ("https://badexample.cn", "example.cn", False),
        ("https://example.cn.evil.com", "example.cn", False),
        ("https://example.cn@evil.com", "example.cn", False),
        ("https://x.cn/a/b", "https://x.cn/a", True),
        ("https://x.cn/ab", "https://x.cn/a", False),
        ("https://x.cn", "", False),
    ],
)
def test_an_address_on_file_covers_what_is_below_it(link, by, is_covered):
    assert links.is_covered(link, by) is is_covered


def test_a_number_is_the_same_however_it_is_written():
    assert links.is_same_number("400-800-8000", "4008008000")
    assert links.is_same_number("+86 13800138000", "13800138000")
    assert not links.is_same_number("95588", "95599")
    assert not links.is_same_number("", "")


def test_shorteners_are_known():
    assert links.is_short("https://t.cn/abc")
    assert not links.is_short("https://cart.cn/abc")


@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_whatever_is_found_stands_in_the_text(text):
    for found in (*links.links(text), *links.numbers(text)):
        assert text[found.start : found.end] == found.text != ""
