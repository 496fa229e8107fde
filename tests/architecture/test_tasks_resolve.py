"""A task is a name in a row: a wrong one is found only when it runs, so it is looked for here."""

import ast
import re
from importlib import import_module

import pytest

from smsplatform.core import queue
from tests.architecture import tree

TASK_MODULES = [
    tree.relative(path).removesuffix(".py").replace("/", ".")
    for path in tree.modules()
    if path.name == "tasks.py" and path.relative_to(tree.ROOT).parts[0] in tree.PACKAGES
]
_TASK = re.compile(r"(?:smsplatform\.core|[a-z_]+)\.tasks\.[a-z_]+")


def scheduled():
    return [
        every for name in TASK_MODULES for every in getattr(import_module(name), "SCHEDULES", ())
    ]


def named():
    """Every string of the project's code that reads like a task's name."""
    return sorted(
        {
            node.value
            for path in tree.modules()
            if path.relative_to(tree.ROOT).parts[0] in tree.PACKAGES
            for node in ast.walk(tree.parsed(path))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if _TASK.fullmatch(node.value)
        }
    )


@pytest.mark.parametrize("task", named())
def test_a_task_that_is_named_is_there(task):
    queue.check(task)


def test_every_schedule_is_whole_minutes_of_a_task_that_is_there():
    for every in scheduled():
        queue.check(every.task)
        assert every.minutes >= 1


def test_no_task_is_scheduled_twice():
    names = [every.task for every in scheduled()]
    assert len(names) == len(set(names))


def test_every_task_is_called_by_somebody():
    """A task that nothing names is dead, or forgotten in SCHEDULES."""
    tasks = {
        f"{name}.{node.name}"
        for name in TASK_MODULES
        for node in tree.parsed(tree.ROOT / (name.replace(".", "/") + ".py")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }

    assert tasks - set(named()) == set()


def test_enqueue_is_given_a_name_that_can_be_read():
    """A constant, so that the tests above see it; and no argument that the library swallows."""
    for path in tree.modules():
        if path.relative_to(tree.ROOT).parts[0] not in tree.PACKAGES:
            continue
        for name, call in tree.calls(path):
            if name == "enqueue":
                assert isinstance(call.args[0], ast.Constant | ast.Name), tree.relative(path)
                assert not {keyword.arg for keyword in call.keywords} & queue._SWALLOWED
