import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from smsplatform.core.text import numbers

# The library loads a country at its first number, which is slow once and says nothing.
patient = settings(deadline=None)

ODDITIES = "+13800138０１３８٠١𝟏\u200b\ufeff\x00\ud800 ﹢＋"
MOBILE_TYPES = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def verdict(raw, region):
    try:
        return numbers.parse(raw, region=region)
    except numbers.NumberError as error:
        return error.code


def verdict_of_library(raw, region):
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return "number_invalid"
    if not phonenumbers.is_valid_number(number):
        return "number_invalid"
    if phonenumbers.number_type(number) not in MOBILE_TYPES:
        return "number_not_mobile"
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return numbers.Number(e164, phonenumbers.region_code_for_number(number))


@pytest.mark.parametrize(
    "raw",
    [
        "13800138000",
        "8613800138000",
        "+8613800138000",
        "008613800138000",
        "86 138 0013 8000",
        "+86 138-0013-8000",
        "(+86) 138 0013 8000",
        " 138 0013 8000\n",
        "138\u30000013\u30008000",
        "１３８００１３８０００",
        "＋８６　１３８－００１３－８０００",
        "138\u20130013\u20148000",
        "\u202a+8613800138000\u202c",
        "\ufeff13800138000",
    ],
)
def test_every_common_spelling_of_a_mainland_mobile_is_one_number(raw):
    assert numbers.parse(raw, region="CN") == numbers.Number("+8613800138000", "CN")


@pytest.mark.parametrize(
    ("raw", "region", "e164", "country"),
    [
        ("+85251234567", "CN", "+85251234567", "HK"),
        ("5123 4567", "HK", "+85251234567", "HK"),
        ("+44 (0)7400 123456", "CN", "+447400123456", "GB"),
        ("0044 7400 123456", "CN", "+447400123456", "GB"),
        ("+7 701 234 5678", "CN", "+77012345678", "KZ"),
        ("011 86 138 0013 8000", "US", "+8613800138000", "CN"),
        ("+8613800138000", "US", "+8613800138000", "CN"),
    ],
)
def test_a_foreign_number_carries_its_own_country(raw, region, e164, country):
    assert numbers.parse(raw, region=region) == numbers.Number(e164, country)


@pytest.mark.parametrize(("raw", "country"), [("+1 201 555 0123", "US"), ("+1 506 234 5678", "CA")])
def test_a_north_american_number_counts_as_mobile(raw, country):
    assert numbers.parse(raw, region="CN").country == country


@pytest.mark.parametrize(
    "raw",
    [
        "010 6552 9988",
        "+86 21 6145 8888",
        "400 820 8820",
        "800 820 8820",
        "+852 2123 4567",
        "+44 20 7946 0958",
        "+44 909 879 0000",
        "+1 800 234 5678",
    ],
)
def test_a_number_that_is_no_mobile_is_named_so(raw):
    assert verdict(raw, "CN") == "number_not_mobile"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "+",
        "86",
        "abc",
        "-",
        "()",
        "10086",
        "95588",
        "1380013800",
        "138001380000",
        "+86 1380013800",
        "12345678901",
        "14100000000",
        "15400000000",
        "19400000000",
        "+999 123456789",
        "++",
        "138+00138000",
        "13800138000\x00",
        "\x0013800138000",
        "\ud800",
        "1380013800\udc00",
        "13800138000'; --",
        "١٢٣",
        "½²³",
        "📱13800138000",
        "nan",
        "1.38e10",
        "0x3367A2F40",
        "1" * 41,
        "1" * 1_000_000,
        " " * 1_000_000 + "13800138000",
        "+86" + "-" * 1_000_000,
    ],
    ids=lambda raw: ascii(raw[:20]),
)
def test_what_is_no_number_is_invalid(raw):
    assert verdict(raw, "CN") == "number_invalid"


@pytest.mark.parametrize(
    "raw",
    [
        "Tel: 13800138000",
        "13800138000 ext. 5",
        "13800138000;ext=5",
        "13800138000#5",
        "13800138000/13900139000",
        "13800138000,13900139000",
        "tel:13800138000;phone-context=+86",
        "+1 800 FLOWERS",
        "138OO138OOO",
    ],
)
def test_more_than_one_plain_number_is_refused_rather_than_guessed(raw):
    assert verdict(raw, "CN") == "number_invalid"


@pytest.mark.parametrize("raw", ["13800138000", "8613800138000", "008613800138000"])
def test_only_mainland_habits_read_a_bare_number_as_mainland(raw):
    assert verdict(raw, "US") == verdict_of_library(raw, "US") == "number_invalid"


@pytest.mark.parametrize("region", ["", "ZZ", "XX", "cn", "001"])
def test_a_region_nobody_knows_spoils_no_international_number(region):
    assert numbers.parse("+8613800138000", region=region).country == "CN"
    assert numbers.parse("+44 7400 123456", region=region).country == "GB"


def test_a_bare_number_without_a_known_region_is_invalid():
    assert verdict("13800138000", "ZZ") == "number_invalid"


def test_a_refusal_explains_itself_to_people():
    with pytest.raises(numbers.NumberError, match="not a mobile number") as refused:
        numbers.parse("01065529988", region="CN")
    assert refused.value.message == str(refused.value)


def test_a_repeated_refusal_is_a_new_exception():
    refusals = []
    for _ in range(2):
        with pytest.raises(numbers.NumberError) as refused:
            numbers.parse("10086", region="CN")
        refusals.append(refused.value)
    assert refusals[0] is not refusals[1]


def test_every_mainland_mobile_prefix_is_judged_as_the_library_judges_it():
    # No mobile range is told apart later than by its fifth digit.
    ranges = [f"1{digits:04}" for digits in range(3000, 10_000, 7)]
    ranges += [f"1{digits}" for start in (6100, 7400) for digits in range(start, start + 10)]
    disagreed = [
        prefix
        for prefix in ranges
        if verdict(prefix + "012345", "CN") != verdict_of_library(prefix + "012345", "CN")
    ]
    assert not disagreed


@patient
@given(
    prefix=st.sampled_from(["", "86", "+86", "0086"]),
    national=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    region=st.sampled_from(["CN", "HK", "US", "GB", "ZZ"]),
)
def test_a_mainland_looking_number_is_judged_as_the_library_judges_it(prefix, national, region):
    assert verdict(prefix + national, region) == verdict_of_library(prefix + national, region)


@patient
@given(
    raw=st.text(alphabet="+0123456789 -().", max_size=24),
    region=st.sampled_from(["CN", "HK", "US", "GB"]),
)
def test_any_digits_are_judged_as_the_library_judges_them(raw, region):
    assert verdict(raw, region) == verdict_of_library(raw, region)


@patient
@given(raw=st.text(alphabet=st.characters(categories=None)) | st.text(alphabet=ODDITIES))
def test_any_text_is_a_number_or_a_number_error(raw):
    found = verdict(raw, "CN")
    if isinstance(found, numbers.Number):
        assert re.fullmatch(r"\+[0-9]{7,15}", found.e164)
    else:
        assert found in numbers.MESSAGES


@patient
@given(national=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_an_accepted_number_read_again_stays_the_same(national):
    first = verdict(national, "CN")
    if isinstance(first, numbers.Number):
        assert numbers.parse(first.e164, region="US") == first
