"""Which part of which long message a phone sent."""

import pytest

from messaging.smpp import concatenation, fields, pdu
from messaging.smpp.pdu import DeliverSm


def deliver(content, **more):
    return DeliverSm(source="1", destination="2", short_message=content, **more)


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (b"\x05\x00\x03\x07\x03\x02", (7, 3, 2)),
        (b"\x06\x08\x04\x01\x02\x02\x01", (258, 2, 1)),
        (b"\x08\x24\x01\x00\x00\x03\x07\x02\x01", (7, 2, 1)),
        (b"\x05\x00\x03\x07\x01\x01", None),
        (b"\x05\x00\x03\x07\x02\x03", None),
        (b"\x03\x24\x01\x00", None),
    ],
)
def test_the_header_tells_the_part(header, place):
    content = header + b"text"

    body, found = concatenation.split(deliver(content, esm_class=pdu.WITH_HEADER))

    assert found == place
    assert body == b"text"


def test_tags_tell_the_part_where_there_is_no_header():
    tags = {
        fields.SAR_REFERENCE: b"\x00\x09",
        fields.SAR_TOTAL: b"\x02",
        fields.SAR_PART: b"\x01",
    }

    assert concatenation.split(deliver(b"text", tlvs=tags)) == (b"text", (9, 2, 1))


def test_without_the_mark_a_header_is_text():
    content = b"\x05\x00\x03\x07\x03\x02text"

    assert concatenation.split(deliver(content)) == (content, None)


@pytest.mark.parametrize("content", [b"", b"\x05", b"\x05\x00\x03", b"\xff\x00\x03\x07"])
def test_a_header_that_ends_too_soon_leaves_no_text(content):
    marked = deliver(content, esm_class=pdu.WITH_HEADER)

    assert concatenation.split(marked) == (b"", None)
