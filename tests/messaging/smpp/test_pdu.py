import random
import struct
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.smpp import pdu, status
from messaging.smpp.fields import MESSAGE_PAYLOAD, USER_MESSAGE_REFERENCE, PduError, frame

names = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=20)
octets = st.integers(0, 255)
numbers = st.integers(0, 0xFFFFFFFF)
tlvs = st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=300), max_size=4)
headers = {"status": numbers, "sequence": numbers}
messages = {
    "service_type": names,
    "source_ton": octets,
    "source_npi": octets,
    "source": names,
    "destination_ton": octets,
    "destination_npi": octets,
    "destination": names,
    "esm_class": octets,
    "protocol_id": octets,
    "priority": octets,
    "schedule": names,
    "validity": names,
    "registered_delivery": octets,
    "replace_if_present": octets,
    "data_coding": octets,
    "default_message_id": octets,
    "short_message": st.binary(max_size=254),
    "tlvs": tlvs,
    **headers,
}
answers = {"message_id": names.filter(bool), "tlvs": tlvs, **headers}
modes = st.sampled_from(pdu.Mode)

PDUS = {
    pdu.Bind: {
        "system_id": names,
        "password": names,
        "mode": modes,
        "system_type": names,
        "interface_version": octets,
        "addr_ton": octets,
        "addr_npi": octets,
        "address_range": names,
        **headers,
    },
    pdu.BindResp: {"system_id": names, "mode": modes, "tlvs": tlvs, **headers},
    pdu.SubmitSm: messages,
    pdu.DeliverSm: messages,
    pdu.SubmitSmResp: answers,
    pdu.DeliverSmResp: answers,
    pdu.EnquireLink: headers,
    pdu.EnquireLinkResp: headers,
    pdu.Unbind: headers,
    pdu.UnbindResp: headers,
    pdu.GenericNack: headers,
}

WIRE = bytes.fromhex(
    "00000038 00000004 00000000 00000005"  # length, submit_sm, status, sequence
    "00 0501 313030383600 0101 2b3836313338303000 00 00 00 00 00 01 00 08 00 04 4f60597d"
    "0204 0002 0007"
)


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_pdu_survives_the_wire(kind, data):
    sent = kind(**data.draw(st.fixed_dictionaries(PDUS[kind])))

    assert pdu.decode(pdu.encode(sent)) == sent


def test_submit_sm_lies_on_the_wire_as_the_specification_says():
    submit = pdu.decode(WIRE)

    assert submit == pdu.SubmitSm(
        source_ton=5,
        source_npi=1,
        source="10086",
        destination_ton=1,
        destination_npi=1,
        destination="+8613800",
        registered_delivery=1,
        data_coding=8,
        short_message="你好".encode("utf-16-be"),
        tlvs={USER_MESSAGE_REFERENCE: b"\0\7"},
        sequence=5,
    )
    assert pdu.encode(submit) == WIRE


def test_the_owner_of_a_session_chooses_the_sequence():
    assert pdu.decode(pdu.encode(pdu.EnquireLink(sequence=3), 9)).sequence == 9


def test_an_unknown_command_is_decoded_so_that_it_can_be_refused():
    assert pdu.decode(frame(0x0103, 0, 7, b"body")) == pdu.Unknown(0x0103, b"body", 0, 7)


def test_an_unknown_pdu_survives_the_wire():
    assert pdu.encode(pdu.Unknown(0x0103, b"body", 0, 7)) == frame(0x0103, 0, 7, b"body")


def test_a_refusal_without_a_body_is_read():
    answer = pdu.decode(frame(pdu.SubmitSmResp.command, status.THROTTLED, 4))

    assert answer == pdu.SubmitSmResp(status=status.THROTTLED, sequence=4)


def test_a_refusal_is_written_without_a_body():
    refusal = pdu.SubmitSmResp(status=status.THROTTLED, sequence=4)

    assert len(pdu.encode(refusal)) == 16


def test_a_message_id_without_its_final_nul_is_read():
    assert pdu.decode(frame(pdu.SubmitSmResp.command, 0, 4, b"abc")).message_id == "abc"


