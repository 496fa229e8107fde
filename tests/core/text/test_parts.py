import pytest
import smsutil
from hypothesis import given, settings
from hypothesis import strategies as st

from smsplatform.core.text import encodings, parts

patient = settings(deadline=None)

UDH_OCTETS = 6
GSM_CHARACTERS = "".join(char for char in encodings.BASIC if char != "\x1b") + "".join(
    encodings.EXTENSION
)

# Long enough for several parts, and rich in what must not be split.
gsm_texts = st.builds(
    lambda text, times: text * times,
    st.text(alphabet=st.sampled_from("a1€[]\f") | st.sampled_from(GSM_CHARACTERS), max_size=120),
    st.integers(1, 12),
)
wide_texts = st.builds(
    lambda text, times: text * times,
    st.text(
        alphabet=st.sampled_from("a中`😀𠮷") | st.characters(exclude_categories=["Cs"]), max_size=60
    ),
    st.integers(1, 12),
)
texts = gsm_texts | wide_texts


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        ("", 0, 1),
        ("中", 1, 1),
        ("a" * 70, 70, 1),
        ("a" * 71, 71, 2),
        ("中" * 70, 70, 1),
        ("中" * 71, 71, 2),
        ("中" * 134, 134, 2),
        ("中" * 135, 135, 3),
        ("中" * 160, 160, 3),
        ("中" * 201, 201, 3),
        ("中" * 202, 202, 4),
        ("中" * 500, 500, 8),
        ("€" * 70, 70, 1),
        ("😀" * 35, 70, 1),
        ("😀" * 36, 72, 2),
        ("😀" * 66, 132, 2),
        ("😀" * 67, 134, 3),
        ("中" * 66 + "😀" + "中" * 10, 78, 2),
        ("中" * 66 + "😀" + "中" * 66, 134, 3),
        ("【签名】" + "中" * 66, 70, 1),
        ("【签名】" + "中" * 67, 71, 2),
    ],
)
def test_a_mainland_text_is_counted_in_utf16_units(text, units, count):
    assert parts.count(text, domestic=True) == parts.Parts("ucs2", units, count)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("é" * 160, "gsm7", 160, 1),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        ("€" * 152, "gsm7", 304, 2),
        ("€" * 153, "gsm7", 306, 3),
        ("€" * 160, "gsm7", 320, 3),
        ("\f" * 81, "gsm7", 162, 2),
        ("[Shop]" + "a" * 152, "gsm7", 160, 1),
        ("[Shop]" + "a" * 153, "gsm7", 161, 2),
        ("a`", "ucs2", 2, 1),
        ("ç" * 70, "ucs2", 70, 1),
        ("a" * 70 + "ç", "ucs2", 71, 2),
        ("【Shop】" + "a" * 65, "ucs2", 71, 2),
        ("中" * 134, "ucs2", 134, 2),
        ("中" * 135, "ucs2", 135, 3),
        ("😀" * 35, "ucs2", 70, 1),
        ("😀" * 36, "ucs2", 72, 2),
        ("中" * 66 + "😀" + "中" * 10, "ucs2", 78, 2),
    ],
)
def test_an_international_text_is_gsm7_where_it_can_be(text, encoding, units, count):
    assert parts.count(text, domestic=False) == parts.Parts(encoding, units, count)


@pytest.mark.parametrize(
    ("text", "domestic", "sizes"),
    [
        ("中" * 160, True, [67, 67, 26]),
        ("a" * 161, False, [153, 8]),
        ("€" * 160, False, [76, 76, 8]),
        ("中" * 66 + "😀" + "中" * 10, True, [66, 11]),
        ("中" * 65 + "😀" + "中" * 10, True, [66, 10]),
        ("a" * 152 + "€" + "a" * 20, False, [152, 21]),
        ("a" * 151 + "€" + "a" * 20, False, [152, 20]),
    ],
)
def test_each_part_is_filled_before_the_next_begins(text, domestic, sizes):
    assert [len(part) for part in parts.split(text, domestic=domestic)] == sizes


def test_one_part_has_no_header():
    assert parts.segments("a€", domestic=False, reference=7) == [b"a\x1b\x65"]


def test_an_empty_text_is_one_empty_part():
    assert parts.segments("", domestic=True, reference=7) == [b""]


