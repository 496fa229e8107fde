"""Every machine: each state can be reached, final ones have no exit, the database agrees."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from smsplatform.core.states import Machine, StateQuerySet
from tests.architecture import tree

MACHINES = {
    f"{app}.{name}": value
    for app in tree.APPS
    if (tree.ROOT / app / "states.py").exists()
    for name, value in vars(import_module(f"{app}.states")).items()
    if isinstance(value, Machine)
}
STATEFUL = [
    model for model in apps.get_models() if isinstance(model._default_manager.all(), StateQuerySet)
]
# Table, and the database's function that guards it.
GUARDED = {
    "messaging.MESSAGE": "messaging_guard_message",
    "messaging.ATTEMPT": "messaging_guard_attempt",
}

machines = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES.keys())
models = pytest.mark.parametrize("model", STATEFUL, ids=lambda model: model._meta.label)


@machines
def test_every_state_is_reachable(machine):
    reached, waiting = set(machine.first), list(machine.first)
    while waiting:
        new = machine.table.get(waiting.pop(), frozenset()) - reached
        reached |= new
        waiting += new

    assert reached == machine.states


@machines
def test_every_state_stands_in_the_table(machine):
    assert machine.table.keys() == machine.states


@machines
def test_something_is_final_or_comes_back(machine):
    assert machine.final or all(machine.table.values())
    assert all(state not in targets for state, targets in machine.table.items())


@models
def test_a_model_s_choices_are_the_states_of_its_machine(model):
    choices = {value for value, _label in model._meta.get_field("state").choices}

    assert choices == model.objects.all().machine.states


@models
def test_a_new_row_begins_in_a_first_state(model):
    field = model._meta.get_field("state")

    assert not field.has_default() or field.get_default() in model.objects.all().machine.first


def test_every_machine_moves_some_model():
    used = {id(model.objects.all().machine) for model in STATEFUL}

    assert [name for name, machine in MACHINES.items() if id(machine) not in used] == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", GUARDED)
def test_the_database_allows_the_same_moves(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [GUARDED[name]])
        source = cursor.fetchone()[0]

    moves = set(re.findall(r"\('(\w+)',\s*'(\w+)'\)", source))
    assert moves == MACHINES[name].pairs()


@pytest.mark.django_db
@pytest.mark.parametrize("name", GUARDED)
def test_the_database_knows_the_same_states(name):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s"
            " AND conparentid = 0",
            [f"{GUARDED[name]}_known"],
        )
        source = cursor.fetchone()[0]

    assert set(re.findall(r"'(\w+)'", source)) == MACHINES[name].states
