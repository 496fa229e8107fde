"""Whose network a number's first digits were given to."""

import pytest

from smsplatform.core.text import operators


@pytest.mark.parametrize(
    ("number", "operator"),
    [
        ("+8613800138000", "mobile"),
        ("+8619512345678", "mobile"),
        ("+8617051234567", "mobile"),
        ("+8613012345678", "unicom"),
        ("+8617091234567", "unicom"),
        ("+8618912345678", "telecom"),
        ("+8613491234567", "telecom"),
        ("+8617001234567", "telecom"),
        ("+8619212345678", "broadnet"),
        ("+8614412345678", ""),
        ("+447400123456", ""),
        ("+1380013800", ""),
    ],
)
def test_the_first_digits_tell_the_operator(number, operator):
    assert operators.of(number) == operator
