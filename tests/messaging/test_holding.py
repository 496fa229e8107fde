"""Messages that a reviewer has to read: paid for, kept back, let go or rejected, once."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Event, WebhookDelivery
from messaging import access
from messaging.models import Due, Hold, Message, Route, RuleSwitch
from messaging.services import acceptance, cancelling, holding, judging, resolver
from messaging.services.acceptance import Accepted
from reports.services import verification
from smsplatform.core import remember, review
from smsplatform.core.review import Item
from templates_app.models import WordList
from templates_app.services import words
from tests import world
from tests.messaging.line import Line, refunds, state, told

pytestmark = pytest.mark.django_db

PRICE = world.CODE_PRICE_MICROS
LOAN = "您的贷款已到账"


@pytest.fixture
def line():
    made = Line()
    WordList.objects.all().delete()
    for level, word in (("reject", "赌博"), ("review", "贷款")):
        of = WordList.objects.create(name=level, level=level)
        words.revise(word_list=of, words=[word], by=None, now=made.now)
    remember.forget()
    return made


def to(count):
    return [f"138001380{number:02}" for number in range(count)]


def turn(line):
    """What the sweeper does all the time."""
    while holding.ask(now=line.now) == holding.MOST_HOLDS:
        pass
    while judging.carry_out(now=line.now):
        pass
    while holding.expire(now=line.now):
        pass
    holding.close_empty(now=line.now)


def decide(line, decision="approved", code="prohibited", item=None):
    review.decide(
        item_id=(item or Item.objects.get()).pk,
        decision=decision,
        reasons=[] if decision == "approved" else [{"code": code}],
        by_id=7,
        by_name="Mei",
        now=line.now,
    )
    turn(line)


def broken(line):
    return {one.invariant.id for one in verification.check(since=None, now=line.now) if one.rows}


def test_a_listed_word_holds_the_message_that_is_paid_for_and_not_claimed(line):
    [message_id] = line.accept(text=LOAN)

    message = Message.objects.get(pk=message_id)
    assert (message.state, message.reason) == ("review", "words_need_review")
    assert line.spent() == PRICE
    assert not Due.objects.exists()
    assert line.claim() == []


def test_the_answer_says_that_it_is_in_review_also_when_it_is_asked_again(line):
    [outcome] = acceptance.accept([line.request(text=LOAN)])

    [shown] = access.answer(outcome)["messages"]
    assert (shown["state"], shown["reason"]) == ("review", "words_need_review")


def test_of_many_recipients_only_those_whose_words_are_listed_are_held(line):
    world.make_template(
        line.customer.account, "note", message_class="notice", body="To ${name}.",
        variables=[{"name": "name", "type": "text"}],
    )  # fmt: skip
    remember.forget()
    rows = [
        {"to": one, "params": {"name": name}} for one, name in zip(to(3), "甲贷乙", strict=True)
    ]
    rows[1]["params"]["name"] = "贷款部"
    body = {"messages": rows, "template": "note"}
    key = line.request("13800138000").key
    request = access.parse(
        body=json.dumps(body).encode(), content_type="application/json", idempotency_key="", key=key
    )

    [outcome] = acceptance.accept([request])

    assert [one.state for one in outcome.messages] == ["queued", "review", "queued"]
    hold = Hold.objects.get()
    assert (hold.count, hold.first_id, hold.words) == (1, outcome.messages[1].id, ["贷款"])
    line.now = outcome.batch.accepted_at
    assert len(line.claim()) == 2


def test_a_word_that_is_refused_wins_over_one_that_is_looked_at(line):
    [refusal] = acceptance.accept([line.request(text=f"{LOAN}赌博")])

    assert [error.code for error in refusal.errors] == ["words_not_allowed"]
    assert not Message.objects.exists()


def test_one_review_waits_for_a_whole_request_and_for_those_that_say_the_same(line):
    line.accept(*to(3), text=LOAN)
    line.accept("13900139000", text=LOAN)
    line.accept(text=f"{LOAN}，请查收")
    turn(line)
    line.accept("13900139001", text=LOAN)
    turn(line)

    first, other = sorted(Item.objects.all(), key=lambda item: -item.facts["messages"])
    assert (first.facts, other.facts) == ({"messages": 4}, {"messages": 1})
    assert Hold.objects.filter(review_id=first.target_id).count() == 3
    assert Hold.objects.filter(review_id=other.target_id).count() == 1
    assert LOAN not in first.title


def test_what_is_let_go_is_sent_and_costs_nothing_more(line):
    message_ids = line.accept(*to(2), text=LOAN)
    turn(line)

    decide(line)

    assert [state(one) for one in message_ids] == ["queued", "queued"]
    assert Message.objects.filter(reason="").count() == 2
    assert line.spent() == 2 * PRICE
    assert {one.message_id for one in line.send()} == set(message_ids)
    assert Hold.objects.get().state == "passed"
    assert told() == ["batch.passed"]


def test_what_is_scheduled_waits_for_its_time_after_it_was_let_go(line):
    at = world.later(line.now, hours=2)
    [message_id] = line.accept(text=LOAN, send_at=at.isoformat())
    turn(line)

    decide(line)

    assert state(message_id) == "scheduled"
    assert line.claim() == []
    line.now = at
    resolver.release_scheduled(now=line.now)
    assert len(line.claim()) == 1


def test_what_is_rejected_is_paid_back_once_and_the_customer_is_told_why(line):
    message_ids = line.accept(*to(2), text=LOAN)
    turn(line)

    decide(line, "rejected")
    turn(line)

    assert [state(one) for one in message_ids] == ["rejected", "rejected"]
    assert set(Message.objects.values_list("reason", flat=True)) == {"review_prohibited"}
    assert (line.spent(), refunds()) == (0, 2)
    assert sorted(told()) == ["batch.rejected", "message.rejected", "message.rejected"]
    [reason] = json.loads(WebhookDelivery.objects.get(kind="batch.rejected").payload)["data"][
        "reasons"
    ]
    assert reason["code"] == "prohibited"
    assert Event.objects.get().facts["reasons"] == [
        {"code": "prohibited", "field": "text", "text": ""}
    ]
    assert line.claim() == []


def test_more_than_one_step_can_do_is_carried_out_in_several(line, monkeypatch):
    monkeypatch.setattr(judging, "MOST", 2)
    line.accept(*to(5), text=LOAN)
    turn(line)

    decide(line, "rejected")

    assert Message.objects.filter(state="rejected").count() == 5
    assert (line.spent(), refunds(), Hold.objects.get().state) == (0, 5, "rejected")


def test_whoever_repeats_what_was_let_go_does_not_wait_again(line):
    line.accept(text=LOAN)
    turn(line)
    decide(line)
    [again] = line.accept(text=LOAN)

    turn(line)
    assert state(again) == "queued"
    assert Item.objects.count() == 1

    Hold.objects.filter(state="passed").update(decided_at=line.now - holding.REMEMBERED)
    line.accept(text=LOAN)
    turn(line)
    assert Item.objects.live().count() == 1


def test_another_customer_s_words_are_read_for_themselves(line):
    line.accept(text=LOAN)
    turn(line)
    decide(line)
    line.customer = world.make_customer("Other Ltd")
    [theirs] = line.accept(text=LOAN)

    turn(line)

    assert state(theirs) == "review"
    assert Item.objects.live().count() == 1


def test_what_nobody_reads_in_time_expires_and_is_paid_back(line):
    [message_id] = line.accept(text=LOAN, valid_for=60)
    turn(line)
    line.later(seconds=61)

    turn(line)

    assert (state(message_id), line.spent(), refunds()) == ("expired", 0, 1)
    assert (Item.objects.get().state, Hold.objects.get().state) == ("withdrawn", "over")


def test_what_expires_after_the_decision_is_not_sent(line):
    [message_id] = line.accept(text=LOAN, valid_for=60)
    turn(line)
    line.later(seconds=61)
    decide(line)

    assert line.claim() == []
    assert (state(message_id), line.spent()) == ("expired", 0)


def test_a_customer_may_take_back_what_is_held(line):
    [message_id] = line.accept(text=LOAN)
    turn(line)

    cancelling.cancel(
        account_id=line.customer.account.id, message_ids=[message_id], actor="li", now=line.now
    )
    turn(line)

    assert (state(message_id), line.spent()) == ("cancelled", 0)
    assert Item.objects.get().state == "withdrawn"


@pytest.mark.parametrize("whose", ["country", "account"])
def test_staff_may_have_such_words_refused(line, whose):
    of = {"country": {"country": "CN"}, "account": {"account": line.customer.account}}[whose]
    RuleSwitch.objects.create(rule="words_need_review", is_on=False, reason="x", **of)
    remember.forget()

    [refusal] = acceptance.accept([line.request(text=LOAN)])

    assert "submit it as a template" in refusal.errors[0].sentence()


def test_the_sandbox_holds_nothing(line):
    world.make_carrier("Toy")
    Route.objects.filter(name="Route to Toy").update(is_sandbox=True)
    type(line.customer.account).objects.update(is_live=False)
    remember.forget()

    [outcome] = acceptance.accept([line.request(text=LOAN)])

    assert isinstance(outcome, Accepted)
    assert [one.state for one in outcome.messages] == ["queued"]


def test_many_held_requests_cost_one_statement_more(line):
    line.accept()
    line.accept(text=LOAN)

    def count(**body):
        requests = [line.request(**body) for _count in range(20)]
        with CaptureQueriesContext(connection) as counted:
            acceptance.accept(requests)
        return len(counted)

    # A COPY is not among the queries that Django counts.
    assert count(text=LOAN) <= count()


def test_what_is_held_breaks_no_invariant(line):
    line.accept(*to(2), text=LOAN)
    assert broken(line) == set()
    turn(line)
    line.later(minutes=6)
    assert broken(line) == set()

    decide(line, "rejected")

    assert broken(line) == set()


def test_what_nobody_will_read_is_found(line):
    line.accept(text=LOAN)
    line.later(minutes=6)

    assert broken(line) == {"I11"}
