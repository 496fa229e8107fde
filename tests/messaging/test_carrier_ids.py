"""What carriers call our messages: nothing, all the same, too much."""

import pytest

from messaging.models import Message, Part
from tests.messaging.line import Line, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    return Line()


def test_both_of_a_repeated_id_are_kept_and_somebody_is_told(line, caplog):
    line.accept("13800138001", "13800138002")

    line.answer(line.submit(), ids=["1"])

    assert list(Part.objects.values_list("carrier_message_id", flat=True)) == ["1", "1"]
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert f"carrier {line.carrier.pk}: 0 without id, 1 repeated" in caplog.messages


def test_a_message_without_an_id_is_sent_and_somebody_is_told(line, caplog):
    [message_id] = line.accept()

    line.answer(line.submit(), ids=[""])

    assert state(message_id) == "sent"
    assert f"carrier {line.carrier.pk}: 1 without id, 0 repeated" in caplog.messages


def test_ids_as_they_should_be_are_not_worth_a_word(line, caplog):
    line.accept("13800138001", "13800138002")

    line.send()

    assert not [one for one in caplog.records if one.name == "messaging.services.recording"]


def test_an_id_that_is_too_long_is_kept_as_far_as_there_is_room(line):
    line.accept()

    line.answer(line.submit(), ids=["0x" + "F" * 100])

    part = Part.objects.get()
    assert (len(part.raw_id), len(part.carrier_message_id)) == (65, 64)


def test_a_long_hexadecimal_number_is_stored_whatever_its_length():
    line = Line(id_spelling="hex_answers")
    line.accept("13800138001", "13800138002")
    first, second = line.submit()

    line.answer([first], ids=["f" * 48])
    line.answer([second], ids=["f" * 49])

    kept = set(Part.objects.values_list("carrier_message_id", flat=True))
    assert kept == {str(16**48 - 1), "f" * 49}
