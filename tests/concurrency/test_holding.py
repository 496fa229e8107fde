"""A decision races whatever else may happen to held messages: each comes to one end, once."""

import pytest

from messaging.models import Hold, Message
from messaging.services import holding, judging
from smsplatform.core import clock, remember, review
from smsplatform.core.review import Item
from templates_app.models import WordList
from templates_app.services import words
from tests import world
from tests.concurrency.test_cancelling import (  # noqa: F401 - fixtures
    RUNS,
    race,
    racing,
    to,
)

pytestmark = pytest.mark.django_db(transaction=True)

# A round is several commits.
ROUNDS = max(1, RUNS // 10)


@pytest.fixture
def listed(race):  # noqa: F811
    WordList.objects.all().delete()
    made = WordList.objects.create(name="review", level="review")
    words.revise(word_list=made, words=["贷款"], by=None, now=clock.now())
    remember.forget()
    return race


def carry_out():
    while judging.carry_out(now=clock.now()):
        pass


def decide(decision="approved"):
    for item in Item.objects.live():
        review.decide(
            item_id=item.pk,
            decision=decision,
            reasons=[] if decision == "approved" else [{"code": "prohibited"}],
            by_id=7,
            by_name="Mei",
            now=clock.now(),
        )


def test_what_is_let_go_is_cancelled_or_claimed_never_both(listed, racing):  # noqa: F811
    racers = racing(carry_out, listed.cancel, listed.claim, carry_out)

    for run in range(ROUNDS):
        listed.accept(text=f"贷款 {run}")
        holding.ask(now=clock.now())
        decide()
        _passed, done, claims, _again = racers.race()
        assert {one.message_id for one in claims}.isdisjoint(done.cancelled)
        carry_out()
        listed.answer(claims)

    left = Message.objects.exclude(state__in=["cancelled", "sent"])
    assert not left.exists()
    assert not Hold.objects.exclude(state="passed").exists()
    assert set(Message.objects.filter(state="sent").values_list("id", flat=True)) == (
        listed.submitted
    )


def test_what_is_rejected_while_it_expires_or_is_cancelled_is_paid_back_once(
    listed,
    racing,  # noqa: F811
):
    def expire():
        while holding.expire(now=world.later(clock.now(), days=2)):
            pass

    racers = racing(lambda: decide("rejected"), expire, listed.cancel, carry_out)

    for run in range(ROUNDS):
        listed.accept(text=f"贷款 {run}")
        holding.ask(now=clock.now())
        racers.race()
        carry_out()

    assert not Message.objects.exclude(state__in=["rejected", "expired", "cancelled"]).exists()
    assert listed.line.customer.balance() == listed.money


def test_whoever_joins_a_review_is_decided_with_it_or_gets_another(listed, racing):  # noqa: F811
    racers = racing(
        lambda: decide("rejected"),
        lambda: holding.ask(now=clock.now()),
        lambda: holding.close_empty(now=clock.now()),
    )

    for run in range(ROUNDS):
        listed.accept(text=f"贷款 {run}")
        holding.ask(now=clock.now())
        listed.accept(text=f"贷款 {run}")
        racers.race()
        holding.ask(now=clock.now())
        live = set(Item.objects.live().values_list("target_id", flat=True))
        waiting = Hold.objects.filter(state="waiting")
        assert set(waiting.values_list("review_id", flat=True)) <= live
        decide("rejected")
        carry_out()
        assert not Message.objects.filter(state="review").exists()

    assert listed.line.customer.balance() == listed.money