def test_several_parts_begin_with_the_concatenation_header():
    headers = [
        part[:UDH_OCTETS].hex(" ")
        for part in parts.segments("中" * 160, domestic=True, reference=0xAB)
    ]
    assert headers == ["05 00 03 ab 03 01", "05 00 03 ab 03 02", "05 00 03 ab 03 03"]


@pytest.mark.parametrize("reference", [-1, 256])
def test_a_reference_beyond_one_octet_is_a_value_error(reference):
    with pytest.raises(ValueError, match="range"):
        parts.segments("中" * 71, domestic=True, reference=reference)


def test_255_parts_are_one_message():
    assert len(parts.segments("中" * 67 * 255, domestic=True, reference=0)) == 255


def test_256_parts_are_a_value_error():
    with pytest.raises(ValueError, match="256 parts"):
        parts.segments("中" * (67 * 255 + 1), domestic=True, reference=0)


@pytest.mark.parametrize("domestic", [True, False])
@pytest.mark.parametrize("text", ["\ud83d", "a" * 80 + "\ude00", "\ude00\ud83d"])
def test_a_lone_surrogate_is_a_value_error(text, domestic):
    with pytest.raises(ValueError, match="surrogate"):
        parts.count(text, domestic=domestic)


@patient
@given(text=texts, domestic=st.booleans())
def test_joined_parts_are_the_text(text, domestic):
    assert "".join(parts.split(text, domestic=domestic)) == text


@patient
@given(text=texts, domestic=st.booleans())
def test_there_are_as_many_parts_as_were_counted(text, domestic):
    counted = parts.count(text, domestic=domestic).count
    assert len(parts.split(text, domestic=domestic)) == counted
    assert len(parts.segments(text, domestic=domestic, reference=0)) == counted


@patient
@given(text=texts)
def test_no_payload_ends_inside_a_pair(text):
    is_gsm7 = parts.count(text, domestic=False).encoding == "gsm7"
    for payload in parts.segments(text, domestic=False, reference=0):
        if is_gsm7:
            assert not payload.endswith(b"\x1b")
        else:
            last_unit = int.from_bytes(payload[-2:], "big")
            assert not 0xD800 <= last_unit < 0xDC00


@patient
@given(text=texts, domestic=st.booleans())
def test_every_payload_fits_in_140_octets_when_packed(text, domestic):
    is_gsm7 = parts.count(text, domestic=domestic).encoding == "gsm7"
    payloads = parts.segments(text, domestic=domestic, reference=0)
    header = UDH_OCTETS if len(payloads) > 1 else 0
    for payload in payloads:
        body = len(payload) - header
        # Septets follow the header on a septet boundary: 6 octets take the room of 7 septets.
        bits = -(-header * 8 // 7) * 7 + body * 7 if is_gsm7 else len(payload) * 8
        assert bits <= 140 * 8


@patient
@given(text=texts, domestic=st.booleans())
def test_no_part_leaves_room_for_the_character_after_it(text, domestic):
    encoding = parts.count(text, domestic=domestic).encoding
    bodies = parts.split(text, domestic=domestic)
    room = 153 if encoding == "gsm7" else 67
    for body, following in zip(bodies, bodies[1:], strict=False):
        assert units(body + following[0], encoding) > room


def units(text, encoding):
    if encoding == "gsm7":
        return len(encodings.encode_gsm7(text))
    return len(encodings.encode_ucs2(text)) // 2


# smsutil calls an empty text UCS-2, takes a bare escape character for a letter, counts lone
# surrogates (`texts` has none) and knows no mainland rule. In all else it must agree.
comparable_texts = texts.filter(lambda text: text and "\x1b" not in text)


@patient
@given(text=comparable_texts)
def test_an_independent_library_splits_an_international_text_alike(text):
    theirs = smsutil.split(text)
    counted = parts.count(text, domestic=False)
    assert counted.encoding == {"gsm0338": "gsm7", "utf_16_be": "ucs2"}[theirs.encoding]
    assert parts.split(text, domestic=False) == [part.content for part in theirs.parts]


@patient
@given(text=comparable_texts)
def test_an_independent_library_encodes_each_international_part_alike(text):
    theirs = smsutil.split(text)
    payloads = parts.segments(text, domestic=False, reference=0)
    header = UDH_OCTETS if len(payloads) > 1 else 0
    assert [payload[header:] for payload in payloads] == [
        part.content.encode(theirs.encoding) for part in theirs.parts
    ]
