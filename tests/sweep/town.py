"""A platform, its customers and the far end, as processes of one simulation.

Everything is the product's own code: gateway, send door, drain task, callback view, simulator.
Each of our processes is started anew a little after it died, as its supervisor would.
"""

import asyncio
import contextlib
import contextvars
import logging
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from unittest.mock import patch

import aiohttp
from aiohttp import web
from django.test import Client, override_settings
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from accounts.models import WebhookEndpoint
from accounts.services import announcing, keys, webhooks
from messaging import tasks
from messaging.gateway import bell, runtime, threads
from messaging.intake import door, flusher
from messaging.simulator import injected
from messaging.simulator.behaviour import Behaviour
from messaging.simulator.credentials import Credentials
from messaging.simulator.faults import Fault
from messaging.simulator.simulator import Simulator
from messaging.simulator.sinks import Sink
from smsplatform.core import clock, queue, remember, vault
from tests import world
from tests.messaging.line import SECRET
from tests.sweep import sessions, tables, timing
from tests.sweep.boundaries import CURRENT, Boundaries, Process
from tests.sweep.loop import InlineThreads, VirtualLoop

WEB_PORT = 8000
ACCESS_CODE = "1069"
RESTART_SECONDS = 1.0


class Town:
    """Use it in a `with`. `story` is what happened, line by line, when somebody wants to know."""

    def __init__(self, *, seed=1, boundaries=None, slowest_seconds=0.004):
        self.random = Random(seed)  # noqa: S311 - chance that repeats
        self.seed = seed
        self.boundaries = boundaries or Boundaries()
        self.loop = VirtualLoop(self.random, self.boundaries, slowest_seconds)
        self.story = []
        self.answers = {}
        self.asked = {}
        self.asking = []
        self.lives = Counter()
        self.processes = {}
        # Of resends that are held: messaging.services.health.
        self.staff_decides = "automatic"
        self.all = []
        self._listening = []
        self._outside = contextvars.copy_context()
        self._stack = contextlib.ExitStack()

    # -- beginning and end -----------------------------------------------------------------

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._enter(stack)
            self._stack = stack.pop_all()
        return self

    def _enter(self, stack):
        enter = stack.enter_context
        enter(timing.simulated(self.loop, self.seed))
        for module in (threads, flusher, door):
            enter(patch.object(module, "ThreadPoolExecutor", InlineThreads))
        enter(patch.object(bell, "listen", self._listen))
        enter(patch.object(asyncio, "Runner", lambda: _Runner(self.loop)))
        enter(patch.dict(vars(queue), {"_pulsed_at": float("inf")}))
        enter(_listening_to_logs(self._log))
        self.boundaries.tell = self.tell
        tables.empty()
        _forget()
        self.database = sessions.Database(self.boundaries, self._ring)
        stack.callback(self.database.close)
        self.directory = Path(enter(tempfile.TemporaryDirectory(prefix="sms-sweep-")))
        stack.callback(self._end_all)
        self._open(stack)

    def __exit__(self, *_error):
        self._stack.close()

    def _end_all(self):
        far_end = self.processes["far end"]
        for process in self.processes.values():
            process.on_death = lambda _process: None
            if process is not far_end:
                process.die()
        self.run_in(far_end, self.simulator.__aexit__(None, None, None))
        far_end.die()
        self._bury()
        self.loop.close()

    def _bury(self):
        """What the dead still wait for never comes; each cancellation ends one wait of theirs, also
        of those that stood still."""
        for _turn in range(20):
            left = [task for one in [*self.all, *self.processes.values()] for task in one.tasks]
            for task in left:
                task.cancel()
            self.loop.run_for(1.0)
            if not left:
                break

    def _open(self, stack):
        for name in ("customer", "far end"):
            self.processes[name] = Process(name, is_ours=False)
        self.simulator = self.run_in(self.processes["far end"], self._start_far_end())
        port = self.simulator.http_port
        stack.enter_context(
            override_settings(
                OUTGOING_EXCEPTIONS=frozenset({("127.0.0.1", port)}),
                BASE_URL=f"http://127.0.0.1:{WEB_PORT}",
            )
        )
        world.make_prices()
        self.customer = world.make_customer()
        self.endpoint = webhooks.create_endpoint(
            account=self.customer.account,
            url=f"http://127.0.0.1:{port}/webhooks/customer",
            secret=SECRET,
        )
        WebhookEndpoint.objects.update(created_at=timing.beginning())
        remember.forget()

    def carrier(self, kind="smpp", **fields):
        password = vault.seal("secret" if kind == "smpp" else "token")
        values = {"sealed_password": password, "access_code": ACCESS_CODE, **fields}
        port = self.simulator.smpp_port if kind == "smpp" else self.simulator.http_port
        return world.make_carrier(kind, kind=kind, port=port, **values)

    async def _start_far_end(self):
        behaviour = Behaviour(receipt_delay_seconds=0.3, late_delay_seconds=1.0)
        simulator = Simulator(
            self.directory, Credentials({"demo": "secret"}, "token"), behaviour=behaviour
        )
        await simulator.__aenter__()
        simulator.sinks.by_name["customer"] = Sink(secret=SECRET)
        return simulator

    # -- processes -------------------------------------------------------------------------

    def run_in(self, process, coroutine):
        """Until it is over, with everything else going on meanwhile."""
        return self._context_of(process).run(self.loop.run_until_complete, coroutine)

    def start(self, name, life):
        """A process that `life(process)` makes, and makes anew after each death or end."""
        self.lives[name] += 1
        process = Process(f"{name} {self.lives[name]}", self.database)
        self.all.append(process)
        process.on_death = lambda _process: self._start_again(name, life)
        self.processes[name] = process
        self.tell(f"{process.name} starts")
        _forget()
        context = self._context_of(process)
        task = self.loop.create_task(life(process), context=context)
        task.add_done_callback(lambda _task: self._ended(process, task))
        return process

    def _ended(self, process, task):
        if not process.is_dead and not task.cancelled() and task.exception():
            self.tell(f"{process.name} failed: {task.exception()!r}")
        process.die()

    def _start_again(self, name, life):
        self.tell(f"{self.processes[name].name} is gone")
        self.loop.call_later(RESTART_SECONDS, self.start, name, life, context=self._outside)

    @staticmethod
    def _context_of(process):
        context = contextvars.copy_context()
        context.run(CURRENT.set, process)
        return context

    def start_all(self, *, gateways=1):
        self.start("web", self._web)
        for number in range(gateways):
            self.start("gateway" if not number else f"gateway {'abc'[number]}", self._gateway)
        self.loop.run_for(0.1)

    async def _gateway(self, process):
        await runtime.Gateway(owner=process.name).run()

    async def _web(self, process):
        """The send door as it is, and Django's views for everything else."""
        send_door, threads = door.SendDoor(), InlineThreads(1, "web")
        server = web.Server(lambda one: _serve(one, send_door, threads), access_log=None)
        await self.loop.create_server(server, port=WEB_PORT)
        await asyncio.Event().wait()

    async def _listen(self, **handlers):
        process = CURRENT.get()
        mine = (process, contextvars.copy_context(), handlers)
        self._listening.append(mine)
        try:
            await asyncio.Event().wait()
        finally:
            self._listening.remove(mine)

    def _ring(self, channels):
        for process, context, handlers in self._listening:
            for channel, name in _CHANNELS.items():
                if channel in channels and not process.is_dead:
                    self.loop.call_later(self.loop.moment(), handlers[name], context=context)

    # -- the worker ------------------------------------------------------------------------

    def work_off_queue(self):
        """One task, as the task library does it: locked, run, deleted when it returned."""
        row = OrmQ.objects.filter(lock__lte=clock.now()).order_by("id").first()
        if row is None:
            return False
        OrmQ.objects.filter(pk=row.pk).update(lock=clock.now() + timing.timedelta(seconds=90))
        self.lives["worker"] += 1
        worker = Process(f"worker {self.lives['worker']}", self.database)
        self.all.append(worker)
        self.processes["worker"] = worker
        try:
            self._context_of(worker).run(self._work, worker, row)
        except Exception as error:  # noqa: BLE001 - the task library tries again when its time is up
            self.tell(f"{worker.name} failed: {error!r}")
        except BaseException:
            if not worker.is_dead:
                raise
            # The watchdog frees what the dead had taken.
            OrmQ.objects.filter(pk=row.pk).update(lock=clock.now())
        else:
            row.delete()
        worker.on_death = lambda _process: None
        worker.die()
        return True

    def _work(self, worker, row):
        with sessions.use(sessions.open_for(worker)):
            import_string(row.func())(**row.kwargs())

    # -- the customer ----------------------------------------------------------------------

    def ask(self, name, *, key="", **body):
        """A request, asked again until it is answered where a key makes that safe."""
        self.asked[name] = {"key": key, **body}
        asking = self._ask(name, key, {"reference": name, **body})
        context = self._context_of(self.processes["customer"])
        self.asking.append(self.loop.create_task(asking, context=context))

    async def _ask(self, name, key, body):
        for _try in range(20 if key else 1):
            answer = await self._post(body, key)
            if answer is not None and answer[0] < 500:
                self.answers[name] = answer
                self.tell(f"customer: {name} answered {answer[0]}")
                return
            await asyncio.sleep(1.0)

    def cancel(self, name):
        """What was asked under this name is taken back, again and again until that is answered."""
        context = self._context_of(self.processes["customer"])
        self.asking.append(self.loop.create_task(self._cancel(name), context=context))

    async def _cancel(self, name):
        while name not in self.answers:
            await asyncio.sleep(0.01)
        batch = self.answers[name][1]["batch_id"]
        for _try in range(20):
            answer = await self._post({}, path=f"/api/v1/batches/{batch}/cancel")
            if answer is not None and answer[0] < 500:
                self.tell(f"customer: to cancel {name} answered {answer}")
                return
            await asyncio.sleep(1.0)

    async def _post(self, body, key="", path=door.PATH):
        headers = dict(self.customer.bearer)
        if key:
            headers["Idempotency-Key"] = key
        try:
            async with aiohttp.ClientSession(headers=headers) as session:
                url = f"http://127.0.0.1:{WEB_PORT}{path}"
                async with session.post(url, json=body) as answer:
                    return answer.status, await answer.json(content_type=None)
        except (aiohttp.ClientError, OSError):
            return None

    # -- the far end -----------------------------------------------------------------------

    def script(self, *faults):
        self.simulator.script.faults = [Fault(**fault) for fault in faults]

    def hear(self, number, text):
        """A phone answers to the customer's signature, until somebody acknowledges that."""
        to = f"{ACCESS_CODE}{self.customer.signature.extension}"
        told = {"what": "inbound", "account": "demo", "from": number, "to": to, "text": text}
        smpp = self.simulator._smpp
        orders = injected.parse([{**told, "repeat": True}], smpp.accounts)
        self._context_of(self.processes["far end"]).run(smpp.inject, orders)

    def cut(self):
        """Every connection to the carrier."""
        for port, pipe in self.loop.connected:
            if port == self.simulator.smpp_port and not pipe.is_closing():
                self.tell("the connection to the carrier is cut")
                pipe.cut()

    # -- telling ---------------------------------------------------------------------------

    def tell(self, line):
        self.story.append(f"{self.loop.time() - timing.START:10.3f} {line}")

    def _log(self, record):
        process = CURRENT.get()
        error = record.exc_info[1] if record.exc_info else None
        cause = f": {error!r} {error.__cause__!r}" if error else ""
        self.tell(f"{process.name if process else '-'}: {record.getMessage()}{cause}")


