"""What time decides: unknown outcomes, schedules, validity."""

from datetime import timedelta

import pytest

from accounts.models import Event
from messaging.models import Due, Message
from messaging.services import health, resolver
from messaging.services.attempts import PARTLY_TAKEN
from messaging.services.dispatch import Outcome
from tests import world
from tests.messaging.line import Line, attempts, refunds, state, told

pytestmark = pytest.mark.django_db

PRICE = world.CODE_PRICE_MICROS


@pytest.fixture
def line():
    return Line()


def doubt(line, **body):
    [message_id] = line.accept(**body)
    claims = line.submit()
    line.answer(claims, Outcome.UNKNOWN)
    return message_id, claims


def test_nothing_is_decided_before_the_deadline(line):
    message_id, _claims = doubt(line)
    line.later(seconds=44)

    assert resolver.resolve(now=line.now) == 0
    assert state(message_id) == "uncertain"


def test_an_unknown_outcome_is_resent_once_at_no_cost_and_then_given_up(line):
    message_id, _claims = doubt(line, on_unknown="resend")
    line.later(seconds=46)

    assert resolver.resolve(now=line.now) == 1
    assert state(message_id) == "queued"
    assert attempts(message_id) == [(1, "superseded")]
    assert line.spent() == PRICE

    line.answer(line.submit(), Outcome.UNKNOWN)
    line.later(seconds=46)
    resolver.resolve(now=line.now)
    assert state(message_id) == "failed"
    assert attempts(message_id) == [(1, "superseded"), (2, "written_off")]
    assert (line.spent(), refunds(), told()) == (0, 1, ["message.failed"])
    assert Message.objects.get().reason == "outcome_unknown"


def test_the_resolver_tells_what_it_did(line):
    message_id, _claims = doubt(line)
    line.later(seconds=46)
    resolver.resolve(now=line.now)

    event = Event.objects.get(subject_id=message_id)
    assert (event.kind, event.actor) == ("message.outcome_superseded", "resolver")


def test_where_a_double_is_unwanted_nothing_is_ever_resent(line):
    message_id, _claims = doubt(line, on_unknown="fail", valid_for=86_400)
    line.later(hours=5)
    assert resolver.resolve(now=line.now) == 0

    line.later(hours=2)
    assert resolver.resolve(now=line.now) == 1
    assert (state(message_id), line.spent()) == ("failed", 0)


def test_what_is_no_longer_valid_is_not_resent(line):
    [message_id] = line.accept(valid_for=60)
    line.later(seconds=20)
    line.answer(line.submit(), Outcome.UNKNOWN)
    line.later(seconds=46)
    resolver.resolve(now=line.now)

    assert state(message_id) == "failed"


def test_an_answer_that_came_first_wins(line):
    message_id, claims = doubt(line)
    line.answer(claims)
    line.later(seconds=46)

    assert resolver.resolve(now=line.now) == 0
    assert state(message_id) == "sent"


def test_an_answer_after_a_resend_only_names_its_attempt(line):
    message_id, claims = doubt(line)
    line.later(seconds=46)
    resolver.resolve(now=line.now)

    line.answer(claims, ids=("late",))

    assert state(message_id) == "queued"
    assert attempts(message_id) == [(1, "superseded")]


def test_decided_in_groups_and_called_again_for_more(line, monkeypatch):
    monkeypatch.setattr(resolver, "MOST", 2)
    line.accept(*(f"1380013800{digit}" for digit in range(3)))
    line.answer(line.submit(), Outcome.UNKNOWN)
    line.later(seconds=46)

    assert [resolver.resolve(now=line.now) for _count in range(3)] == [2, 1, 0]


def test_a_scheduled_message_joins_the_queue_when_its_time_has_come(line):
    at = line.now + timedelta(hours=1)
    [message_id] = line.accept(send_at=at.isoformat())
    assert resolver.release_scheduled(now=line.now) == 0
    line.later(hours=1, seconds=1)

    assert resolver.release_scheduled(now=line.now) == 1
    assert (state(message_id), Due.objects.get().lane) == ("queued", 0)
    assert len(line.claim()) == 1


