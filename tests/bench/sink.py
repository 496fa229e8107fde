"""The customer's end: answers 200 to every callback and counts the messages it was told of.

Webhooks bring ids in their body, Kannel's callbacks in their address. GET /count answers how many
different messages have arrived.
"""

import asyncio
import re
import sys

# Of the message: an envelope of many events names each delivery besides.
_ID = re.compile(rb'"data":\{"id":"([0-9a-f-]{36})"')
_TOLD = b"GET /told?id="
_COUNT = b"GET /count "


class Sink(asyncio.Protocol):
    seen: set[bytes] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head, separator, rest = self.buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            length = 0
            if head.startswith(_COUNT):
                self.answer(str(len(self.seen)).encode())
            elif head.startswith(_TOLD):
                self.seen.add(head[len(_TOLD) : head.index(b" ", len(_TOLD))])
                self.answer(b"")
            else:
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                if len(rest) < length:
                    return
                self.seen.update(_ID.findall(rest[:length]))
                self.answer(b"")
            self.buffer = rest[length:]

    def answer(self, body: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
