"""asyncio's own loop with a clock and a network of its own: one thread, no socket, no waiting.

The product's tasks, timers, protocols and servers run on it unchanged. Time passes only when
nothing is left to do at this instant; then it jumps to the next timer. What the product gives to a
thread is done here, in this one, a moment later.
"""

import asyncio
import contextlib
import contextvars
import heapq
from concurrent.futures import Future
from random import Random

from tests.sweep import sessions
from tests.sweep.boundaries import CURRENT, Boundaries, Crash, Process

START = 100_000.0


class _Time:
    """In the place of a selector: waiting is what makes time pass."""

    def __init__(self, loop):
        self._loop = loop

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("nothing will ever happen again")
        self._loop.skip(timeout)
        self._loop.hold_back()
        return []

    def close(self):
        pass


class VirtualLoop(asyncio.BaseEventLoop):
    """`slowest_seconds`: how long a step in a thread, or a packet, takes at most."""

    def __init__(self, random: Random, boundaries: Boundaries, slowest_seconds: float = 0.004):
        super().__init__()
        self.boundaries = boundaries
        self.random = random
        self.slowest_seconds = slowest_seconds
        self.connected = []
        self._now = START
        self._selector = _Time(self)
        self._servers = {}
        self._addresses = {}
        self._next_port = 20_000
        self._paused = {}
        self.set_task_factory(_make_task)
        self.set_exception_handler(lambda _loop, _context: None)

    # -- time ------------------------------------------------------------------------------

    def time(self):
        return self._now

    def skip(self, seconds):
        """Time passes and nothing happens: as if the whole machine had been asleep."""
        self._now += seconds

    def run_for(self, seconds):
        self.run_until_complete(asyncio.sleep(seconds))

    def moment(self):
        return self.random.uniform(0.001, self.slowest_seconds)

    def pause(self, process, seconds):
        """As SIGSTOP does, or a machine that swaps: it goes on later, and knows nothing of it."""
        self._paused[process] = self._now + seconds

    def hold_back(self):
        """What the paused would do now is done when their pause is over."""
        self._paused = {one: until for one, until in self._paused.items() if until > self._now}
        if not self._paused:
            return
        for handle in self._scheduled:
            if handle.when() <= self._now and (until := self._until(handle)):
                handle._when = until
        heapq.heapify(self._scheduled)
        for _place in range(len(self._ready)):
            handle = self._ready.popleft()
            until = self._until(handle)
            if until:
                self.call_at(until, _run_late, handle, context=contextvars.Context())
            else:
                self._ready.append(handle)

    def _until(self, handle):
        return self._paused.get(handle._context.get(CURRENT))

    def call_at(self, when, callback, *args, context=None):
        handle = super().call_at(when, callback, *args, context=context)
        process = handle._context.get(CURRENT)
        if process is not None and process.is_dead:
            handle.cancel()
        return handle

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass

    # -- threads ---------------------------------------------------------------------------

    def run_in_executor(self, executor, work, *args):
        process = CURRENT.get()
        if process is not None:
            process.check()
        future = self.create_future()
        self.call_later(self.moment(), _finish, future, executor, work, args)
        return future

    # -- network ---------------------------------------------------------------------------

    async def create_server(self, factory, host=None, port=None, *, sock=None, **_options):
        if sock is not None:
            port = sock.getsockname()[1]
        if not port:
            self._next_port += 1
            port = self._next_port
        self._servers[port] = server = _Server(self, factory, port, sock)
        return server

    async def sock_connect(self, sock, address):
        await asyncio.sleep(self.moment())
        if address[1] not in self._servers:
            raise ConnectionRefusedError(address)
        self._addresses[sock] = address[1]

    async def create_connection(self, factory, host=None, port=None, *, sock=None, **_options):
        if sock is not None:
            port = self._addresses.pop(sock)
            sock.close()
        await asyncio.sleep(self.moment())
        server = self._servers.get(port)
        if server is None:
            raise ConnectionRefusedError(port)
        protocol = factory()
        here, there = Pipe(self, contextvars.copy_context()), Pipe(self, server.context)
        here.peer, there.peer = there, here
        self.connected.append((port, here))
        there.protocol = server.context.run(server.factory)
        server.context.run(there.protocol.connection_made, there)
        here.protocol = protocol
        protocol.connection_made(here)
        return here, protocol

    def forget_server(self, port, server):
        if self._servers.get(port) is server:
            del self._servers[port]


def _run_late(handle):
    if not handle.cancelled():
        handle._run()


def _make_task(loop, coroutine, context=None):
    task = asyncio.Task(coroutine, loop=loop, context=context)
    process = (context or contextvars.copy_context()).get(CURRENT)
    if process is not None:
        process.tasks.append(task)
        task.add_done_callback(process.tasks.remove)
        if process.is_dead:
            task.cancel()
    return task