def test_a_message_that_nobody_took_expires_and_is_refunded(line):
    [message_id] = line.accept(valid_for=60)
    assert resolver.expire(now=line.now) == 0
    line.later(seconds=61)

    assert resolver.expire(now=line.now) == 1
    assert (state(message_id), line.spent(), told()) == ("expired", 0, ["message.expired"])
    assert not Due.objects.exists()
    assert resolver.expire(now=line.now) == 0


def test_a_message_on_the_wire_does_not_expire(line):
    [message_id] = line.accept(valid_for=60)
    line.submit()
    line.later(seconds=61)

    assert resolver.expire(now=line.now) == 0
    assert state(message_id) == "sending"


def test_held_resends_wait_for_a_person_and_then_for_the_last_deadline(line):
    message_id, _claims = doubt(line, on_unknown="resend", valid_for=86_400)
    health.hold_resends(carrier_id=line.carrier.pk, reason="4 cuts", now=line.now)
    line.later(hours=5)
    assert resolver.resolve(now=line.now) == 0
    assert state(message_id) == "uncertain"

    health.decide_resends(
        carrier_id=line.carrier.pk, resends="automatic", actor="eve", now=line.now
    )
    assert resolver.resolve(now=line.now) == 1
    assert state(message_id) == "queued"


@pytest.mark.parametrize("valid_for", [3600, 86_400])
def test_what_nobody_decided_ends_at_the_last_deadline(line, valid_for):
    message_id, _claims = doubt(line, on_unknown="resend", valid_for=valid_for)
    health.hold_resends(carrier_id=line.carrier.pk, reason="4 cuts", now=line.now)
    line.later(hours=7)

    assert resolver.resolve(now=line.now) == 1
    assert (state(message_id), line.spent()) == ("failed", 0)
    assert Message.objects.get().reason == "outcome_unknown"


def test_what_a_person_gave_up_is_refunded_and_not_resent(line):
    message_id, _claims = doubt(line, on_unknown="resend")
    health.decide_resends(carrier_id=line.carrier.pk, resends="fail", actor="eve", now=line.now)
    line.later(seconds=46)

    assert resolver.resolve(now=line.now) == 1
    assert (state(message_id), line.spent(), refunds()) == ("failed", 0, 1)


def test_too_many_resends_are_held(line):
    for _message in range(health.LEAST_RESENDS):
        doubt(line, on_unknown="resend")
    line.later(seconds=46)
    resolver.resolve(now=line.now)

    assert health.count_resends(now=line.now) == 1
    assert health.count_resends(now=line.now) == 0


def test_a_person_who_lets_resends_go_on_is_not_overruled_by_the_same_ones(line):
    for _message in range(health.LEAST_RESENDS):
        doubt(line, on_unknown="resend")
    line.later(seconds=46)
    resolver.resolve(now=line.now)
    health.count_resends(now=line.now)

    health.decide_resends(
        carrier_id=line.carrier.pk, resends="automatic", actor="eve", now=line.now
    )

    assert health.count_resends(now=line.now) == 0


def test_a_few_resends_among_many_messages_are_nothing(line, monkeypatch):
    monkeypatch.setattr(health, "RESENDS_ONE_IN", 1)
    for _message in range(health.LEAST_RESENDS):
        doubt(line, on_unknown="resend")
    line.later(seconds=46)
    resolver.resolve(now=line.now)

    assert health.count_resends(now=line.now) == 0


def test_a_long_message_that_was_taken_in_part_is_not_sent_whole_again(line):
    [message_id] = line.accept(on_unknown="resend")
    line.answer(line.submit(), Outcome.UNKNOWN, code=PARTLY_TAKEN)
    line.later(seconds=46)

    assert resolver.resolve(now=line.now) == 1
    assert (state(message_id), line.spent(), refunds()) == ("failed", 0, 1)
