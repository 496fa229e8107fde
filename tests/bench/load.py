"""The load: kept-alive connections that post as fast as they are answered. A process of its own.

Plain asyncio protocols and prepared bytes, so that the generator costs the two cores little.
Prints one JSON line: what was accepted, in how many seconds, and the latencies.
"""

import argparse
import asyncio
import json
import sys
import time


class Connection(asyncio.Protocol):
    """Posts one request after another until `stop` and records how long each took."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.expected = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.post()

    def post(self) -> None:
        request = self.run.next_request()
        if request is None:
            self.transport.close()
            return
        self.started = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.expected:
            head, separator, _rest = self.buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
            self.expected = len(head) + 4 + int(length)
        if len(self.buffer) >= self.expected:
            self.run.answered(self.buffer[9:12], time.perf_counter() - self.started)
            self.buffer, self.expected = b"", 0
            self.post()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


class Run:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.sent = 0
        self.ok = 0
        self.failed: dict[str, int] = {}
        self.latencies: list[float] = []
        self.deadline = time.perf_counter() + args.seconds if args.seconds else None

    def next_request(self) -> bytes | None:
        if self.deadline and time.perf_counter() >= self.deadline:
            return None
        if self.args.requests and self.sent >= self.args.requests:
            return None
        self.sent += 1
        return self.request(self.sent)

    def request(self, count: int) -> bytes:
        each = self.args.each
        first = 13_800_000_000 + count * each % 90_000_000
        to = [f"+86{first + offset}" for offset in range(each)]
        body = json.dumps(
            {
                "to": to if each > 1 else to[0],
                "template": "bench",
                "params": {"code": f"{count % 10_000:06d}"},
            }
        ).encode()
        return (
            b"POST /api/v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nAuthorization: Bearer "
            + self.args.key.encode()
            + b"\r\nContent-Length: "
            + str(len(body)).encode()
            + b"\r\n\r\n"
            + body
        )

    def answered(self, status: bytes, seconds: float) -> None:
        self.latencies.append(seconds)
        if status == b"202":
            self.ok += 1
        else:
            text = status.decode()
            self.failed[text] = self.failed.get(text, 0) + 1


async def main(args: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    run = Run(args)
    started = time.perf_counter()
    connections = [
        (await loop.create_connection(lambda: Connection(run), "127.0.0.1", args.port))[1]
        for _count in range(args.connections)
    ]
    await asyncio.gather(*(connection.done for connection in connections))
    seconds = time.perf_counter() - started
    latencies = sorted(run.latencies) or [0.0]
    json.dump(
        {
            "messages": run.ok * args.each,
            "seconds": seconds,
            "failed": run.failed,
            "p50_ms": latencies[len(latencies) // 2] * 1000,
            "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--requests", type=int, default=0)
    asyncio.run(main(parser.parse_args()))