def _finish(future, executor, work, args):
    if future.cancelled():
        return
    run = executor.call if executor is not None else _call
    try:
        result = run(work, *args)
    except Exception as error:  # noqa: BLE001 - as a thread hands it over
        if not future.done():
            future.set_exception(error)
    else:
        if not future.done():
            future.set_result(result)


def _call(work, *args):
    return work(*args)


class _Server:
    def __init__(self, loop, factory, port, sock):
        self.factory = factory
        self.context = contextvars.copy_context()
        self.sockets = [self]
        self._loop, self._port, self._sock = loop, port, sock
        self._is_serving = True
        process = CURRENT.get()
        if process is not None:
            process.pipes.append(self)

    def sever(self):
        self.close()

    def getsockname(self):
        return ("127.0.0.1", self._port)

    def is_serving(self):
        return self._is_serving

    def close(self):
        if self._is_serving:
            self._is_serving = False
            self._loop.forget_server(self._port, self)
            if self._sock is not None:
                self._sock.close()

    async def wait_closed(self):
        pass


class Pipe(asyncio.Transport):
    """One end of a connection. What was written arrives in order, after a moment."""

    def __init__(self, loop: VirtualLoop, context: contextvars.Context):
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.peer: Pipe
        self.protocol: asyncio.Protocol
        self._loop = loop
        self._context = context
        self._process: Process | None = context.get(CURRENT)
        self._is_closing = self._is_over = self._is_paused = False
        self._arrives_at = 0.0
        self._on_the_way: list[asyncio.TimerHandle] = []
        self._held: list[bytes] = []
        if self._process is not None:
            self._process.pipes.append(self)

    # -- what protocols call ---------------------------------------------------------------

    def write(self, data):
        if self._is_closing or not data:
            return
        if self._process is not None:
            self._loop.boundaries.reach(self._process, f"before a write of {len(data)} bytes")
        self.peer.schedule(self.peer.arrive, bytes(data))
        if self._process is not None:
            self._loop.boundaries.reach(self._process, f"after a write of {len(data)} bytes")

    def writelines(self, chunks):
        self.write(b"".join(chunks))

    def close(self):
        if not self._is_closing:
            self._is_closing = True
            self.peer.schedule(self.peer.end)
            self._loop.call_soon(self._lose, None, context=self._context)

    def abort(self):
        self.close()

    def is_closing(self):
        return self._is_closing

    def can_write_eof(self):
        return False

    def get_write_buffer_size(self):
        return 0

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def get_protocol(self):
        return self.protocol

    def set_protocol(self, protocol):
        self.protocol = protocol

    def is_reading(self):
        return not self._is_paused

    def pause_reading(self):
        self._is_paused = True

    def resume_reading(self):
        self._is_paused = False
        held, self._held = self._held, []
        for data in held:
            self._loop.call_soon(self.arrive, data, context=self._context)

    # -- what happens to it ----------------------------------------------------------------

    def schedule(self, work, *args):
        self._arrives_at = max(self._arrives_at, self._loop.time() + self._loop.moment())
        handle = self._loop.call_at(self._arrives_at, work, *args, context=self._context)
        self._on_the_way = [one for one in self._on_the_way if one.when() > self._loop.time()]
        self._on_the_way.append(handle)

    def arrive(self, data):
        if self._is_paused:
            self._held.append(data)
        elif not self._is_closing and not self._is_dead:
            self.protocol.data_received(data)

    def end(self):
        if not self._is_closing and not self._is_dead:
            self.protocol.eof_received()
            self.close()

    def cut(self):
        """The network fails between the two; what was on its way is lost, in each direction."""
        for pipe in (self, self.peer):
            for handle in pipe._on_the_way:
                handle.cancel()
            if not pipe._is_closing:
                pipe._is_closing = True
                pipe.schedule(pipe._lose, ConnectionResetError("cut"))

    def sever(self):
        """This end's process is dead: the kernel tells the other."""
        if not self._is_closing:
            self._is_closing = True
            self.peer.schedule(self.peer.end)

    @property
    def _is_dead(self):
        return self._process is not None and self._process.is_dead

    def _lose(self, error):
        if not self._is_over and not self._is_dead:
            self._is_over = True
            self.protocol.connection_lost(error)


@contextlib.contextmanager
def _no_loop():
    """A thread has none; Django refuses to work where one runs."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)


class InlineThreads:
    """In the place of a ThreadPoolExecutor: the same work, in this thread, with a database session
    of its own, as the thread would have."""

    def __init__(self, _most=1, thread_name_prefix=""):
        self._process = CURRENT.get()
        self._session = None

    def call(self, work, *args):
        if self._process is None:
            return work(*args)
        self._process.check()
        if self._session is None:
            self._session = sessions.open_for(self._process)
        with _no_loop(), sessions.use(self._session):
            return work(*args)

    def submit(self, work, *args):
        future = Future()
        try:
            future.set_result(self.call(work, *args))
        except Crash:
            future.cancel()
        except Exception as error:  # noqa: BLE001 - as a thread hands it over
            future.set_exception(error)
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        pass
