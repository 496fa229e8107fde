"""Cancelling races the claim on real PostgreSQL: one of them has each message, never both.

RUNS says how many rounds are raced; RUNS=10000 is a night's work.
"""

import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts.models import WebhookEndpoint
from billing.models import Entry
from billing.services import topups
from messaging.models import Attempt, Batch, Due, Message
from messaging.services import cancelling, dispatch, resolver
from reports.services import verification
from smsplatform.core import clock, remember
from tests import world
from tests.messaging.line import Line

pytestmark = pytest.mark.django_db(transaction=True)

RUNS = int(os.environ.get("RUNS", "200"))
PRICE = world.CODE_PRICE_MICROS
MESSAGES = 6  # of each round
HEAD_START_SECONDS = 0.005


class Racers:
    """Threads that keep their connections; a round lets them go together, each a little later or
    sooner than the last time: who is quicker would else be so in every round."""

    def __init__(self, *works):
        self._works = works
        self._pool = ThreadPoolExecutor(len(works))

    def race(self):
        start = threading.Barrier(len(self._works))

        def run(work):
            start.wait()
            time.sleep(random.uniform(0, HEAD_START_SECONDS))  # noqa: S311
            return work()

        return [future.result() for future in [self._pool.submit(run, one) for one in self._works]]

    def close(self):
        together = threading.Barrier(len(self._works))

        def end(_number):
            together.wait()
            connections.close_all()

        list(self._pool.map(end, range(len(self._works))))
        self._pool.shutdown()


class Race:
    """One customer with money for every round, and what the carrier was given."""

    def __init__(self):
        self.line = Line()
        # A night's webhooks that nobody posts would be overdue.
        WebhookEndpoint.objects.all().delete()
        remember.forget()
        topups.credit(
            account=self.line.customer.account,
            amount_micros=RUNS * MESSAGES * PRICE,
            reference="topup:race",
            actor="tests",
            now=clock.now(),
        )
        self.money = self.line.customer.balance()
        self.submitted = set()
        self.message_ids = []

    def accept(self, **body):
        self.message_ids = self.line.accept(*to(MESSAGES), **body)

    def claim(self, most=MESSAGES // 2):
        """As a gateway does: claimed, permitted, on the wire."""
        claims = dispatch.claim(most=most, **self._sender)
        return dispatch.about_to_submit(claims=claims, **self._sender)

    def cancel(self, step=1):
        return cancelling.cancel(
            account_id=self.line.customer.account.id,
            message_ids=self.message_ids[::step],
            actor="racer",
            now=clock.now(),
        )

    def cancel_batch(self):
        batch = Batch.objects.order_by("-id").first()
        return sum(cancelling.cancel_batch(batch=batch, actor="racer", now=clock.now()))

    def answer(self, claims):
        """The carrier takes them, and then what nobody wanted in the race."""
        claims = claims + self.claim(500)
        self.line.now = clock.now()
        self.line.answer(claims)
        sent = [one.message_id for one in claims]
        assert self.submitted.isdisjoint(sent)
        self.submitted.update(sent)

    @property
    def _sender(self):
        return {"carrier_id": self.line.carrier.id, "epoch": self.line.epoch, "now": clock.now()}

    def check(self):
        """States, money and the wire say the same."""
        states = Counter(Message.objects.values_list("state", flat=True))
        cancelled = set(Message.objects.filter(state="cancelled").values_list("id", flat=True))
        refunds = Entry.objects.filter(kind="refund").values_list("reference", "amount")
        assert sum(states.values()) == states["cancelled"] + states["sent"] == RUNS * MESSAGES
        assert set(Message.objects.filter(state="sent").values_list("id", flat=True)) == (
            self.submitted
        )
        assert sorted(refunds) == sorted((f"message:{one}", PRICE) for one in cancelled)
        assert self.money - self.line.customer.balance() == PRICE * states["sent"]
        assert not Attempt.objects.filter(message_id__in=cancelled).exists()
        assert not Due.objects.exists()
        findings = verification.check(since=None, now=clock.now())
        assert {one.invariant.id: one.rows for one in findings if one.rows} == {}
        return states


def to(count):
    return [f"138001380{number:02}" for number in range(count)]


def come_due(message_ids):
    Due.objects.filter(message_id__in=message_ids).update(due_at=clock.now())


@pytest.fixture
def race(transactional_db):
    return Race()


@pytest.fixture
def racing():
    started = []

    def racing(*works):
        started.append(Racers(*works))
        return started[-1]

    yield racing
    for racers in started:
        racers.close()


def test_a_message_is_cancelled_or_claimed_never_both(race, racing):
    racers = racing(race.claim, race.cancel)

    for _run in range(RUNS):
        race.accept()
        claims, done = racers.race()
        assert {one.message_id for one in claims}.isdisjoint(done.cancelled)
        assert {*done.cancelled, *done.kept} == set(race.message_ids)
        race.answer(claims)

    states = race.check()
    assert states["cancelled"]
    assert states["sent"]


def test_many_who_cancel_in_any_order_and_a_schedule_that_ends_never_block_each_other(race, racing):
    racers = racing(
        race.claim,
        race.cancel,
        lambda: race.cancel(step=-1),
        race.cancel_batch,
        lambda: resolver.release_scheduled(now=clock.now()),
    )

    for _run in range(RUNS):
        race.accept(send_at=world.later(clock.now(), hours=1).isoformat())
        come_due(race.message_ids[::2])
        resolver.release_scheduled(now=clock.now())
        come_due(race.message_ids[1::2])
        claims, forward, backward, whole, _released = racers.race()
        cancelled = [*forward.cancelled, *backward.cancelled]
        assert len(cancelled) == len(set(cancelled))
        left = Message.objects.filter(id__in=race.message_ids).exclude(state="cancelled")
        assert len(cancelled) + whole + left.count() == MESSAGES
        resolver.release_scheduled(now=clock.now())
        race.answer(claims)

    race.check()
