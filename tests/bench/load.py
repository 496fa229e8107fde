"""The load, a process of its own: kept-alive connections and prepared bytes, no client library.

Closed loop: each connection posts as soon as it is answered. Open loop (`--rate`): requests come
when they come, whether or not the earlier ones are answered; one that finds every connection busy
waits, and its latency counts from the moment at which it should have gone out. Prints one JSON
line: what was accepted, since when (on the clock of all processes, `time.perf_counter`) and in how
many seconds, the latencies, and the generator's own CPU seconds.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections import deque

from tests.bench import requests

TICK_SECONDS = 0.001
# Larger requests are made when it is their turn: a hundred of them are 20 MB.
MOST_PREPARED = 100
FIRST_NUMBER = 13_000_000_000


class Connection(asyncio.Protocol):
    """One request at a time; tells the run of each answer and asks for what is next."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.done = asyncio.get_running_loop().create_future()
        self.head = b""
        self.missing = 0
        self.meant_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.run.is_free(self)

    def post(self, request: bytes, meant_at: float) -> None:
        self.meant_at = meant_at
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self.missing:
            self.missing -= len(data)
        else:
            self.head += data
            head, separator, rest = self.head.partition(b"\r\n\r\n")
            if not separator:
                return
            length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
            self.missing = int(length) - len(rest)
        if self.missing <= 0:
            status, self.head, self.missing = self.head[9:12], b"", 0
            self.run.answered(status, time.perf_counter() - self.meant_at)
            self.run.is_free(self)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


class Run:
    """What is posted when. The bodies of a closed loop with a known end are made beforehand."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.build = _builder(args)
        self.most = args.requests
        self.seconds = args.seconds
        self.first = args.skip
        self.made = (
            [self.build(self.first + count) for count in range(self.most)]
            if args.each <= MOST_PREPARED
            else []
        )
        self.sent = 0
        self.ok = 0
        self.failed: dict[str, int] = {}
        self.latencies: list[float] = []

    def begin(self) -> None:
        self.deadline = time.perf_counter() + self.seconds if self.seconds else float("inf")

    def next_request(self) -> bytes:
        self.sent += 1
        return self.made[self.sent - 1] if self.made else self.build(self.first + self.sent - 1)

    @property
    def is_over(self) -> bool:
        if self.most and self.sent >= self.most:
            return True
        return time.perf_counter() >= self.deadline

    def is_free(self, connection: Connection) -> None:
        if self.is_over:
            connection.transport.close()
        else:
            connection.post(self.next_request(), time.perf_counter())

    def answered(self, status: bytes, seconds: float) -> None:
        self.latencies.append(seconds)
        if status == b"202":
            self.ok += 1
        else:
            text = status.decode()
            self.failed[text] = self.failed.get(text, 0) + 1

    async def pace(self) -> None:
        """Nothing to do: whoever is answered goes on."""


class PacedRun(Run):
    def __init__(self, args: argparse.Namespace) -> None:
        super().__init__(args)
        self.every = 1 / args.rate
        self.most = int(args.rate * args.seconds)
        self.idle: list[Connection] = []
        self.waiting: deque[float] = deque()
        self.is_begun = False

    def is_free(self, connection: Connection) -> None:
        if self.waiting:
            connection.post(self.next_request(), self.waiting.popleft())
        elif self.is_begun and self.planned >= self.most:
            connection.transport.close()
        else:
            self.idle.append(connection)

    async def pace(self) -> None:
        start = time.perf_counter()
        self.is_begun, self.planned = True, 0
        while self.planned < self.most:
            await asyncio.sleep(TICK_SECONDS)
            due = min(self.most, int((time.perf_counter() - start) / self.every))
            for place in range(self.planned, due):
                self.waiting.append(start + place * self.every)
            self.planned = due
            while self.waiting and self.idle:
                self.is_free(self.idle.pop())
        for connection in self.idle:
            connection.transport.close()


def _builder(args: argparse.Namespace) -> requests.Build:
    if args.kind == "kannel":
        return requests.kannel(key=args.key, first=args.first, sink=args.sink)
    return requests.platform(key=args.key, each=args.each, first=args.first, template=args.template)


async def main(args: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    run = PacedRun(args) if args.rate else Run(args)
    run.begin()
    started, cpu = time.perf_counter(), _cpu()
    connections = [
        (await loop.create_connection(lambda: Connection(run), "127.0.0.1", args.port))[1]
        for _count in range(args.connections)
    ]
    await run.pace()
    await asyncio.gather(*(connection.done for connection in connections))
    seconds = time.perf_counter() - started
    latencies = sorted(run.latencies) or [0.0]
    json.dump(
        {
            "requests": run.sent,
            "messages": run.ok * args.each,
            "began": started,
            "seconds": seconds,
            "failed": run.failed,
            "p50_ms": latencies[len(latencies) // 2] * 1000,
            "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
            "worst_ms": latencies[-1] * 1000,
            "cpu": _cpu() - cpu,
        },
        sys.stdout,
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=["platform", "kannel"], required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sink", type=int, default=0)
    parser.add_argument("--key", required=True)
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--first", type=int, default=FIRST_NUMBER)
    parser.add_argument("--skip", type=int, default=0, help="requests that an earlier run made")
    parser.add_argument("--template", default="bench")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0, help="requests a second: an open loop")
    asyncio.run(main(parser.parse_args()))
