"""The task queue. Nothing else knows which library runs the tasks.

A task is named by its dotted path and takes ids and ISO strings. With the ORM broker the task is a
row of this very transaction: it is enqueued if and only if the data it speaks of was committed.
"""

import inspect
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.signals import pre_execute
from django_q.tasks import async_task

from smsplatform.core import clock

JOBS = "jobs"
SEND = "send"
_AHEAD = timedelta(seconds=1)

# django-q2 takes these names for itself and the task would never see them.
_SWALLOWED = frozenset(
    [
        "timeout",
        "group",
        "cluster",
        "hook",
        "save",
        "sync",
        "cached",
        "chain",
        "broker",
        "task_name",
        "iter_count",
        "iter_cached",
        "ack_failure",
        "q_options",
    ]
)


@dataclass(frozen=True, slots=True)
class Every:
    """A schedule: the task's dotted name and its period, in whole minutes."""

    task: str
    minutes: int
    cluster: str = JOBS


def enqueue(task: str, *, queue: str = JOBS, **arguments: str | int) -> None:
    swallowed = _SWALLOWED & arguments.keys()
    if swallowed:
        raise ValueError(f"the task library swallows {sorted(swallowed)}")
    async_task(task, cluster=queue, save=False, **arguments)


def check(task: str) -> None:
    """Raises where a name leads to nothing, or a task would choke on a newer caller's argument."""
    function = import_string(task)
    kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        raise TypeError(f"{task} must end in **_")


def sync_schedules(schedules: list[Every]) -> None:
    """Make the stored schedules exactly these; what is unchanged keeps its next run."""
    names = [schedule.task for schedule in schedules]
    Schedule.objects.exclude(name__in=names).delete()
    for schedule in schedules:
        Schedule.objects.update_or_create(
            name=schedule.task,
            defaults={
                "func": schedule.task,
                "schedule_type": Schedule.MINUTES,
                "minutes": schedule.minutes,
                "cluster": schedule.cluster,
                "repeats": -1,
            },
        )


def waiting(queue: str) -> int:
    return int(OrmQ.objects.filter(key=queue).count())


def is_waiting(*, queue: str, task: str, **arguments: str | int) -> bool:
    """Whether such a task lies in the queue, not yet taken: one nudge more would be too many."""
    # The library writes Python's time, a little ahead of ours; what is taken is locked for minutes.
    rows = OrmQ.objects.filter(key=queue, lock__lte=clock.now() + _AHEAD).order_by("id")[:50]
    return any(row.func() == task and row.kwargs() == arguments for row in rows)


def take_back(queue: str) -> int:
    """Free what dead workers had taken; else it would wait until its lock ends."""
    now = clock.now()
    return int(OrmQ.objects.filter(key=queue, lock__gt=now).update(lock=now))


def oldest_waiting_seconds(queue: str) -> float | None:
    """Age of the oldest task that is not finished; None when there is none.

    Not by its lock: a worker whose processes are stuck goes on locking what it never begins.
    """
    oldest = OrmQ.objects.filter(key=queue).order_by("id").first()
    if oldest is None:
        return None
    enqueued_at = oldest.task.get("started")
    return (clock.now() - enqueued_at).total_seconds() if enqueued_at else 0.0


def seconds_since_last_start(queue: str) -> float | None:
    """None when no task of this queue was ever begun."""
    pulse = TaskPulse.objects.filter(queue=queue).first()
    return (clock.now() - pulse.started_at).total_seconds() if pulse else None


class TaskPulse(models.Model):
    """When a queue's workers last began a task: the watchdog's sign of life."""

    queue = models.CharField(_("queue"), primary_key=True, max_length=20)
    started_at = models.DateTimeField(_("started"))

    class Meta:
        verbose_name = _("task pulse")
        verbose_name_plural = _("task pulses")
        app_label = "core"

    def __str__(self) -> str:
        return self.queue


_PULSE_SECONDS = 1.0
_pulsed_at = float("-inf")


def _pulse(**_: object) -> None:
    """In a worker, before each task; at most once a second, because it costs a commit."""
    global _pulsed_at
    if time.monotonic() - _pulsed_at > _PULSE_SECONDS:
        _pulsed_at = time.monotonic()
        TaskPulse.objects.update_or_create(
            queue=Conf.CLUSTER_NAME, defaults={"started_at": clock.now()}
        )


pre_execute.connect(_pulse, dispatch_uid="core.queue.pulse")
