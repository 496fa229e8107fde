"""What an HTTP carrier's answer and callback mean."""

import json

import pytest

from messaging.carriers import base, http
from messaging.models import Carrier
from messaging.services.attempts import Outcome
from messaging.services.receipts import ReceiptOutcome
from smsplatform.core.http import Answer
from tests.messaging.carriers.test_smpp import claim


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"id":"a"}', Outcome.ACCEPTED),
        (200, b'{"id":7}', Outcome.ACCEPTED),
        (200, b"{}", Outcome.ACCEPTED),
        (200, b"<html>", Outcome.UNKNOWN),
        (200, b"[1]", Outcome.UNKNOWN),
        (200, b"\xff", Outcome.UNKNOWN),
        (302, b"", Outcome.UNKNOWN),
        (400, b"", Outcome.REFUSED),
        (404, b"", Outcome.REFUSED),
        (429, b"", Outcome.THROTTLED),
        (500, b"", Outcome.UNKNOWN),
        (503, b"", Outcome.UNKNOWN),
    ],
)
def test_the_meaning_of_an_answer(status, body, outcome):
    assert http.meaning(claim(), Answer(status, None, 1, body)).outcome == outcome


def test_one_id_stands_for_all_parts():
    answer = http.meaning(claim(parts=3), Answer(200, None, 1, b'{"id":"a"}'))

    assert answer.carrier_ids == ("a", "", "")


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"\xff", b"{}", b'{"id":"1"}', b'{"status":"DELIVRD"}',
             b'{"id":{},"status":"x"}', b"[" * 100_000]
)  # fmt: skip
def test_what_cannot_be_read_is_no_report(body):
    assert http.report(body) is None


def test_a_callback_becomes_a_report():
    told = {"id": "a", "to": "+44", "status": "UNDELIV", "code": "027", "reference": "r.1"}

    report = http.report(json.dumps(told).encode())

    assert (report.raw_id, report.number, report.carrier_code) == ("a", "+44", "027")
    assert (report.outcome, report.reference) == (ReceiptOutcome.UNDELIVERED, "r.1")


def test_each_carrier_has_its_own_secret():
    assert http.callback_secret(1) != http.callback_secret(2)


def test_a_carrier_may_mean_something_else_by_its_statuses():
    own = base.own_words(Carrier(answers={"503": "throttled", " 402 ": "refused_for_now"}))

    assert http.meaning(claim(), Answer(503, None, 1, b""), own).outcome == Outcome.THROTTLED
    assert http.meaning(claim(), Answer(402, None, 1, b""), own).outcome == Outcome.REFUSED_FOR_NOW
    assert http.meaning(claim(), Answer(500, None, 1, b""), own).outcome == Outcome.UNKNOWN
