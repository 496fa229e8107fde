import pytest
import smsutil.codecs
from hypothesis import given, settings
from hypothesis import strategies as st

from smsplatform.core.text import encodings

patient = settings(deadline=None)

CHARACTERS = "".join(char for char in encodings.BASIC if char != "\x1b") + "".join(
    encodings.EXTENSION
)
gsm_texts = st.text(alphabet=CHARACTERS)
any_texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


def test_the_basic_table_has_128_places_and_no_character_twice():
    assert len(encodings.BASIC) == len(set(encodings.BASIC)) == 128


@pytest.mark.parametrize(
    ("char", "octets"),
    [
        ("@", "00"),
        ("$", "02"),
        ("Ç", "09"),
        ("\n", "0A"),
        ("\r", "0D"),
        ("Δ", "10"),
        ("_", "11"),
        ("É", "1F"),
        (" ", "20"),
        ("¤", "24"),
        ("0", "30"),
        ("¡", "40"),
        ("A", "41"),
        ("§", "5F"),
        ("¿", "60"),
        ("z", "7A"),
        ("à", "7F"),
        ("\f", "1B0A"),
        ("^", "1B14"),
        ("{", "1B28"),
        ("}", "1B29"),
        ("\\", "1B2F"),
        ("[", "1B3C"),
        ("~", "1B3D"),
        ("]", "1B3E"),
        ("|", "1B40"),
        ("€", "1B65"),
    ],
)
def test_a_character_has_the_code_of_gsm_03_38(char, octets):
    assert encodings.encode_gsm7(char) == bytes.fromhex(octets)


def test_the_whole_table_is_the_one_an_independent_library_has():
    table = smsutil.codecs.GSM_CHARSET.replace("\x1b", "")
    assert encodings.encode_gsm7(table) == table.encode("gsm0338")
    assert set(table) == set(CHARACTERS)


@pytest.mark.parametrize("char", ["`", "ç", "\t", "\x1b", "\x00", "“", "’", "【", "，", "中", "😀"])
def test_a_character_outside_the_table_is_not_gsm7(char):
    assert not encodings.is_gsm7(f"a{char}b")


@pytest.mark.parametrize("char", ["`", "\x1b", "中", "\ud800"])
def test_encoding_a_foreign_character_is_a_value_error_that_names_it(char):
    with pytest.raises(ValueError, match=rf"U\+{ord(char):04X}"):
        encodings.encode_gsm7(f"a{char}")


def test_the_first_foreign_character_is_found_not_the_worst():
    assert encodings.first_non_gsm7("It’s 中 `") == "’"


def test_a_gsm7_text_has_no_foreign_character():
    assert encodings.first_non_gsm7("[Shop] 5€") is None


@pytest.mark.parametrize(
    ("text", "septets"), [("", 0), ("abc", 3), ("€", 2), ("[Shop]", 8), ("\f|^€{}[]~\\", 20)]
)
def test_an_extension_character_costs_two_septets(text, septets):
    assert encodings.septets(text) == septets


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"a\x1b", "a "),
        (b"a\x1b\x1bb", "a b"),
        (b"\x1ba", "a"),
        (b"\x1b\x0d", "\r"),
        (b"\x1b\x00", "@"),
    ],
)
def test_an_escape_without_meaning_reads_as_the_standard_asks(octets, text):
    assert encodings.decode_gsm7(octets) == text


def test_an_octet_above_seven_bits_is_not_gsm7():
    with pytest.raises(ValueError, match="0x80"):
        encodings.decode_gsm7(b"a\x80")


def test_a_lone_surrogate_cannot_be_encoded():
    with pytest.raises(ValueError, match="surrogate"):
        encodings.encode_ucs2("a\ud83d")


@pytest.mark.parametrize("octets", [b"\x4e", b"\xd8\x3d", b"\xde\x00\x00a"])
def test_broken_ucs2_is_a_value_error(octets):
    with pytest.raises(ValueError, match="utf-16-be"):
        encodings.decode_ucs2(octets)


def test_ucs2_puts_the_high_octet_first():
    assert encodings.encode_ucs2("中😀") == bytes.fromhex("4E2D D83D DE00")


@patient
@given(text=gsm_texts)
def test_gsm7_decoded_is_what_was_encoded(text):
    assert encodings.decode_gsm7(encodings.encode_gsm7(text)) == text


@patient
@given(text=any_texts)
def test_ucs2_decoded_is_what_was_encoded(text):
    assert encodings.decode_ucs2(encodings.encode_ucs2(text)) == text


@patient
@given(text=gsm_texts)
def test_septets_are_the_octets_of_the_unpacked_text(text):
    assert encodings.septets(text) == len(encodings.encode_gsm7(text))


@patient
@given(octets=st.binary().map(lambda octets: bytes(octet & 0x7F for octet in octets)))
def test_any_septets_can_be_read(octets):
    assert encodings.is_gsm7(encodings.decode_gsm7(octets))


@patient
@given(text=any_texts | gsm_texts)
def test_a_text_is_gsm7_exactly_when_it_can_be_encoded(text):
    try:
        encodings.encode_gsm7(text)
    except ValueError:
        assert encodings.first_non_gsm7(text) in set(text)
        assert not encodings.is_gsm7(text)
    else:
        assert encodings.is_gsm7(text)
