"""Receipts of attempts whose outcome is unknown, or that were superseded."""

import pytest

from messaging.models import Receipt
from messaging.services import attempts as words
from messaging.services import orphans, resolver
from messaging.services.dispatch import Outcome
from messaging.services.receipts import Effect, ReceiptOutcome
from tests.messaging.line import Line, attempts, state

pytestmark = pytest.mark.django_db

LONG = "字" * 140  # with its signature three parts
UNDELIVERED, PENDING = ReceiptOutcome.UNDELIVERED, ReceiptOutcome.PENDING


@pytest.fixture
def line():
    return Line()


def effects():
    return list(Receipt.objects.order_by("id").values_list("effect", flat=True))


@pytest.fixture
def unknown(line):
    [line.message_id] = line.accept()
    line.claims = line.submit()
    line.answer(line.claims, Outcome.UNKNOWN)
    return line


def adopt(line):
    line.later(seconds=10)
    adopted = orphans.adopt(carrier_id=line.carrier.id, now=line.now)
    line.apply()
    return adopted


def test_an_orphan_belongs_to_the_only_attempt_that_it_can_mean(unknown):
    unknown.report("orphan")

    assert adopt(unknown) == 1
    assert state(unknown.message_id) == "delivered"
    assert attempts(unknown.message_id) == [(1, "accepted")]
    assert adopt(unknown) == 0


def test_an_answer_that_comes_right_after_the_adoption_is_recorded_all_the_same(unknown):
    unknown.report("orphan")
    unknown.later(seconds=10)
    assert orphans.adopt(carrier_id=unknown.carrier.id, now=unknown.now) == 1

    unknown.answer(unknown.claims, ids=("orphan",))

    unknown.apply()
    assert state(unknown.message_id) == "delivered"
    assert attempts(unknown.message_id) == [(1, "accepted")]
    assert effects() == [Effect.APPLIED]


def test_an_orphan_waits_a_moment_for_the_answer(unknown):
    unknown.report("orphan")

    assert orphans.adopt(carrier_id=unknown.carrier.id, now=unknown.now) == 0


def test_two_candidates_are_none(unknown):
    [second] = unknown.accept()
    unknown.answer(unknown.submit(), Outcome.UNKNOWN)
    unknown.report("orphan")

    assert adopt(unknown) == 0
    assert {state(second), state(unknown.message_id)} == {"uncertain"}


def test_an_attempt_on_the_wire_is_a_candidate_too(unknown):
    unknown.accept()
    unknown.submit()
    unknown.report("orphan")

    assert adopt(unknown) == 0


def test_an_attempt_that_was_given_up_is_a_candidate_too(unknown):
    unknown.later(minutes=1)
    resolver.resolve(now=unknown.now)
    unknown.answer(unknown.submit(), Outcome.UNKNOWN)
    unknown.report("orphan")

    assert adopt(unknown) == 0


def test_an_answered_neighbour_is_no_candidate(unknown):
    unknown.accept()
    unknown.send()
    unknown.report("orphan")

    assert adopt(unknown) == 1


@pytest.mark.parametrize("number", ["+8613900139000", "", "8613800138001"])
def test_an_orphan_of_another_number_is_left_alone(unknown, number):
    unknown.report("orphan", number=number)

    assert adopt(unknown) == 0


def test_an_orphan_that_comes_much_later_is_left_alone(unknown):
    unknown.later(minutes=16)
    unknown.report("orphan")

    assert adopt(unknown) == 0


def test_an_echoed_reference_decides_among_candidates(unknown):
    unknown.accept()
    [claim] = unknown.submit()
    unknown.answer([claim], Outcome.UNKNOWN)
    unknown.report("orphan", reference=words.tag_text(claim.tag))

    assert adopt(unknown) == 1
    assert (state(claim.message_id), state(unknown.message_id)) == ("delivered", "uncertain")


def test_an_echoed_reference_of_nobody_is_left_alone(unknown):
    tag = unknown.claims[0].tag ^ 1
    unknown.report("orphan", reference=words.tag_text(tag))

    assert adopt(unknown) == 0


def test_a_whole_reference_names_a_long_message(line):
    [message_id] = line.accept(text=LONG)
    [claim] = line.submit()
    line.answer([claim], Outcome.UNKNOWN)
    line.report("orphan", reference=claim.reference)

    assert adopt(line) == 1
    assert state(message_id) == "delivered"


def test_an_orphan_names_what_the_carrier_accepted_without_a_name(line):
    [message_id] = line.accept()
    line.answer(line.submit(), ids=("",))
    line.report("orphan")

    assert adopt(line) == 1
    assert state(message_id) == "delivered"


def test_a_word_on_the_way_proves_an_uncertain_attempt(unknown):
    unknown.report("orphan", outcome=PENDING)
    adopt(unknown)

    assert state(unknown.message_id) == "sent"
    assert attempts(unknown.message_id) == [(1, "accepted")]


# --- attempts that were superseded


@pytest.fixture
def resent(unknown):
    """Sent once more; then the answer to the first attempt came after all."""
    unknown.later(minutes=1)
    resolver.resolve(now=unknown.now)
    [unknown.second] = unknown.submit()
    unknown.answer(unknown.claims, ids=("first",))
    return unknown


def test_a_delivery_of_the_first_attempt_waits_for_the_answer_to_the_second(resent):
    resent.report("first")
    assert state(resent.message_id) == "sending"

    resent.answer([resent.second], ids=("second",))
    resent.apply()

    assert state(resent.message_id) == "delivered"
    assert attempts(resent.message_id) == [(1, "superseded"), (2, "accepted")]


def test_a_delivery_of_the_first_attempt_ends_the_doubt_about_the_second(resent):
    resent.answer([resent.second], Outcome.UNKNOWN)

    resent.report("first")

    assert state(resent.message_id) == "delivered"
    assert attempts(resent.message_id) == [(1, "superseded"), (2, "written_off")]


def test_a_failure_of_the_first_attempt_says_nothing_of_the_second(resent):
    resent.answer([resent.second], ids=("second",))

    resent.report("first", outcome=UNDELIVERED)
    assert (state(resent.message_id), effects()) == ("sent", [Effect.SUPERSEDED])

    resent.report("second")
    assert state(resent.message_id) == "delivered"