def _forget():
    """What a process remembers in its modules dies with it."""
    remember.forget()
    keys.forget_uses()
    tasks._watches.clear()


_CHANNELS = {"messaging_due": "on_due", announcing.NOTIFY_CHANNEL: "on_webhook"}


class _Runner:
    """asyncio.Runner on the loop that everything else runs on."""

    def __init__(self, loop):
        self._loop = loop

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def run(self, coroutine):
        return self._loop.run_until_complete(coroutine)


async def _serve(request, send_door, threads):
    if request.path != door.PATH:
        body = await request.read()
        return await asyncio.get_running_loop().run_in_executor(threads, _django, request, body)
    body = await request.read()
    told = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event):
        told.append(event)

    headers = [(name.lower(), value) for name, value in request.raw_headers]
    scope = {"type": "http", "method": "POST", "path": door.PATH, "headers": headers}
    await send_door({**scope, "client": ("127.0.0.1", 40_000)}, receive, send)
    return web.Response(status=told[0]["status"], body=told[1]["body"])


def _django(request, body):
    headers = {"Authorization": request.headers.get("Authorization", "")}
    answer = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1").post(
        request.path, body, content_type="application/json", headers=headers
    )
    return web.Response(status=answer.status_code, body=answer.content)


@contextlib.contextmanager
def _listening_to_logs(tell):
    handler = logging.Handler(logging.INFO)
    handler.emit = tell
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)
