"""An HTTP carrier: drained by a task, told of by callback, swept by the gateway."""

import json
from collections import Counter

import pytest

from messaging import tasks
from messaging.carriers import http
from messaging.gateway.sweeper import Sweeper, nudge_http_carriers
from messaging.models import Attempt, Lease, Message, Receipt
from messaging.services import dispatch, leases
from smsplatform.core import clock, queue, vault
from tests.messaging.gateway.running import numbers, until


@pytest.fixture
def town(build, settings):
    settings.BASE_URL = "http://127.0.0.1:9"
    town = build(kind="http", sealed_password=vault.seal("token"))
    town.carrier.port = town.http_port
    town.carrier.save()
    return town


def drain(town):
    tasks.drain_carrier(carrier_id=town.carrier.id, surprise="from a newer caller")


def call_back(client, town, secret=None, **body):
    """What the carrier posts to the URL that the submission named."""
    path = f"/carriers/{town.carrier.id}/receipts/{secret or http.callback_secret(town.carrier.id)}"
    return client.post(path, json.dumps(body), content_type="application/json")


def test_a_drain_sends_everything_that_is_due_once(town):
    town.accept(*numbers(120))

    drain(town)

    assert town.states() == {"sent": 120}
    assert Counter(Counter(it["to"] for it in town.submissions).values()) == {1: 120}
    assert leases.take(leases.of_carrier(town.carrier.id), owner="next") is not None


def test_a_drain_respects_another_owner(town):
    leases.take(leases.of_carrier(town.carrier.id), owner="another")
    town.accept("13800138009")

    drain(town)

    assert town.states() == {"queued": 1}


def test_a_drain_recovers_what_a_dead_one_left(town):
    town.accept("13800138009", on_unknown="fail")
    name = leases.of_carrier(town.carrier.id)
    epoch = leases.take(name, owner="dead")
    sender = {"carrier_id": town.carrier.id, "epoch": epoch, "now": clock.now()}
    tasks.dispatch.about_to_submit(claims=tasks.dispatch.claim(most=1, **sender), **sender)
    leases.release(name, epoch=epoch)

    drain(town)

    assert town.states() == {"uncertain": 1}
    assert town.submissions == []


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"act": "answer", "status": 400}, "failed"),
        ({"act": "answer", "status": 429}, "queued"),
        ({"act": "answer", "status": 503}, "uncertain"),
        ({"act": "close"}, "uncertain"),
    ],
)
def test_each_fault_has_its_meaning(town, fault, state):
    town.script({**fault, "times": 1})
    town.accept("13800138009")

    drain(town)

    assert town.states() == {state: 1}


def test_a_carrier_that_is_not_there_costs_nothing(town):
    town.carrier.port = 9
    town.carrier.save()
    town.accept("13800138009")

    drain(town)

    assert town.states() == {"queued": 1}
    assert Attempt.objects.get().carrier_code == "connect_failed"


def test_a_callback_is_stored_and_swept(town, client):
    town.accept("13800138009")
    drain(town)
    [submission] = town.submissions
    assert submission["callback_url"].endswith(http.callback_path(town.carrier.id))

    answer = call_back(
        client, town, id=submission["id"], to=submission["to"], status="DELIVRD", code="000"
    )
    assert answer.status_code == 204
    Sweeper(owner="test").step()

    assert town.states() == {"delivered": 1}


def test_a_callback_with_our_reference_settles_an_unknown_outcome(town, client):
    town.script({"act": "close", "times": 1})
    town.accept("13800138009", text="字" * 140)
    drain(town)
    attempt = Attempt.objects.get()
    call_back(
        client, town, id="x1", to="+8613800138009", status="DELIVRD",
        reference=f"{attempt.message_id}.{attempt.no}",
    )  # fmt: skip
    Receipt.objects.update(received_at="2020-01-01T00:00:00Z")
    sweeper = Sweeper(owner="test")
    sweeper.step()
    for duty in sweeper._duties:
        duty.done_at = float("-inf")
    sweeper.step()

    assert town.states() == {"delivered": 1}


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [("wrong", {"id": "1", "status": "DELIVRD"}, 404), (None, {"id": "1"}, 400), (None, {}, 400)],
)
def test_a_strange_callback_is_refused(town, client, secret, body, status):
    assert call_back(client, town, secret, **body).status_code == status
    assert not Receipt.objects.exists()


def test_at_most_one_task_waits_for_a_carrier(town):
    nudge_http_carriers(now=clock.now())
    assert queue.waiting(queue.SEND) == 0

    town.accept("13800138009")
    for _count in range(3):
        nudge_http_carriers(now=clock.now())
    assert queue.waiting(queue.SEND) == 1


def test_a_carrier_that_is_being_drained_needs_no_nudge(town):
    leases.take(leases.of_carrier(town.carrier.id), owner="task")
    town.accept("13800138009")
    nudge_http_carriers(now=clock.now())

    assert queue.waiting(queue.SEND) == 0


def test_what_a_dead_task_had_claimed_is_nudged_though_nothing_is_due(town):
    town.accept("13800138009")
    name = leases.of_carrier(town.carrier.id)
    epoch = leases.take(name, owner="task")
    dispatch.claim(carrier_id=town.carrier.id, epoch=epoch, most=10, now=clock.now())
    leases.release(name, epoch=epoch)
    nudge_http_carriers(now=clock.now())
    assert queue.waiting(queue.SEND) == 1

    drain(town)

    assert len(town.submissions) == 1


def test_only_one_sweeper_sweeps(town):
    first, second = Sweeper(owner="first"), Sweeper(owner="second")
    first.step()
    second.step()
    assert Lease.objects.get(name="sweeper").owner == "first sweeper"

    first.let_go()
    second.step()
    assert Lease.objects.get(name="sweeper").owner == "second sweeper"


def test_a_gateway_sweeps_and_nudges(town):
    town.accept("13800138009")
    town.start_gateway()

    until(lambda: queue.waiting(queue.SEND) == 1)
    assert Message.objects.get().state == "queued"
