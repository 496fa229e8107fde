"""Gateways and the far end, each with a loop of its own; the test watches the database."""

import asyncio
import concurrent.futures
import contextlib
import json
import threading
import time

from django.conf import settings

from accounts.models import WebhookDelivery
from accounts.services import webhooks
from messaging.gateway.runtime import Gateway
from messaging.models import Message
from messaging.services import acceptance
from messaging.simulator.behaviour import Behaviour
from messaging.simulator.credentials import Credentials
from messaging.simulator.faults import Fault
from messaging.simulator.simulator import Simulator
from messaging.simulator.sinks import Sink
from smsplatform.core import remember, vault
from tests import world
from tests.messaging.line import SECRET, Line

PATIENCE_SECONDS = 60.0


class Loop:
    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def start(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine):
        return self.start(coroutine).result(PATIENCE_SECONDS)

    def close(self):
        self.run(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class RunningGateway:
    def __init__(self, loop, owner):
        self._loop = loop
        self._gateway = Gateway(owner=owner)
        self._task = None
        self._future = loop.start(self._run())

    async def _run(self):
        self._task = asyncio.current_task()
        await self._gateway.run()

    def stop(self):
        """As SIGTERM does."""
        self._loop.loop.call_soon_threadsafe(self._gateway.stop)
        self._future.result(PATIENCE_SECONDS)

    def kill(self):
        """Nothing is said any more to anybody."""
        self._loop.loop.call_soon_threadsafe(self._task.cancel)
        with contextlib.suppress(asyncio.CancelledError, concurrent.futures.CancelledError):
            self._future.result(PATIENCE_SECONDS)

    @property
    def is_over(self):
        return self._future.done()


class Town:
    """A customer, a carrier, a simulator at its other end and the customer's webhook sink."""

    def __init__(self, directory, **carrier):
        self.loop = Loop()
        self.directory = directory
        self._far_end = self.loop.run(self._start_far_end(directory))
        settings.OUTGOING_EXCEPTIONS = frozenset({("127.0.0.1", self._far_end.http_port)})
        world.make_prices()
        self.carrier = world.make_carrier(
            **{
                "port": self._far_end.smpp_port,
                "sealed_password": vault.seal("secret"),
                "rate_per_second": 10_000,
                **carrier,
            }
        )
        self.customer = world.make_customer()
        self.add_endpoint("customer")
        self.gateways = []

    @staticmethod
    async def _start_far_end(directory):
        far_end = Simulator(
            directory,
            Credentials({"demo": "secret"}, "token"),
            behaviour=Behaviour(receipt_delay_seconds=0.05, late_delay_seconds=1),
        )
        await far_end.__aenter__()
        far_end.sinks.by_name["customer"] = Sink(secret=SECRET)
        return far_end

    def close(self):
        for gateway in self.gateways:
            if not gateway.is_over:
                gateway.stop()
        self.loop.run(self._far_end.__aexit__(None, None, None))
        self.loop.close()

    def start_gateway(self, owner="first"):
        gateway = RunningGateway(self.loop, owner)
        self.gateways.append(gateway)
        return gateway

    def add_endpoint(self, name, account=None):
        endpoint = webhooks.create_endpoint(
            account=account or self.customer.account,
            url=f"http://127.0.0.1:{self._far_end.http_port}/webhooks/{name}",
            secret=SECRET,
        )
        remember.forget()
        return endpoint

    def accept(self, *to, **body):
        [outcome] = acceptance.accept([Line.request(self, *to, **body)])
        return [message.id for message in outcome.messages]

    def script(self, *faults):
        self._far_end.script.faults = [Fault(**fault) for fault in faults]

    def set_sink(self, name, **fields):
        self._far_end.sinks.by_name[name] = Sink(secret=SECRET, **fields)

    def received(self, name="customer"):
        return self._far_end.sinks.received[name]

    def posts(self):
        """What the customer's end was sent, as it keeps it."""
        return _lines(self.directory / "webhooks.log")

    @property
    def http_port(self):
        return self._far_end.http_port

    @property
    def binds(self):
        return len(self._far_end._smpp.server.bound)

    def cut(self):
        for connection in list(self._far_end._smpp.server.bound):
            self.loop.loop.call_soon_threadsafe(connection.abort)

    @property
    def submissions(self):
        """The carrier's own log: the ground truth."""
        path = self._far_end.centre.submissions.path
        return [json_line for json_line in _lines(path) if json_line["id"]]

    def states(self):
        found = {}
        for state in Message.objects.values_list("state", flat=True):
            found[state] = found.get(state, 0) + 1
        return found

    def untold(self):
        return WebhookDelivery.objects.exclude(state="delivered").count()


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def until(condition, what=""):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what or "waited in vain"
        time.sleep(0.05)


def numbers(count, start=0):
    return [f"138{start + number:07}9" for number in range(count)]
