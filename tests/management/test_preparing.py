"""What a start prepares in the database."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django_q.models import Schedule

from smsplatform.core import clock, partitions, queue
from smsplatform.management import preparing, roles

pytestmark = pytest.mark.django_db


def partition_count() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_inherits JOIN pg_class ON oid = inhrelid AND relkind = 'r'"
        )
        return int(cursor.fetchone()[0])


def test_the_migrated_database_is_known_as_such() -> None:
    assert preparing.is_migrated()


def test_every_scheduled_task_is_there() -> None:
    names = {every.task for every in preparing.schedules()}

    assert {"smsplatform.core.tasks.make_partitions", "reports.tasks.rebuild_recent_days"} <= names
    for name in names:
        queue.check(name)


def test_schedules_are_stored_once() -> None:
    preparing.prepare(now=clock.now())
    preparing.prepare(now=clock.now())

    assert Schedule.objects.count() == len(preparing.schedules())


def test_the_roles_of_the_staff_are_there() -> None:
    preparing.prepare(now=clock.now())

    assert {group.name for group in Group.objects.all()} == set(roles.ROLES)


def test_partitions_are_made_for_weeks_to_come() -> None:
    now = clock.now()
    partitions.make_all_ahead(now=now)
    before = partition_count()

    made = partitions.make_all_ahead(now=now + timedelta(days=70))

    assert made == partition_count() - before > 36
    assert partitions.make_all_ahead(now=now + timedelta(days=70)) == 0
