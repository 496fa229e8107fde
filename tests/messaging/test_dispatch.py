"""From the queue to the wire: two commits, one owner, and what each answer means."""

from datetime import timedelta

import pytest

from accounts.models import Account
from accounts.states import AccountState
from messaging.models import Due, Message, Part
from messaging.services import dispatch, leases
from messaging.services.dispatch import Answer, Outcome
from messaging.services.leases import LeaseLostError
from messaging.services.recording import MOST_TRIES
from smsplatform.core import remember
from templates_app.models import Signature, Template
from templates_app.states import ReviewState
from tests import world
from tests.messaging.line import Line, attempts, refunds, state, told

pytestmark = pytest.mark.django_db

PRICE = world.CODE_PRICE_MICROS


@pytest.fixture
def line():
    return Line()


def test_a_claimed_message_leaves_the_queue_with_an_attempt(line):
    [message_id] = line.accept()

    [claim] = line.claim()

    assert (claim.message_id, claim.no, claim.number) == (message_id, 1, "+8613800138000")
    assert claim.text == "【Acme】Your code is 123456. It is valid for 5 minutes."
    assert state(message_id) == "sending"
    assert attempts(message_id) == [(1, "claimed")]
    assert not Due.objects.exists()
    assert line.claim() == []


def test_about_to_submit_lets_only_open_attempts_through(line):
    [message_id] = line.accept()
    claims = line.claim()

    assert dispatch.about_to_submit(claims=claims, **line.sender) == claims
    assert attempts(message_id) == [(1, "submitting")]
    assert dispatch.about_to_submit(claims=claims, **line.sender) == []


def test_a_claim_takes_no_more_than_it_was_asked_for(line):
    line.accept("13800138000", "13800138001", "13800138002")

    assert len(line.claim(most=2)) == 2
    assert len(line.claim(most=2)) == 1
    assert line.claim(most=0) == []


def test_urgent_classes_go_first(line):
    world.make_template(line.customer.account, "news", message_class="marketing", body="News!",
                        variables=[])  # fmt: skip
    line.accept("13800138001", template="news", params={})
    line.accept("13800138002")

    assert [one.number[-1] for one in line.claim(most=1)] == ["2"]


def test_what_is_not_due_yet_waits(line):
    [message_id] = line.accept(send_at=(line.now + timedelta(hours=1)).isoformat())

    assert line.claim() == []
    assert state(message_id) == "scheduled"


def test_a_carrier_that_leads_no_route_gets_nothing(line):
    line.accept()
    line.carrier.is_active = False
    line.carrier.save()
    remember.forget()

    assert line.claim() == []


def test_an_accepted_message_is_sent_and_its_parts_are_known(line):
    [message_id] = line.accept()

    line.answer(line.submit(), ids=("00AB",))

    assert state(message_id) == "sent"
    assert attempts(message_id) == [(1, "accepted")]
    part = Part.objects.get()
    assert (part.carrier_message_id, part.raw_id) == ("ab", "00AB")
    assert line.spent() == PRICE


def test_an_id_with_characters_that_postgresql_refuses_is_kept_without_them(line):
    line.accept()

    line.answer(line.submit(), ids=("a\0b\ud800",), code="\0")

    assert Part.objects.get().raw_id == "ab?"


def test_a_part_without_a_name_is_kept_and_no_receipt_matches_it(line):
    [message_id] = line.accept()

    line.answer(line.submit(), ids=("",))
    line.report("", "0")

    assert state(message_id) == "sent"
    assert Part.objects.get().carrier_message_id == ""


def test_a_refused_message_fails_and_is_refunded_and_told_once(line):
    [message_id] = line.accept()
    claims = line.submit()

    line.answer(claims, Outcome.REFUSED, code="INVALID_DESTINATION")
    line.answer(claims, Outcome.REFUSED, code="INVALID_DESTINATION")

    message = Message.objects.get()
    assert (message.state, message.reason) == ("failed", "carrier_refused")
    assert message.carrier_code == "INVALID_DESTINATION"
    assert (line.spent(), refunds(), told()) == (0, 1, ["message.failed"])
    assert attempts(message_id) == [(1, "refused")]


