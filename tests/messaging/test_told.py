"""The body of a message's webhook: written by hand, it must stay JSON whatever customers say."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from messaging.services import ending

NOW = datetime(2026, 7, 1, 12, 30, 0, 120_000, tzinfo=UTC)
ID = UUID("019fbd2c-1a00-7000-8000-000000000001")
UGLY = '"\\/\b\x1f\x7f}{,: 中文 \u2028 😀'


def told(**changes):
    facts = {
        "id": ID, "account_id": 1, "project_id": 2, "batch_id": UUID(int=7), "state": "undelivered",
        "number": "+8613800138000", "country": "CN", "message_class": "notice", "parts": 2,
        "price_micros": 90_000, "currency": "CNY", "basis": "accepted", "wallet_id": 3,
        "rate_id": 7,
        "reference": "order 7", "reason": "undelivered", "carrier_code": "MK:0001",
        "sent_at": NOW, "finished_at": NOW,
    }  # fmt: skip
    [event] = map(ending._event, [ending.Ended(**{**facts, **changes})])
    return json.loads(event.payload)


def test_it_says_everything_of_the_message():
    assert told() == {
        "type": "message.undelivered",
        "timestamp": "2026-07-01T12:30:00.120000+00:00",
        "data": {
            "id": str(ID),
            "batch_id": "00000000-0000-0000-0000-000000000007",
            "to": "+8613800138000",
            "state": "undelivered",
            "reason": "undelivered",
            "carrier_code": "MK:0001",
            "reference": "order 7",
            "parts": 2,
            "price": {"amount": "0.09", "currency": "CNY"},
            "accepted_at": told()["data"]["accepted_at"],
            "sent_at": "2026-07-01T12:30:00.120000+00:00",
            "finished_at": "2026-07-01T12:30:00.120000+00:00",
        },
    }


@pytest.mark.parametrize("field", ["reference", "carrier_code"])
def test_words_of_others_are_quoted(field):
    assert told(**{field: UGLY})["data"][field] == UGLY


def test_a_message_that_was_never_sent_has_no_time_of_it():
    assert told(state="failed", sent_at=None)["data"]["sent_at"] is None
