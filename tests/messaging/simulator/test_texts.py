import pytest

from messaging.simulator import texts
from messaging.smpp import fields, pdu
from smsplatform.core.text import encodings, parts

LONG = "【演示】" + "很长的短信内容" * 20


def read(body, data_coding=0, **more):
    told = pdu.SubmitSm(destination="86138", short_message=body, data_coding=data_coding, **more)
    return texts.read(told, "demo", 1.0)


@pytest.mark.parametrize(
    ("body", "data_coding", "text"),
    [
        (encodings.encode_gsm7("5 € @ home"), 0, "5 € @ home"),
        (encodings.encode_ucs2("验证码"), 8, "验证码"),
        ("déjà".encode("latin-1"), 3, "déjà"),
        (b"plain", 1, "plain"),
        (b"", 0, ""),
    ],
)
def test_texts_are_read_in_their_encoding(body, data_coding, text):
    assert read(body, data_coding).text == text


def test_a_text_in_the_payload_tlv_is_read():
    assert read(b"", tlvs={fields.MESSAGE_PAYLOAD: b"long"}).text == "long"


def test_an_unreadable_text_is_kept_as_bytes():
    submission = read(b"\xff\xfe\xfd", 8)

    assert submission.raw == "fffefd"


def test_parts_are_numbered_by_their_header():
    bodies = parts.segments(LONG, domestic=True, reference=7)
    found = [read(body, 8, esm_class=pdu.WITH_HEADER) for body in bodies]

    assert "".join(submission.text for submission in found) == LONG
    assert [(it.group, it.part, it.parts) for it in found] == [(7, 1, 3), (7, 2, 3), (7, 3, 3)]


def test_parts_are_numbered_by_a_header_with_a_long_reference():
    submission = read(b"\x06\x08\x04\x12\x34\x02\x01hello", esm_class=pdu.WITH_HEADER)

    assert (submission.group, submission.part, submission.parts) == (0x1234, 1, 2)
    assert submission.text == "hello"


def test_parts_are_numbered_by_tlvs():
    tlvs = {fields.SAR_REFERENCE: b"\0\7", fields.SAR_TOTAL: b"\3", fields.SAR_PART: b"\2"}
    submission = read(b"hello", tlvs=tlvs)

    assert (submission.group, submission.part, submission.parts) == (7, 2, 3)


def test_our_reference_is_read():
    assert read(b"x", tlvs={fields.USER_MESSAGE_REFERENCE: b"\x01\x02"}).reference == 0x0102


@pytest.mark.parametrize("body", [b"\x05", b"\xff\x00\x03", b"\x05\x00\x09\x01", b"\x00hi"])
def test_a_broken_header_breaks_nothing(body):
    assert read(body, esm_class=pdu.WITH_HEADER).parts == 1
