"""Check digits of companies and people."""

import pytest

from smsplatform.core.text import companies


@pytest.mark.parametrize(
    "code", ["91310115MA1K4T8P3C", "91110108551385082Q", "914403001922038216", "91330100799655058B"]
)
def test_a_credit_code_is_known_by_its_check_digit(code):
    assert companies.is_credit_code(code)
    for place in (2, 9, 17):
        wrong = "1" if code[place] != "1" else "2"
        assert not companies.is_credit_code(code[:place] + wrong + code[place + 1 :])


@pytest.mark.parametrize(
    "code",
    ["", "91310115MA1K4T8P3", "91310115MA1K4T8P3CC", "91310115MA1K4T8PIC", "９1310115MA1K4T8P3C"],
)
def test_what_is_no_credit_code(code):
    assert not companies.is_credit_code(code)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_an_identity_card_is_known_by_its_check_digit(number):
    assert companies.is_identity_card(number)
    assert not companies.is_identity_card(
        number[:16] + ("1" if number[16] != "1" else "2") + number[17]
    )


@pytest.mark.parametrize("number", ["", "11010519491331002X", "110105194912310020", "x" * 18])
def test_what_is_no_identity_card(number):
    assert not companies.is_identity_card(number)


@pytest.mark.parametrize(
    "number", ["SC123456", "12345678", "HRB 12345 B", "201912345K", "12-3456789"]
)
def test_other_countries_numbers_are_letters_and_digits(number):
    assert companies.is_company_number(number)


@pytest.mark.parametrize("number", ["", "ABC", "12", "1" * 41, "12<34", "12 ", "DROP;1"])
def test_what_is_no_company_number(number):
    assert not companies.is_company_number(number)


def test_what_was_typed_wide_or_small_is_the_same_number():
    assert companies.normalise(" ９１310115ma1k4t8p3c ") == "91310115MA1K4T8P3C"
