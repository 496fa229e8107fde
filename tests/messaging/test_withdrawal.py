"""What waits when an account is stopped, or what it was approved by is no longer approved."""

import pytest
from django_q.models import OrmQ

from accounts.models import Account
from accounts.services import suspension
from messaging import queries, tasks
from messaging.models import Due, Message, Route
from messaging.services import dispatch, withdrawal
from messaging.states import State
from smsplatform.core import clock, remember
from templates_app.models import Signature, Template
from templates_app.services import standing
from templates_app.states import ReviewState
from tests import world
from tests.messaging.line import Line, refunds, state, told

pytestmark = pytest.mark.django_db

PRICE = world.CODE_PRICE_MICROS


@pytest.fixture
def line():
    return Line()


def suspend(line, waiting="hold"):
    account = Account.objects.get(pk=line.customer.account.pk)
    act = {"by": "user:7", "now": clock.now()}
    suspension.suspend(account=account, reason="Complaints.", waiting=waiting, **act)
    return account


def work():
    """Whatever was put into the queue of tasks for the pipeline."""
    for row in OrmQ.objects.order_by("id"):
        if row.func() == "messaging.tasks.cancel_waiting":
            row.delete()
            tasks.cancel_waiting(**row.kwargs())


def to(count):
    return [f"138001380{number:02}" for number in range(count)]


def test_a_suspended_account_s_messages_wait_and_go_when_it_goes_on(line):
    [message_id] = line.accept()
    account = suspend(line)
    work()

    assert line.claim() == []
    assert (state(message_id), line.spent()) == ("queued", PRICE)

    suspension.resume(account=account, by="user:7", now=clock.now())
    line.later(seconds=61)
    assert [one.message_id for one in line.claim()] == [message_id]


def test_what_is_held_back_for_too_long_expires_and_is_paid_back(line):
    [message_id] = line.accept(valid_for=60)
    suspend(line)
    line.claim()
    line.later(seconds=61)

    assert line.claim() == []
    assert (state(message_id), line.spent()) == ("expired", 0)


def test_a_frozen_account_s_messages_are_cancelled_and_paid_back_whatever_they_wait_for(line):
    at = world.later(line.now, days=3).isoformat()
    queued, scheduled, held = (*line.accept(), *line.accept(send_at=at), *line.accept())
    Message.objects.filter(id=held).advance(State.REVIEW)
    Due.objects.filter(message_id=held).delete()
    suspend(line, waiting="cancel")

    work()

    assert {state(one) for one in (queued, scheduled, held)} == {"cancelled"}
    assert set(Message.objects.values_list("reason", flat=True)) == {"account_closed"}
    assert (line.spent(), refunds(), told().count("message.cancelled")) == (0, 3, 3)
    assert not Due.objects.exists()


def test_what_is_with_the_carrier_stays_as_it_is(line):
    [message_id] = line.accept()
    claims = line.submit()
    suspend(line, waiting="cancel")
    work()

    line.answer(claims)

    assert (state(message_id), line.spent()) == ("sent", PRICE)


def test_what_comes_back_into_the_queue_later_is_cancelled_by_its_claim(line):
    [message_id] = line.accept()
    line.claim()
    suspend(line, waiting="cancel")
    work()
    line.take_lease()

    dispatch.recover(**line.sender)
    assert line.claim() == []
    assert (state(message_id), line.spent()) == ("cancelled", 0)


def test_who_goes_on_meanwhile_loses_nothing_more(line):
    [message_id] = line.accept()
    account = suspend(line, waiting="cancel")
    suspension.resume(account=account, by="user:7", now=clock.now())

    work()

    assert state(message_id) == "queued"


def test_many_are_looked_through_in_several_groups(line, monkeypatch):
    monkeypatch.setattr(withdrawal, "MOST", 2)
    line.accept(*to(5))
    neighbour = world.make_customer("Neighbour")
    mine, line.customer = line.customer, neighbour
    [theirs] = line.accept()
    line.customer = mine
    suspend(line, waiting="cancel")

    work()

    assert Message.objects.filter(state="cancelled").count() == 5
    assert state(theirs) == "queued"


def test_a_task_that_runs_out_of_time_hands_on_to_the_next(line, monkeypatch):
    monkeypatch.setattr(withdrawal, "MOST", 1)
    monkeypatch.setattr(tasks, "CANCEL_SECONDS", 0.0)
    line.accept(*to(2))
    suspend(line, waiting="cancel")
    work()
    assert Message.objects.filter(state="cancelled").count() == 0
    assert OrmQ.objects.count() > 0

    monkeypatch.setattr(tasks, "CANCEL_SECONDS", 20.0)
    work()

    assert Message.objects.filter(state="cancelled").count() == 2


@pytest.mark.parametrize(
    ("model", "reason"), [(Template, "template_withdrawn"), (Signature, "signature_withdrawn")]
)
def test_what_waits_with_a_suspended_text_is_paid_back_at_once(line, model, reason):
    """Also what is due in three days; what was said otherwise stays."""
    at = world.later(line.now, days=3).isoformat()
    [message_id] = line.accept(send_at=at)
    world.make_template(line.customer.account, "other")
    other_signature = world.make_signature(line.customer.account, "Other")
    remember.forget()
    [other] = line.accept(template="other", params={"code": "123456"}, signature="Other")
    subject = model.objects.exclude(pk=other_signature.pk).order_by("id")[0]

    standing.suspend(subject=subject, reason="Complaints.", by="user:7", now=clock.now())
    work()

    message = Message.objects.get(pk=message_id)
    assert (message.state, message.reason) == ("cancelled", reason)
    assert state(other) == "queued"
    assert line.spent() == PRICE


def test_what_reaches_no_phone_needs_nobody_s_approval(line):
    Route.objects.update(is_sandbox=True)
    Account.objects.update(is_live=False)
    Template.objects.update(state=ReviewState.IN_REVIEW)
    Signature.objects.update(state=ReviewState.DRAFT)
    remember.forget()
    [message_id] = line.accept()
    tasks.cancel_waiting(account_id=line.customer.account.pk)

    assert [one.message_id for one in line.claim()] == [message_id]


def test_what_waits_is_counted_by_how_it_waits(line):
    at = world.later(line.now, days=3).isoformat()
    line.accept(*to(2))
    line.accept(send_at=at)
    world.make_customer("Neighbour")

    assert queries.waiting(line.customer.account.pk) == {"queued": 2, "scheduled": 1, "review": 0}
