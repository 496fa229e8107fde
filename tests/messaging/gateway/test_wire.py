"""Parts of long messages on a real session: which go again, when, and what the message is told."""

from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import pytest

from messaging.carriers import smpp
from messaging.gateway import wire as wires
from messaging.gateway.wire import Wire
from messaging.services.dispatch import Claim, Outcome
from messaging.simulator import texts
from messaging.smpp import pdu as pdus
from messaging.smpp import status
from messaging.smpp.events import Answered, Unanswered
from messaging.smpp.session import Limits
from tests.messaging.smpp.conversations import bound, read

EPOCH = 7
PLENTY = 100
LONG = "字" * 140  # three parts


class FarEnd:
    """A bound session, the wire on our side of it, and a carrier that answers as it is told."""

    def __init__(self, window=10):
        limits = Limits(window, response_timeout_seconds=60, enquire_interval_seconds=1e9)
        self.limits = limits
        self.session, self.carrier = bound(limits=limits)
        self.now = 0.0
        self.wire = Wire(self, clock=lambda: self.now)
        self.names = count(1)

    # What the client of a connection offers.

    @property
    def window_free(self):
        return self.session.window_free

    def outstanding(self):
        return self.session.outstanding()

    def submit_many(self, batch):
        self.session.submit_many(batch, self.now)

    # What the test does.

    def arrived(self):
        """The parts that came since it was last asked, each with its number to answer by."""
        return [(texts.read(pdu, "", 0.0).part, pdu) for pdu in read(self.session.data_to_send())]

    def answer(self, arrived, *words):
        """What the wire tells once these have their answers, in this order."""
        for (_place, pdu), word in zip(arrived, words, strict=True):
            self.carrier.receive(pdus.encode(pdu, pdu.sequence), self.now)
            name = f"id{next(self.names)}" if word == status.OK else ""
            self.carrier.answer(pdu.sequence, word, name)
        self.session.receive(self.carrier.data_to_send(), self.now)
        return self.heard()

    def heard(self):
        told = [self.told(event) for event in self.session.events()]
        return [one for one in told if one is not None]

    def told(self, event):
        match event:
            case Answered(token):
                return self.wire.answered(token, smpp.meaning(event))
            case Unanswered(token):
                return self.wire.answered(token, wires.PartAnswer(Outcome.UNKNOWN))

    def pass_time(self, seconds):
        self.now += seconds
        self.session.tick(self.now)
        return self.heard()

    def again(self, most=PLENTY, epoch=EPOCH):
        self.wire.write_again(most, epoch)
        return self.arrived()


OK, BUSY, BROKEN, NO = (
    status.OK,
    status.THROTTLED,
    status.SYSTEM_ERROR,
    status.INVALID_DESTINATION,
)


def claim(number=1, text=LONG):
    parts = len(smpp.submissions(_claim(number, text, 1)))
    return _claim(number, text, parts)


def _claim(number, text, parts):
    until = datetime(2030, 1, 1, tzinfo=UTC)
    return Claim(UUID(int=number), 1, "+8613800138000", "CN", "ucs2", parts, text, until)


@pytest.fixture
def end():
    return FarEnd()


def begun(end, *words, text=LONG):
    """A message on the wire, whose parts were answered so."""
    assert end.wire.write([claim(text=text)], EPOCH) == []
    return end.answer(end.arrived(), *words)


def outcomes(told):
    return [one.outcome for one in told]


@pytest.mark.parametrize("word", [BUSY, BROKEN])
def test_only_the_part_that_was_refused_for_now_goes_again_with_the_same_reference(end, word):
    end.wire.write([claim()], EPOCH)
    first = end.arrived()
    assert end.answer(first, OK, word, OK) == []

    assert end.again() == []
    end.pass_time(wires.PAUSE_SECONDS)
    again = end.again()

    assert [place for place, _pdu in again] == [2]
    assert again[0][1].short_message == first[1][1].short_message
    [told] = end.answer(again, OK)
    assert (told.outcome, told.carrier_ids) == (Outcome.ACCEPTED, ("id1", "id3", "id2"))
    end.pass_time(PLENTY)
    assert end.again() == []


def test_the_pauses_double_up_to_a_longest(end):
    begun(end, OK, BUSY, OK)
    waited = []
    while end.wire.end_overdue(EPOCH) == []:
        pause = 0
        while not (again := end.again()) and end.now < wires.REPEAT_WITHIN_SECONDS:
            end.pass_time(1)
            pause += 1
        if again:
            waited.append(pause)
            end.answer(again, BUSY)

    assert waited[:6] == [1, 2, 4, 8, 16, 30]
    assert set(waited[6:]) == {30}


@pytest.mark.parametrize("words", [(OK, NO, OK), (OK, BUSY, NO), (NO, BROKEN, OK)])
def test_a_part_that_is_refused_for_good_refuses_the_message(end, words):
    assert outcomes(begun(end, *words)) == [Outcome.REFUSED]

    end.pass_time(PLENTY)
    assert end.again() == []