def test_a_bind_without_its_final_nul_is_read():
    bind = pdu.Bind("user", "secret", address_range="86", sequence=1)
    body = pdu.encode(bind)[16:-1]

    assert pdu.decode(frame(pdu.Mode.TRANSCEIVER, 0, 1, body)) == bind


def test_the_message_id_counts_even_where_the_tags_behind_it_are_broken():
    answer = pdu.decode(frame(pdu.SubmitSmResp.command, 0, 4, b"abc\0\x02\x04\xff\xff"))

    assert answer.message_id == "abc"
    assert answer.tlvs == {}


def test_stray_bytes_behind_the_tags_are_padding():
    wire = frame(pdu.SUBMIT_SM, 0, 5, WIRE[16:] + b"\0\0\0")

    assert pdu.decode(wire).tlvs == {USER_MESSAGE_REFERENCE: b"\0\7"}


def test_the_text_is_found_in_the_payload_tag():
    assert pdu.DeliverSm(tlvs={MESSAGE_PAYLOAD: b"long"}).content == b"long"


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (b"", status.INVALID_COMMAND_LENGTH),
        (WIRE[:15], status.INVALID_COMMAND_LENGTH),
        (WIRE[:-1], status.INVALID_COMMAND_LENGTH),
        (frame(pdu.UNBIND, 0, 1, bytes(0x10000)), status.INVALID_COMMAND_LENGTH),
        (frame(pdu.SUBMIT_SM, 0, 5, WIRE[16:40]), status.INVALID_COMMAND_LENGTH),
        (frame(pdu.SUBMIT_SM, 0, 5, WIRE[16:-8]), status.INVALID_MESSAGE_LENGTH),
        (frame(pdu.SUBMIT_SM, 0, 5, WIRE[16:] + b"\2\4\0\2\0"), status.INVALID_TLV_STREAM),
        (frame(pdu.Mode.RECEIVER, 0, 5, b"user"), status.INVALID_COMMAND_LENGTH),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_status(wire, expected):
    with pytest.raises(PduError) as refused:
        pdu.decode(wire)

    assert refused.value.status == expected


@pytest.mark.parametrize(
    "submit",
    [
        pdu.SubmitSm(destination="1" * 21),
        pdu.SubmitSm(source="1" * 21),
        pdu.SubmitSm(short_message=bytes(255)),
        pdu.SubmitSm(source="a\0b"),
        pdu.SubmitSm(source="你好"),
        pdu.SubmitSm(data_coding=256),
        pdu.SubmitSm(tlvs={1: bytes(0x10000)}),
        pdu.SubmitSm(status=-1),
        pdu.Bind("a\0b"),
    ],
)
def test_what_cannot_be_written_is_refused(submit):
    with pytest.raises(PduError) as refused:
        pdu.encode(submit, 8)

    assert refused.value.sequence == 8


def test_a_hundred_thousand_mutated_pdus_are_read_or_refused():
    chance = random.Random(20)  # noqa: S311
    originals = [pdu.encode(kind(sequence=1)) for kind in PDUS]
    originals += [WIRE, frame(pdu.DELIVER_SM, 0, 6, WIRE[16:])]
    outcomes = Counter(_outcome(_mutate(chance, chance.choice(originals))) for _ in range(100_000))

    assert min(outcomes["read"], outcomes["refused"]) > 10_000


def _outcome(wire):
    try:
        pdu.decode(wire)
    except PduError:
        return "refused"
    return "read"


def _mutate(chance, original):
    wire = bytearray(original)
    for _ in range(chance.randint(1, 4)):
        wire[chance.randrange(len(wire))] = chance.choice([0, 1, 2, 16, 127, 128, 255])
    if chance.random() < 0.5:
        del wire[chance.randrange(4, len(wire) + 1) :]
    if chance.random() < 0.3:
        wire += chance.randbytes(chance.randint(0, 40))
    if chance.random() < 0.8:
        wire[:4] = struct.pack(">I", len(wire))
    return bytes(wire)


def test_a_status_has_a_name():
    assert status.name(status.THROTTLED) == "THROTTLED"
    assert status.name(0x0400) == "0x00000400"
