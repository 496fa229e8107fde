"""Money goes in and comes out exact, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsplatform.core import money

amounts = st.integers(-money.LARGEST_MICROS, money.LARGEST_MICROS)


@given(amounts)
def test_micros_survive_the_way_to_text_and_back(micros):
    assert money.to_micros(money.text(micros)) == micros


@given(amounts)
def test_micros_survive_the_way_to_decimal_and_back(micros):
    assert money.to_micros(money.to_decimal(micros)) == micros


@given(amounts)
def test_a_text_has_two_to_six_decimals(micros):
    whole, _point, fraction = money.text(micros).partition(".")

    assert whole.lstrip("-").isdecimal()
    assert 2 <= len(fraction) <= 6


@given(st.one_of(st.text(), st.decimals(), st.decimals(allow_nan=False, places=6)))
def test_an_amount_is_exact_or_refused(amount):
    try:
        micros = money.to_micros(amount)
    except ValueError:
        return
    assert Decimal(amount) == Decimal(micros).scaleb(-6)


@pytest.mark.parametrize(
    ("amount", "micros"),
    [("0.045", 45_000), ("12", 12_000_000), ("-1.5", -1_500_000), ("1e3", 10**9), ("0e999999", 0)],
)
def test_amounts(amount, micros):
    assert money.to_micros(amount) == micros


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "abc",
        "NaN",
        "sNaN",
        "Infinity",
        "0.0000001",
        "1e-7",
        "0.0450000000000000000000000000000000001",
        "1e999999",
        "-1e999999",
        "1e-999999",
        "1000000000.000001",
    ],
)
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match="amount|large"):
        money.to_micros(amount)


def test_amounts_as_people_read_them():
    micros = [45_000, 12_000_000, -1_500_000, 1, 0, -1]
    assert [money.text(one) for one in micros] == [
        "0.045",
        "12.00",
        "-1.50",
        "0.000001",
        "0.00",
        "-0.000001",
    ]
    assert money.as_json(45_000, "CNY") == {"amount": "0.045", "currency": "CNY"}
