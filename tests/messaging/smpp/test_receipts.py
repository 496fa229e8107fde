from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.smpp import fields, receipts
from messaging.smpp.pdu import INTERMEDIATE_RECEIPT, RECEIPT, DeliverSm
from messaging.smpp.receipts import Receipt, parse_receipt

USUAL = (
    b"id:0123456789 sub:001 dlvrd:001 submit date:2611221916 done date:2611221917"
    b" stat:DELIVRD err:000 text:Your code"
)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


def receipt(body=b"", **more):
    return parse_receipt(DeliverSm(esm_class=RECEIPT, short_message=body, **more))


def test_the_usual_receipt_is_read():
    assert receipt(USUAL) == Receipt(
        id="0123456789",
        sub="001",
        dlvrd="001",
        submit_date="2611221916",
        done_date="2611221917",
        stat="DELIVRD",
        err="000",
        text="Your code",
    )


@given(words, words, st.sampled_from(sorted(receipts.STATE_NUMBERS)))
def test_a_written_receipt_is_read_back(message_id, err, stat):
    written = Receipt(message_id, stat, err, "2611221916", "2611221917", "001", "001", "hi")

    assert receipt(receipts.format_receipt(written)) == written


@pytest.mark.parametrize(
    "body",
    [
        b"STAT:delivrd ERR:012 ID:7f",
        b"id: 7f, stat: DELIVRD, err: 012",
        b"err:012 stat:DELIVERED text: id:7f",
        b"id:7f stat:DELIVRD err:012 text:stat:EXPIRED id:8",
        "id:7f stat:DELIVRD err:012".encode("utf-16-be"),
    ],
)
def test_a_sloppy_receipt_is_read(body):
    read = receipt(body)

    assert (read.id, read.stat, read.err) == ("7f", "DELIVRD", "012")


@pytest.mark.parametrize("body", [USUAL, USUAL.decode().encode("utf-16-be")])
def test_a_receipt_is_read_whatever_its_data_coding_claims(body):
    assert receipt(body, data_coding=8).id == "0123456789"


def test_a_receipt_in_the_payload_tag_is_read():
    assert receipt(tlvs={fields.MESSAGE_PAYLOAD: USUAL}).stat == "DELIVRD"


def test_tags_go_before_text():
    tlvs = {
        fields.RECEIPTED_MESSAGE_ID: b"tagged\0",
        fields.MESSAGE_STATE: b"\x05",
        fields.NETWORK_ERROR_CODE: b"\x03\x00\x19",
        fields.USER_MESSAGE_REFERENCE: b"\x01\x00",
    }

    read = receipt(USUAL, tlvs=tlvs)

    assert (read.id, read.stat, read.err) == ("tagged", "UNDELIV", "025")
    assert (read.submit_date, read.reference) == ("2611221916", 256)


def test_empty_or_odd_tags_leave_the_text_as_it_is():
    tlvs = {
        fields.RECEIPTED_MESSAGE_ID: b"\0",
        fields.MESSAGE_STATE: b"\x63",
        fields.NETWORK_ERROR_CODE: b"\x03",
        fields.USER_MESSAGE_REFERENCE: b"",
    }

    assert receipt(USUAL, tlvs=tlvs) == receipt(USUAL)


def test_a_tagged_message_is_a_receipt_even_without_the_mark():
    deliver = DeliverSm(tlvs=receipts.receipt_tlvs(Receipt("7f", "EXPIRED", reference=9)))

    assert parse_receipt(deliver) == Receipt("7f", "EXPIRED", reference=9)


def test_an_unknown_state_has_no_tag():
    assert fields.MESSAGE_STATE not in receipts.receipt_tlvs(Receipt("7f", "MK:0001"))


def test_an_intermediate_notice_is_a_receipt():
    deliver = DeliverSm(esm_class=INTERMEDIATE_RECEIPT, short_message=b"id:1 stat:ENROUTE")

    assert parse_receipt(deliver).stat == "ENROUTE"


def test_a_handset_cannot_write_a_receipt():
    assert parse_receipt(DeliverSm(short_message=USUAL)) is None


def test_the_text_alone_counts_for_a_carrier_that_marks_nothing():
    assert parse_receipt(DeliverSm(short_message=USUAL), trust_text=True).id == "0123456789"


def test_a_message_of_a_carrier_that_marks_nothing_stays_a_message():
    assert parse_receipt(DeliverSm(short_message=b"my id: 7"), trust_text=True) is None


def test_a_receipt_that_says_nothing_is_still_a_receipt():
    assert receipt(b"\xff\xfe\x00") == Receipt()


def test_dates_are_written_as_carriers_write_them():
    assert receipts.receipt_date(datetime(2026, 11, 22, 9, 5, tzinfo=UTC)) == "2611220905"


@settings(max_examples=500)
@given(
    pieces=st.lists(
        st.sampled_from([b"id:", b"stat:", b"text:", b"submit date:", b" ", b"\0", b"ID", b":"])
        | st.binary(max_size=8)
    ),
    data_coding=st.integers(0, 255),
    tags=st.dictionaries(
        st.sampled_from([0x001E, 0x0204, 0x0423, 0x0424, 0x0427]), st.binary(max_size=6)
    ),
)
def test_a_malformed_receipt_is_read_as_far_as_it_goes(pieces, data_coding, tags):
    deliver = DeliverSm(
        esm_class=RECEIPT, short_message=b"".join(pieces), data_coding=data_coding, tlvs=tags
    )

    assert isinstance(parse_receipt(deliver), Receipt)