def test_a_throttled_message_waits_and_goes_again_at_no_cost(line):
    [message_id] = line.accept()
    line.answer(line.submit(), Outcome.THROTTLED, code="THROTTLED")

    assert state(message_id) == "queued"
    assert line.claim() == []
    line.later(seconds=6)
    assert [one.no for one in line.submit()] == [2]
    assert line.spent() == PRICE


def test_throttling_never_uses_up_the_tries(line):
    [message_id] = line.accept()
    for _count in range(2 * MOST_TRIES):
        line.answer(line.submit(), Outcome.THROTTLED, code="THROTTLED")
        line.later(seconds=6)

    line.answer(line.submit(), Outcome.REFUSED_FOR_NOW, code="SYSTEM_ERROR")

    assert state(message_id) == "queued"


def test_the_last_of_three_refusals_for_now_is_final(line):
    [message_id] = line.accept()
    for count in range(MOST_TRIES):
        assert state(message_id) == "queued", count
        line.answer(line.submit(), Outcome.REFUSED_FOR_NOW, code="SYSTEM_ERROR")
        line.later(seconds=11)

    assert state(message_id) == "failed"
    assert (line.spent(), refunds()) == (0, 1)


def test_what_we_held_back_ourselves_is_due_at_once(line):
    [message_id] = line.accept()

    line.answer(line.submit(), Outcome.NOT_SENT)

    assert attempts(message_id) == [(1, "released")]
    assert [one.no for one in line.claim()] == [2]


def test_what_could_not_be_sent_is_due_a_little_later(line):
    line.accept()

    line.answer(line.submit(), Outcome.NOT_SENT, code="connect_failed")

    assert line.claim() == []
    line.later(seconds=11)
    assert len(line.claim()) == 1


def test_no_answer_makes_the_outcome_unknown_and_moves_no_money(line):
    [message_id] = line.accept()

    line.answer(line.submit(), Outcome.UNKNOWN)

    assert state(message_id) == "uncertain"
    assert attempts(message_id) == [(1, "uncertain")]
    assert (line.spent(), told()) == (PRICE, [])


def test_a_late_answer_settles_an_unknown_outcome(line):
    [message_id] = line.accept()
    claims = line.submit()
    line.answer(claims, Outcome.UNKNOWN)

    line.answer(claims)

    assert state(message_id) == "sent"
    assert attempts(message_id) == [(1, "accepted")]


def test_a_late_refusal_settles_an_unknown_outcome_and_refunds(line):
    [message_id] = line.accept()
    claims = line.submit()
    line.answer(claims, Outcome.UNKNOWN)

    line.answer(claims, Outcome.REFUSED, code="INVALID_DESTINATION")

    assert state(message_id) == "failed"
    assert line.spent() == 0


def test_an_answer_and_its_own_absence_in_one_group_leave_the_answer(line):
    [message_id] = line.accept()
    [claim] = line.submit()
    pair = (claim.message_id, claim.no)

    answers = [Answer(*pair, Outcome.UNKNOWN), Answer(*pair, Outcome.ACCEPTED, ("x",))]
    dispatch.record(answers=[*answers, *answers], **line.sender)

    assert state(message_id) == "sent"
    assert Part.objects.count() == 1


def test_recording_an_acceptance_twice_changes_nothing(line):
    [message_id] = line.accept()
    claims = line.submit()

    line.answer(claims)
    line.answer(claims)
    line.answer(claims, Outcome.UNKNOWN)

    assert state(message_id) == "sent"
    assert Part.objects.count() == 1


def test_each_message_of_a_group_has_its_own_outcome(line):
    ids = line.accept(*(f"1380013800{digit}" for digit in range(6)))
    claims = sorted(line.submit(), key=lambda one: one.number)
    outcomes = [
        Outcome.ACCEPTED, Outcome.REFUSED, Outcome.THROTTLED, Outcome.REFUSED_FOR_NOW,
        Outcome.NOT_SENT, Outcome.UNKNOWN,
    ]  # fmt: skip
    answers = [
        Answer(claim.message_id, claim.no, outcome, ("x",) if outcome == Outcome.ACCEPTED else ())
        for claim, outcome in zip(claims, outcomes, strict=True)
    ]

    dispatch.record(answers=answers, **line.sender)

    states = ["sent", "failed", "queued", "queued", "queued", "uncertain"]
    assert [state(one) for one in ids] == states
    assert line.spent() == 5 * PRICE


