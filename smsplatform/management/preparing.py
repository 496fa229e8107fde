"""What the database needs before the platform starts on it."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.services import terms
from billing.services import catalogue, samples, trials
from messaging.services import packs
from smsplatform.core import partitions, queue
from smsplatform.core.queue import Every
from smsplatform.management import house, roles
from templates_app.services import operator_terms, senders, tails


def is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def schedules() -> list[Every]:
    """Those of every app's `tasks`."""
    names = [f"{config.name}.tasks" for config in apps.get_app_configs()]
    ours = [name for name in names if not name.startswith("django") and find_spec(name)]
    return [every for name in ours for every in getattr(import_module(name), "SCHEDULES", ())]


def prepare(*, now: datetime) -> None:
    """Room for the coming weeks, what a new platform starts with, what is to be done how often."""
    partitions.make_all_ahead(now=now)
    packs.install()
    tails.install()
    senders.install()
    operator_terms.install()
    trials.install()
    catalogue.install()
    samples.install(now=now)
    terms.install()
    house.install(now=now)
    roles.install()
    queue.sync_schedules(schedules())
