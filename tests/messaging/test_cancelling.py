"""Taking back what has not left: whole, once, paid back; what has left stays paid."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Event
from messaging.models import Batch, Due, Message
from messaging.services import cancelling, resolver
from messaging.services.cancelling import NotCancellable
from messaging.services.dispatch import Outcome
from messaging.states import State
from smsplatform.core.errors import NotFound
from tests import world
from tests.messaging.line import Line, refunds, state, told

pytestmark = pytest.mark.django_db

PRICE = world.CODE_PRICE_MICROS


@pytest.fixture
def line():
    return Line()


def cancel(line, *message_ids, account=None):
    return cancelling.cancel(
        account_id=(account or line.customer.account).id,
        message_ids=message_ids,
        actor="li@example.com",
        now=line.now,
    )


def cancel_batch(line, batch=None):
    found = batch or Batch.objects.get()
    return list(cancelling.cancel_batch(batch=found, actor="li@example.com", now=line.now))


def to(count):
    return [f"138001380{number:02}" for number in range(count)]


def test_a_queued_message_is_cancelled_paid_back_told_and_never_claimed(line):
    [message_id] = line.accept()

    done = cancel(line, message_id)

    assert (done.cancelled, done.kept) == ([message_id], {})
    message = Message.objects.get()
    assert (message.state, message.reason) == ("cancelled", "cancelled_by_customer")
    assert message.finished_at == line.now
    assert (line.spent(), refunds(), told()) == (0, 1, ["message.cancelled"])
    assert line.claim() == []
    assert not Due.objects.exists()


def test_a_scheduled_message_is_cancelled_and_never_comes_due(line):
    at = world.later(line.now, hours=2)
    [message_id] = line.accept(send_at=at.isoformat())
    assert state(message_id) == "scheduled"

    cancel(line, message_id)
    line.later(hours=3)

    assert (state(message_id), line.spent()) == ("cancelled", 0)
    assert resolver.release_scheduled(now=line.now) == 0
    assert line.claim() == []


@pytest.mark.parametrize("keeps_its_place", [True, False])
def test_a_message_in_review_is_cancelled_whether_it_has_a_place_in_the_queue_or_not(
    line, keeps_its_place
):
    [message_id] = line.accept()
    Message.objects.filter(id=message_id).advance(State.REVIEW)
    if not keeps_its_place:
        Due.objects.all().delete()

    assert cancel(line, message_id).cancelled == [message_id]

    assert (state(message_id), line.spent()) == ("cancelled", 0)
    assert not Due.objects.exists()


def test_what_is_claimed_stays_paid_and_goes_on(line):
    [message_id] = line.accept()
    claims = line.submit()

    done = cancel(line, message_id)

    assert (done.cancelled, done.kept) == ([], {message_id: "sending"})
    line.answer(claims)
    assert (state(message_id), line.spent(), refunds()) == ("sent", PRICE, 0)


def test_what_came_back_into_the_queue_may_be_cancelled_again(line):
    [message_id] = line.accept()
    line.answer(line.submit(), Outcome.THROTTLED)

    assert cancel(line, message_id).cancelled == [message_id]

    line.later(hours=1)
    assert (line.claim(), line.spent()) == ([], 0)


def test_cancelling_twice_pays_back_once(line):
    [message_id] = line.accept()
    cancel(line, message_id)

    done = cancel(line, message_id, message_id)

    assert (done.cancelled, done.kept) == ([], {message_id: "cancelled"})
    assert (line.spent(), refunds(), len(told())) == (0, 1, 1)


def test_each_of_many_is_told_what_became_of_it(line):
    waiting, taken = line.accept(*to(2))
    line.claim(most=1)
    [taken] = Message.objects.filter(state="sending").values_list("id", flat=True)
    [waiting] = Message.objects.filter(state="queued").values_list("id", flat=True)

    done = cancel(line, waiting, taken, uuid4())

    assert (done.cancelled, done.kept) == ([waiting], {taken: "sending"})
    assert line.spent() == PRICE


def test_what_belongs_to_another_account_is_not_touched(line):
    [message_id] = line.accept()
    stranger = world.make_customer("Stranger")

    done = cancel(line, message_id, account=stranger.account)

    assert (done.cancelled, done.kept) == ([], {})
    assert (state(message_id), Due.objects.count()) == ("queued", 1)


def test_an_act_is_one_event_however_many_messages_it_moved(line):
    message_ids = line.accept(*to(3))

    cancel(line, *message_ids)
    cancel(line, *message_ids)

    event = Event.objects.get()
    assert (event.kind, event.actor) == ("message.cancelled", "li@example.com")
    assert event.subject_id in message_ids


def test_more_than_a_group_are_cancelled_in_groups(line, monkeypatch):
    monkeypatch.setattr(cancelling, "MOST", 2)
    message_ids = line.accept(*to(5))

    assert sorted(cancel(line, *message_ids).cancelled) == sorted(message_ids)

    assert (line.spent(), Event.objects.count()) == (0, 1)


# --- one message, by its door


def cancel_one(line, message_id):
    return cancelling.cancel_one(
        account_id=line.customer.account.id, message_id=message_id, actor="x", now=line.now
    )


def test_one_is_given_back_as_it_is_now_also_when_it_was_cancelled_before(line):
    [message_id] = line.accept()

    assert cancel_one(line, message_id).state == "cancelled"
    assert cancel_one(line, message_id).state == "cancelled"


def test_a_refusal_says_the_state_and_why(line):
    [message_id] = line.accept()
    claims = line.submit()

    with pytest.raises(NotCancellable) as taken:
        cancel_one(line, message_id)
    line.answer(claims, Outcome.UNKNOWN)
    with pytest.raises(NotCancellable) as unknown:
        cancel_one(line, message_id)
    line.answer(claims, Outcome.REFUSED)
    with pytest.raises(NotCancellable) as ended:
        cancel_one(line, message_id)

    assert "“sending”" in taken.value.sentence()
    assert "nobody can call it back" in taken.value.sentence()
    assert unknown.value.sentence() == taken.value.sentence()
    assert "“failed”" in ended.value.sentence()
    assert "come to its end" in ended.value.sentence()


def test_one_of_nobody_is_not_found(line):
    with pytest.raises(NotFound):
        cancel_one(line, uuid4())


# --- batches


def test_a_batch_is_cancelled_in_groups_that_are_told_one_by_one(line, monkeypatch):
    monkeypatch.setattr(cancelling, "MOST", 2)
    line.accept(*to(5))

    assert cancel_batch(line) == [2, 2, 1]

    assert (line.spent(), refunds()) == (0, 5)
    event = Event.objects.get()
    assert (event.kind, event.subject_id) == ("batch.cancelled", Batch.objects.get().id)


def test_a_batch_that_was_left_in_the_middle_is_gone_on_with(line, monkeypatch):
    monkeypatch.setattr(cancelling, "MOST", 2)
    line.accept(*to(5))
    begun = cancelling.cancel_batch(batch=Batch.objects.get(), actor="x", now=line.now)
    assert next(begun) == 2
    begun.close()
    assert line.spent() == 3 * PRICE

    assert cancel_batch(line) == [2, 1]
    assert cancel_batch(line) == []
    assert line.spent() == 0


def test_a_batch_keeps_what_has_left_and_touches_no_other(line):
    line.accept(*to(3))
    batch = Batch.objects.get()
    line.claim(most=1)
    line.accept("13900139000")

    assert cancel_batch(line, batch) == [2]

    states = Message.objects.filter(batch_id=batch.id).values_list("state", flat=True)
    assert sorted(states) == ["cancelled", "cancelled", "sending"]
    assert Message.objects.exclude(batch_id=batch.id).get().state == "queued"


@pytest.mark.parametrize("count", [1, 40])
def test_a_group_costs_a_constant_number_of_statements(line, count):
    message_ids = line.accept(*to(count))
    line.accept()
    warm = Message.objects.exclude(id__in=message_ids).get().id
    cancel(line, warm)

    with CaptureQueriesContext(connection) as counted:
        assert len(cancel(line, *message_ids).cancelled) == count

    assert len(counted) == 11, [query["sql"][:90] for query in counted]