def test_a_part_refused_for_good_when_it_came_again_refuses_the_message(end):
    begun(end, OK, BUSY, OK)
    end.pass_time(1)

    assert outcomes(end.answer(end.again(), NO)) == [Outcome.REFUSED]


@pytest.mark.parametrize("words", [(BUSY, BUSY, BUSY), (BROKEN, BUSY, BROKEN)])
def test_a_message_of_which_nothing_was_taken_goes_back_whole(end, words):
    [told] = begun(end, *words)

    assert told.outcome == Outcome.THROTTLED
    end.pass_time(PLENTY)
    assert end.again() == []


def test_a_short_message_never_goes_again_within_its_attempt(end):
    assert outcomes(begun(end, BUSY, text="hi")) == [Outcome.THROTTLED]

    end.pass_time(PLENTY)
    assert end.again() == []


def test_at_the_end_of_the_time_the_message_is_refused(end):
    begun(end, OK, BUSY, OK)
    end.pass_time(wires.REPEAT_WITHIN_SECONDS - 1)
    assert end.wire.end_overdue(EPOCH) == []
    again = end.again()
    end.pass_time(2)

    assert outcomes(end.answer(again, BUSY)) == [Outcome.REFUSED]
    assert end.wire.is_empty


def test_what_waits_when_the_time_ends_is_refused(end):
    begun(end, OK, BUSY, OK)
    end.pass_time(wires.REPEAT_WITHIN_SECONDS)

    assert outcomes(end.wire.end_overdue(EPOCH)) == [Outcome.REFUSED]
    assert end.again() == []


def test_in_another_epoch_nothing_goes_again(end):
    """Its attempt was called unknown: somebody else decides about it."""
    begun(end, OK, BUSY, OK)
    end.pass_time(1)

    assert end.again(epoch=EPOCH + 1) == []
    assert outcomes(end.wire.end_overdue(EPOCH + 1)) == [Outcome.REFUSED]
    assert end.again() == []


def test_in_another_epoch_the_rest_of_a_message_is_not_written():
    end = FarEnd(window=1)
    end.wire.write([claim()], EPOCH)
    end.answer(end.arrived(), OK)

    assert end.wire.write_rest(EPOCH + 1) == []

    assert end.arrived() == []
    assert end.wire.places == 1


def test_no_answer_to_a_part_makes_the_message_unknown_and_nothing_goes_again(end):
    end.wire.write([claim()], EPOCH)
    parts = end.arrived()
    assert end.answer(parts[:2], OK, BUSY) == []

    assert outcomes(end.pass_time(60)) == [Outcome.UNKNOWN]

    # Even when the late answer shows that only a part refused for now is missing.
    assert outcomes(end.answer(parts[2:], OK)) == [Outcome.REFUSED]
    end.pass_time(PLENTY)
    assert end.again() == []


def test_no_answer_to_a_part_that_went_again_makes_the_message_unknown(end):
    begun(end, OK, BUSY, OK)
    end.pass_time(1)
    end.again()

    assert outcomes(end.pass_time(60)) == [Outcome.UNKNOWN]


def test_a_cut_makes_unknown_what_is_unanswered_and_refuses_what_waited(end):
    begun(end, OK, BUSY, OK)
    end.wire.write([claim(2)], EPOCH)
    end.answer(end.arrived(), OK, OK, BUSY)
    end.wire.write([claim(3)], EPOCH)
    end.pass_time(1)
    end.wire.write_again(1, EPOCH)

    told = {one.message_id.int: one.outcome for one in end.wire.give_up()}

    assert told == {1: Outcome.UNKNOWN, 2: Outcome.REFUSED, 3: Outcome.UNKNOWN}
    end.pass_time(PLENTY)
    assert end.wire.write_again(PLENTY, EPOCH) == 0


@pytest.mark.parametrize(("most", "went"), [(0, []), (1, [2]), (2, [2, 3])])
def test_the_pace_bounds_what_goes_again(end, most, went):
    begun(end, OK, BUSY, BUSY)
    end.pass_time(1)

    assert [place for place, _pdu in end.again(most=most)] == went


def test_parts_that_did_not_fit_go_when_the_others_were_answered(end):
    begun(end, OK, BUSY, BUSY)
    end.pass_time(1)
    assert end.answer(end.again(most=1), OK) == []
    end.pass_time(2)

    again = end.again()

    assert [place for place, _pdu in again] == [3]
    assert outcomes(end.answer(again, OK)) == [Outcome.ACCEPTED]


def test_the_window_bounds_what_goes_again():
    end = FarEnd(window=3)
    begun(end, OK, BUSY, BUSY)
    end.pass_time(1)
    end.wire.write([claim(2, "hi"), claim(3, "hi")], EPOCH)
    end.arrived()

    assert [place for place, _pdu in end.again()] == [2]
