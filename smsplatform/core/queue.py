"""The task queue. Nothing else knows which library runs the tasks.

A task is named by its dotted path and takes ids and ISO strings. With the ORM broker the task is a
row of this very transaction: it is enqueued if and only if the data it speaks of was committed.
"""

import inspect
from dataclasses import dataclass

from django.db import connection
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

JOBS = "jobs"
SEND = "send"

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
    return OrmQ.objects.filter(key=queue).count()


def is_waiting(*, queue: str, task: str) -> bool:
    """Whether a task of this name lies in the queue, unlocked: one nudge more would be too many."""
    rows = OrmQ.objects.filter(key=queue, lock__isnull=True)[:50]
    return any(row.func() == task for row in rows)


def oldest_waiting_seconds(queue: str) -> float:
    """Age of the oldest row that no worker has taken; 0.0 when none waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(lock)), 0)"
            " FROM django_q_ormq WHERE key = %s AND lock <= clock_timestamp()",
            [queue],
        )
        return float(cursor.fetchone()[0])
