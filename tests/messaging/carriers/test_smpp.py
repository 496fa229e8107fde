"""A message on the SMPP wire, and what an answer or a receipt means."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from messaging.carriers import base, smpp
from messaging.carriers.base import PartAnswer
from messaging.models import Carrier
from messaging.services import attempts
from messaging.services.attempts import Claim, Outcome
from messaging.services.receipts import ReceiptOutcome
from messaging.smpp import fields, pdu, receipts
from messaging.smpp.events import Answered
from messaging.smpp.session import Limits
from tests.messaging.smpp.conversations import bound, exchange, submit

ID = UUID("01a204fe-b6ba-7024-bb95-a00769116dea")


def claim(text="hello", encoding="gsm7", parts=1, no=1):
    return Claim(
        ID, no, "+447700900123", "GB", encoding, parts, text, datetime(2030, 1, 1, tzinfo=UTC)
    )


def test_a_short_text_is_one_submission():
    [submission] = smpp.submissions(claim())

    assert submission.destination == "447700900123"
    assert (submission.destination_ton, submission.destination_npi) == (1, 1)
    assert submission.short_message == b"hello"
    assert (submission.data_coding, submission.esm_class) == (0, 0)
    assert submission.registered_delivery == pdu.RECEIPT_WANTED


def test_chinese_goes_as_ucs2():
    [submission] = smpp.submissions(claim("【示例】您好", "ucs2"))

    assert submission.data_coding == 8
    assert submission.short_message.decode("utf-16-be") == "【示例】您好"


def test_a_domestic_text_stays_ucs2_though_gsm7_could_say_it():
    [submission] = smpp.submissions(claim("hello", "ucs2"))

    assert submission.short_message == "hello".encode("utf-16-be")


def test_the_parts_of_a_long_text_share_a_header_and_a_tag():
    first, second = smpp.submissions(claim("a" * 161, parts=2))

    assert first.esm_class == second.esm_class == pdu.WITH_HEADER
    assert first.short_message[:3] == b"\x05\x00\x03"
    assert first.short_message[3] == second.short_message[3]
    assert (first.short_message[4:6], second.short_message[4:6]) == (b"\x02\x01", b"\x02\x02")
    assert first.tlvs == second.tlvs == {fields.USER_MESSAGE_REFERENCE: claim().tag.to_bytes(2)}


def test_each_attempt_has_a_tag_of_its_own():
    assert claim(no=1).tag != claim(no=2).tag
    assert attempts.tag_text(claim(no=2).tag) in attempts.references(ID, 2)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0x00, Outcome.ACCEPTED),
        (0x58, Outcome.THROTTLED),
        (0x14, Outcome.THROTTLED),
        (0x08, Outcome.REFUSED_FOR_NOW),
        (0x45, Outcome.REFUSED_FOR_NOW),
        (0x0A, Outcome.REFUSED),
        (0x0B, Outcome.REFUSED),
        (0x33, Outcome.REFUSED),
        (0x401, Outcome.REFUSED_FOR_NOW),
    ],
)
def test_the_meaning_of_an_answer(status, outcome):
    assert smpp.meaning(Answered(None, status, "id")).outcome == outcome


STATUSES = [*range(0x100), *range(0x400, 0x410)]
# SMPP 3.4, 5.1.3: what no second try would change.
FOR_GOOD = {
    0x01, 0x0A, 0x0B, 0x33, 0x40, 0x43, 0x48, 0x49, 0x50, 0x51, 0x62, 0x65, 0x66,
}  # fmt: skip


def usual(number):
    if number == 0:
        return Outcome.ACCEPTED
    if number in (0x14, 0x58):
        return Outcome.THROTTLED
    return Outcome.REFUSED if number in FOR_GOOD else Outcome.REFUSED_FOR_NOW


def test_every_status_that_a_carrier_may_answer_has_a_meaning():
    """Through a session. A word that is in no table may pass: the message is tried again."""
    client, carrier = bound(limits=Limits(window=len(STATUSES), unanswered_inbound=len(STATUSES)))
    client.submit_many([(submit(), number) for number in STATUSES], 1.0)
    exchange(client, carrier, 1.0)
    for asked, number in zip(carrier.events(), STATUSES, strict=True):
        carrier.answer(asked.sequence, number, "id")
    exchange(client, carrier, 1.0)

    answers = {event.token: smpp.meaning(event) for event in client.events()}

    assert {number: one.outcome for number, one in answers.items()} == {
        number: usual(number) for number in STATUSES
    }
    assert [number for number, one in answers.items() if not one.carrier_code] == [0]


def test_a_carrier_may_mean_something_else_by_its_words():
    carrier = Carrier(answers={"0x0000000b": "throttled", "SYSTEM_ERROR": "refused"})
    own = smpp.meanings(carrier)

    assert smpp.meaning(Answered(None, 0x0B, ""), own).outcome == Outcome.THROTTLED
    assert smpp.meaning(Answered(None, 0x08, ""), own).outcome == Outcome.REFUSED
    assert smpp.meaning(Answered(None, 0x0A, ""), own).outcome == Outcome.REFUSED
    assert smpp.meanings(Carrier()) == smpp.MEANINGS


A, T, F, R, N, U = (
    Outcome.ACCEPTED,
    Outcome.THROTTLED,
    Outcome.REFUSED_FOR_NOW,
    Outcome.REFUSED,
    Outcome.NOT_SENT,
    Outcome.UNKNOWN,
)


@pytest.mark.parametrize(
    ("parts", "outcome"),
    [
        ((A, A), A),
        ((A, U), U),
        ((R, U), U),
        ((A, R), R),
        ((A, T), R),
        ((A, N), R),
        ((T, R), R),
        ((T, T), T),
        ((T, F), T),
        ((F, N), F),
        ((N, N), N),
    ],
)
def test_the_answers_of_parts_make_one(parts, outcome):
    answer = base.combine(claim(), [PartAnswer(one, "x") for one in parts])

    assert answer.outcome == outcome
    assert answer.carrier_ids == (("x", "x") if outcome == A else ())


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("DELIVRD", ReceiptOutcome.DELIVERED),
        ("delivrd", ReceiptOutcome.DELIVERED),
        ("UNDELIV", ReceiptOutcome.UNDELIVERED),
        ("EXPIRED", ReceiptOutcome.UNDELIVERED),
        ("DELETED", ReceiptOutcome.UNDELIVERED),
        ("REJECTD", ReceiptOutcome.UNDELIVERED),
        ("ACCEPTD", ReceiptOutcome.PENDING),
        ("ENROUTE", ReceiptOutcome.PENDING),
        ("UNKNOWN", ReceiptOutcome.PENDING),
        ("", ReceiptOutcome.PENDING),
        ("whatever", ReceiptOutcome.PENDING),
    ],
)
def test_the_meaning_of_a_receipt(word, outcome):
    assert base.receipt_outcome(word) == outcome


def test_a_receipt_becomes_a_report_with_our_reference():
    told = receipts.Receipt(id="00AB", stat="UNDELIV", err="027", reference=claim().tag)
    deliver = pdu.DeliverSm(
        source="447700900123",
        esm_class=pdu.RECEIPT,
        short_message=receipts.format_receipt(told),
        tlvs=receipts.receipt_tlvs(told),
    )

    report = smpp.report(deliver)

    assert (report.raw_id, report.number, report.carrier_code) == ("00AB", "447700900123", "027")
    assert report.outcome == ReceiptOutcome.UNDELIVERED
    assert report.reference in attempts.references(ID, 1)


def test_a_message_of_a_phone_is_no_report():
    assert smpp.report(pdu.DeliverSm(short_message=b"id:1 stat:DELIVRD")) is None


def test_what_was_taken_in_part_says_so():
    taken, unanswered = PartAnswer(Outcome.ACCEPTED, "x"), PartAnswer(Outcome.UNKNOWN)

    partly = base.combine(claim(), [taken, unanswered])
    assert (partly.outcome, partly.carrier_code) == (Outcome.UNKNOWN, attempts.PARTLY_TAKEN)
    assert base.combine(claim(), [unanswered, unanswered]).carrier_code == ""
