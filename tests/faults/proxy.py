"""Between the platform and its PostgreSQL: cuts connections while a COMMIT is under way."""

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Self

SOCKET = ".s.PGSQL.5432"
READ_BYTES = 65_536
# For the server to commit what it was sent, before the connection dies.
COMMIT_SECONDS = 1.0


class Proxy:
    """A context manager; `cut` as often as wanted. Runs in a thread of its own."""

    def __init__(self, directory: Path, server: Path) -> None:
        self.directory = directory
        self._server = str(server / SOCKET)
        self.cuts = 0
        self._before = 0
        self._after = 0

    def __enter__(self) -> Self:
        self.directory.mkdir(exist_ok=True)
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[ready])
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def cut(self, *, is_forwarded: bool) -> None:
        """The next connection that commits: after the server got its COMMIT, or just before."""
        if is_forwarded:
            self._after += 1
        else:
            self._before += 1

    @property
    def is_waiting(self) -> bool:
        return bool(self._before or self._after)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        path = str(self.directory / SOCKET)
        self._loop.run_until_complete(asyncio.start_unix_server(self._serve, path))
        ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.1))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_unix_connection(self._server)
        except OSError:
            writer.close()
            return
        answering = asyncio.create_task(_pump(from_server, writer))
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._ask(reader, to_server, answering)
        answering.cancel()
        for end in (writer, to_server):
            end.transport.abort()

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        answering: "asyncio.Task[None]",
    ) -> None:
        while data := await reader.read(READ_BYTES):
            if self.is_waiting and b"COMMIT" in data:
                await self._cut_here(data, to_server, answering)
                return
            to_server.write(data)
            await to_server.drain()

    async def _cut_here(
        self, data: bytes, to_server: asyncio.StreamWriter, answering: "asyncio.Task[None]"
    ) -> None:
        is_forwarded = bool(self._after)
        self._after -= is_forwarded
        self._before -= not is_forwarded
        answering.cancel()  # whatever the server says now, nobody hears it
        if is_forwarded:
            to_server.write(data)
            await to_server.drain()
            await asyncio.sleep(COMMIT_SECONDS)
        self.cuts += 1


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(READ_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()
