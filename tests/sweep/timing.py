"""Whoever asks for the time or sleeps is told the simulation's, in the product's code too."""

import contextlib
import inspect
import random
import secrets
import sys
import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.utils import timezone
from standardwebhooks import webhooks

from smsplatform.core import clock
from tests.sweep.loop import START, VirtualLoop

OURS = ("smsplatform.", "accounts.", "billing.", "messaging.", "reports.", "templates_app.")
_ASKED = {"monotonic": time.monotonic, "time": time.time, "sleep": time.sleep}


def beginning() -> datetime:
    """This morning: partitions are there from yesterday on."""
    return datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)


@contextlib.contextmanager
def simulated(loop: VirtualLoop, seed: int):
    """Time and chance are the loop's while this lasts."""
    start = beginning()
    dice = random.Random(seed)  # noqa: S311 - chance that repeats
    told = {
        "monotonic": loop.time,
        "time": lambda: start.timestamp() + loop.time() - START,
        "sleep": lambda seconds: loop.skip(seconds) if loop.is_running() else loop.run_for(seconds),
    }
    state = random.getstate()
    random.seed(seed)
    now = lambda: start + timedelta(seconds=loop.time() - START)  # noqa: E731
    clock.use(now)
    with contextlib.ExitStack() as stack:
        stack.callback(clock.use, None)
        stack.callback(random.setstate, state)
        stack.enter_context(patch.object(secrets, "token_bytes", dice.randbytes))
        stack.enter_context(patch.object(timezone, "now", now))
        stack.enter_context(patch.object(webhooks, "datetime", _datetime(now)))
        for name, answer in told.items():
            stack.enter_context(patch.object(time, name, answer))
        _replace_defaults(stack, told)
        yield


def _datetime(told):
    class Datetime(datetime):
        @classmethod
        def now(cls, tz=None):
            return told().astimezone(tz)

    return Datetime


def _replace_defaults(stack, told):
    """What was imported by name, or is a parameter's default, was bound before us."""
    real = {id(_ASKED[name]): answer for name, answer in told.items()}
    for module in [one for name, one in sys.modules.items() if name.startswith(OURS)]:
        for name, value in list(vars(module).items()):
            if id(value) in real:
                stack.enter_context(patch.object(module, name, real[id(value)]))
            if inspect.isclass(value) and value.__module__ == module.__name__:
                _replace_in(stack, value.__init__, real)


def _replace_in(stack, function, real):
    defaults = getattr(function, "__defaults__", None)
    if defaults and any(id(one) in real for one in defaults):
        new = tuple(real.get(id(one), one) for one in defaults)
        stack.enter_context(patch.object(function, "__defaults__", new))
    named = getattr(function, "__kwdefaults__", None)
    if named and any(id(one) in real for one in named.values()):
        new_named = {name: real.get(id(one), one) for name, one in named.items()}
        stack.enter_context(patch.object(function, "__kwdefaults__", new_named))
