"""Where a message goes whose carrier refuses it, or is dead, and when it stays."""

import pytest

from messaging.models import Carrier, Due, Health, Message, Route, RouteCarrier
from messaging.services.dispatch import Outcome
from smsplatform.core import remember
from tests.messaging.line import Line, refunds, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    return Line()


def tire(line, code="SYSTEM_ERROR"):
    for _try in range(3):
        line.answer(line.submit(), Outcome.REFUSED_FOR_NOW, code=code)
        line.later(seconds=11)


@pytest.fixture
def second(line):
    carrier = Carrier.objects.create(name="Second", kind="smpp", host="h", port=1)
    RouteCarrier.objects.create(route=Route.objects.get(), carrier=carrier, position=1, priority=1)
    remember.forget()
    return carrier


def test_a_message_that_its_carrier_keeps_refusing_goes_on_to_the_next(line, second):
    [message_id] = line.accept()
    tire(line)

    assert state(message_id) == "queued"
    assert Due.objects.get().step == Message.objects.get().step == 1
    assert line.claim() == []
    assert refunds() == 0

    line.carrier = second
    line.take_lease()
    tire(line, code="SUBMIT_FAILED")
    assert (state(message_id), refunds(), line.spent()) == ("failed", 1, 0)
    assert Message.objects.get().carrier_code == "SUBMIT_FAILED"


def test_a_refusal_for_good_is_final_whoever_else_there_is(line, second):
    [message_id] = line.accept()
    line.answer(line.submit(), Outcome.REFUSED, code="INVALID_DESTINATION")

    assert state(message_id) == "failed"


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.ACCEPTED])
def test_what_may_have_been_taken_is_never_given_to_another_carrier(line, second, outcome):
    [message_id] = line.accept()
    line.answer(line.submit(), outcome)
    Health.objects.create(carrier=line.carrier, circuit=Health.Circuit.OPEN)
    remember.forget()

    line.carrier = second
    line.take_lease()
    assert line.claim() == []
    assert state(message_id) == ("sent" if outcome == Outcome.ACCEPTED else "uncertain")


def test_what_waits_for_a_dead_carrier_is_claimed_by_the_next(line, second):
    [message_id] = line.accept()
    Health.objects.create(carrier=line.carrier, circuit=Health.Circuit.OPEN)
    remember.forget()
    assert line.claim() == []

    line.carrier = second
    line.take_lease()
    assert [one.message_id for one in line.claim()] == [message_id]