def test_the_number_of_queries_does_not_grow_with_the_group(line, django_assert_num_queries):
    line.accept(*(f"138001380{number:02}" for number in range(20)))
    claims = line.submit()

    with django_assert_num_queries(7):  # a transaction is two, the carrier's spelling one
        line.answer(claims)


def test_whoever_lost_the_lease_touches_nothing(line):
    [message_id] = line.accept()
    claims = line.submit()
    old = {**line.sender}
    leases.release(leases.of_carrier(line.carrier.id), epoch=line.epoch)
    line.take_lease("another")

    for act in (
        lambda: dispatch.claim(most=1, **old),
        lambda: dispatch.about_to_submit(claims=claims, **old),
        lambda: dispatch.record(answers=[], **old),
        lambda: dispatch.release(claims=claims, **old),
        lambda: dispatch.recover(**old),
    ):
        with pytest.raises(LeaseLostError):
            act()
    assert attempts(message_id) == [(1, "submitting")]


def test_a_fresh_lease_is_nobody_elses(line):
    name = leases.of_carrier(line.carrier.id)

    assert leases.take(name, owner="another") is None
    leases.beat(name, epoch=line.epoch)
    assert leases.take(name, owner="test") == line.epoch + 1
    with pytest.raises(LeaseLostError):
        leases.beat(name, epoch=line.epoch)


def test_recovery_releases_what_was_claimed_and_doubts_what_was_submitting(line):
    first, second = line.accept("13800138001", "13800138002")
    claims = sorted(line.claim(), key=lambda one: one.number)
    dispatch.about_to_submit(claims=claims[1:], **line.sender)
    line.take_lease()

    assert dispatch.recover(**line.sender) == 2
    assert (state(first), state(second)) == ("queued", "uncertain")
    assert (attempts(first), attempts(second)) == ([(1, "released")], [(1, "uncertain")])
    assert [one.message_id for one in line.claim()] == [first]
    assert dispatch.recover(**line.sender) == 0


def test_recovery_leaves_the_work_of_this_life_alone(line):
    [message_id] = line.accept()
    line.submit()

    assert dispatch.recover(**line.sender) == 0
    assert attempts(message_id) == [(1, "submitting")]


def test_release_returns_what_was_never_written(line):
    [message_id] = line.accept()
    claims = line.claim()

    dispatch.release(claims=claims, **line.sender)

    assert attempts(message_id) == [(1, "released")]
    assert len(line.claim()) == 1


def test_release_leaves_what_may_have_been_written(line):
    [message_id] = line.accept()
    claims = line.submit()

    dispatch.release(claims=claims, **line.sender)

    assert attempts(message_id) == [(1, "submitting")]


@pytest.mark.parametrize("account_state", [AccountState.SUSPENDED, AccountState.IN_ARREARS])
def test_messages_of_a_stopped_account_wait(line, account_state):
    [message_id] = line.accept()
    Account.objects.update(state=account_state)

    assert line.claim() == []
    assert state(message_id) == "queued"
    line.later(minutes=2)
    Account.objects.update(state=AccountState.ACTIVE)
    assert len(line.claim()) == 1


@pytest.mark.parametrize(
    ("change", "ends_as", "reason"),
    [
        (lambda: Account.objects.update(state="frozen"), "cancelled", "account_closed"),
        (lambda: Account.objects.update(state="closed"), "cancelled", "account_closed"),
        (
            lambda: Template.objects.update(state=ReviewState.REJECTED),
            "cancelled",
            "template_withdrawn",
        ),
        (
            lambda: Signature.objects.update(state=ReviewState.REJECTED),
            "cancelled",
            "signature_withdrawn",
        ),
    ],
)
def test_what_may_no_longer_go_ends_at_the_claim_and_is_refunded(line, change, ends_as, reason):
    line.accept()
    change()

    assert line.claim() == []
    message = Message.objects.get()
    assert (message.state, message.reason) == (ends_as, reason)
    assert (line.spent(), told()) == (0, [f"message.{ends_as}"])


def test_what_is_too_old_expires_at_the_claim(line):
    [message_id] = line.accept(valid_for=60)
    line.later(seconds=61)

    assert line.claim() == []
    assert state(message_id) == "expired"
    assert line.spent() == 0
