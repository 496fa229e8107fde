"""Tasks: named rightly, harmless twice, and seen by the watchdog."""

from datetime import timedelta

import pytest

from messaging import tasks
from messaging.models import IdempotencyKey
from smsplatform.core import clock, queue
from smsplatform.core import tasks as core_tasks
from tests import world

pytestmark = pytest.mark.django_db

DRAIN = "messaging.tasks.drain_carrier"


@pytest.mark.parametrize(
    "task", [DRAIN, *(every.task for every in (*tasks.SCHEDULES, *core_tasks.SCHEDULES))]
)
def test_every_task_can_be_called_by_its_name(task):
    queue.check(task)


def test_old_keys_are_forgotten_and_young_ones_kept():
    account = world.make_customer().account
    now = clock.now()
    for key, age in (("old", 25), ("young", 23)):
        IdempotencyKey.objects.create(
            account=account,
            key=key,
            body_hash=b"",
            batch_id="01a204fe-b6ba-7024-bb95-a00769116dea",
            created_at=now - timedelta(hours=age),
        )

    tasks.prune_idempotency_keys()

    assert [one.key for one in IdempotencyKey.objects.all()] == ["young"]


def test_a_task_waits_until_a_worker_takes_it():
    queue.enqueue(DRAIN, queue=queue.SEND, carrier_id=1)

    assert queue.is_waiting(queue=queue.SEND, task=DRAIN, carrier_id=1)
    assert not queue.is_waiting(queue=queue.SEND, task=DRAIN, carrier_id=2)
    assert not queue.is_waiting(queue=queue.JOBS, task=DRAIN, carrier_id=1)
    queue.OrmQ.objects.update(lock=clock.now() + timedelta(seconds=90))
    assert not queue.is_waiting(queue=queue.SEND, task=DRAIN, carrier_id=1)


def test_partitions_are_made_ahead_twice_without_harm():
    core_tasks.make_partitions()
    core_tasks.make_partitions()
