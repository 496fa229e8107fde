"""Which connection is used again, and what is read from one."""

import asyncio
import contextlib
import socket
import threading

import pytest

from smsplatform.core.http import NotSent, Outgoing, Unanswered
from smsplatform.core.http.answers import BODY_ROOM, MAX_ANSWER_BYTES

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Far:
    """A server that says `says` to each request; `heard` has a list of requests a connection."""

    def __init__(self, says=OK, *, then_hangs_up=False):
        self.says = says
        self.heard = []
        self._then_hangs_up = then_hangs_up

    async def __call__(self, reader, writer):
        requests = []
        self.heard.append(requests)
        while True:
            requests.append(await request_of(reader))
            writer.write(self.says)
            await writer.drain()
            if self._then_hangs_up:
                return

    @property
    def connections(self):
        return len(self.heard)


async def request_of(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    _, found, length = head.partition(b"Content-Length: ")
    return head + (await reader.readexactly(int(length)) if found else b"")


@contextlib.asynccontextmanager
async def reaching(wild, far):
    async with wild(far) as port, Outgoing(allowed=frozenset({("127.0.0.1", port)})) as outgoing:
        yield outgoing, f"http://127.0.0.1:{port}/in"


def bodies(wild, far, *, times=2, pause=0.05, path=""):
    """What so many posts bring, one after another."""

    async def scenario():
        brought = []
        async with reaching(wild, far) as (outgoing, url):
            for _time in range(times):
                answer = await outgoing.post(url + path, body=b"{}", headers={})
                brought.append(answer.body)
                await asyncio.sleep(pause)
        return brought

    return asyncio.run(scenario())


# --- what is written


@pytest.mark.parametrize("is_connected", [True, False])
def test_what_has_become_too_late_is_not_written(wild, is_connected):
    """A process may stand still between the permission to write and the writing."""
    far = Far()

    async def scenario():
        async with reaching(wild, far) as (outgoing, url):
            if is_connected:
                await outgoing.post(url, body=b"in time", headers={})
            late = asyncio.get_running_loop().time() - 0.001
            with pytest.raises(NotSent, match="too_late"):
                await outgoing.post(url, body=b"late", headers={}, write_before=late)
            await outgoing.post(url, body=b"again", headers={})

    asyncio.run(scenario())

    [requests] = far.heard
    assert [one.rpartition(b"\r\n")[2] for one in requests] == [
        *([b"in time"] if is_connected else []),
        b"again",
    ]


# --- what is read


@pytest.mark.parametrize(
    "says",
    [
        OK,
        OK.replace(b"\r\n", b"\n"),
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK,
        CHUNKED + b"1\r\no\r\n1;note=1\r\nk\r\n0\r\nTrailer: x\r\n\r\n",
        CHUNKED + b"2  \r\nok\r\n0\r\n\r\n",
        HEAD + b"content-length:2\r\nX: a\xe9\r\n\r\nok",
    ],
    ids=["plain", "bare line feeds", "interim", "chunks", "padded size", "other spelling"],
)
def test_an_answer_is_read_in_any_of_its_forms_and_its_connection_kept(wild, says):
    far = Far(says)

    assert bodies(wild, far) == [b"ok", b"ok"]
    assert far.connections == 1


@pytest.mark.parametrize(
    "says",
    [
        HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"more",
        OK + OK,
        OK + b"HTTP/1.1 4",
    ],
    ids=["close", "1.0", "junk", "two", "one and a beginning"],
)
def test_a_connection_that_ends_or_says_too_much_is_not_used_again(wild, says):
    far = Far(says)

    assert bodies(wild, far) == [b"ok", b"ok"]
    assert far.connections == 2


def test_a_body_may_end_with_its_connection(wild):
    far = Far(HEAD + b"\r\nok", then_hangs_up=True)

    assert bodies(wild, far) == [b"ok", b"ok"]


def test_an_answer_without_a_body_is_whole(wild):
    assert bodies(wild, Far(b"HTTP/1.1 204 No Content\r\n\r\n")) == [b"", b""]


def test_an_endless_chunked_answer_is_cut(wild):
    far = Far(CHUNKED + (b"7000\r\n" + b"x" * 0x7000 + b"\r\n") * 3)

    assert bodies(wild, far) == [b"x" * MAX_ANSWER_BYTES] * 2
    assert far.connections == 2


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 099 What\r\n\r\n",
        CHUNKED + b"0\r\nX: " + b"x" * (BODY_ROOM + 300_000),
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
    ],
    ids=["101", "upgrade", "099", "endless trailer", "two lengths"],
)
def test_what_is_no_answer_to_this_request_is_malformed(wild, says):
    with pytest.raises(Unanswered) as failed:
        bodies(wild, Far(says))
    assert failed.value.reason == "malformed_answer"


# --- what is used again


def test_a_connection_that_was_idle_for_too_long_is_not_used(wild, monkeypatch):
    monkeypatch.setattr("smsplatform.core.http.connection.KEEP_ALIVE_SECONDS", 0.0)
    far = Far()

    assert bodies(wild, far) == [b"ok", b"ok"]
    assert far.connections == 2


def test_a_connection_that_was_hung_up_meanwhile_is_not_used(wild):
    far = Far(then_hangs_up=True)

    assert bodies(wild, far) == [b"ok", b"ok"]
    assert far.connections == 2


def test_a_hanging_up_while_the_loop_stood_still_is_heard_before_a_post():
    """As between two turns of a task."""
    may_hang_up, hung_up = threading.Event(), threading.Event()

    def serve(listener):
        for _connection in range(2):
            with listener.accept()[0] as peer:
                peer.recv(65536)
                peer.sendall(OK)
                may_hang_up.wait(10)
            hung_up.set()

    async def scenario(port):
        url = f"http://127.0.0.1:{port}/"
        async with Outgoing(allowed=frozenset({("127.0.0.1", port)})) as outgoing:
            await outgoing.post(url, body=b"", headers={})
            may_hang_up.set()
            hung_up.wait(10)
            return await outgoing.post(url, body=b"", headers={})

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=[listener])
        server.start()
        try:
            assert asyncio.run(scenario(listener.getsockname()[1])).body == b"ok"
        finally:
            server.join(10)


def test_a_server_that_talks_unasked_is_left(wild):
    hung_up = []

    async def far(reader, writer):
        await request_of(reader)
        writer.write(OK)
        await asyncio.sleep(0.02)
        writer.write(OK.replace(b"ok", b"no"))
        with contextlib.suppress(ConnectionError):
            hung_up.append(await reader.read())

    async def scenario():
        async with reaching(wild, far) as (outgoing, url):
            answers = []
            for place in range(2):
                answers.append(await outgoing.post(url, body=b"", headers={}))
                while len(hung_up) <= place:
                    await asyncio.sleep(0.01)
        return answers

    assert [answer.body for answer in asyncio.run(scenario())] == [b"ok", b"ok"]


def test_an_answer_before_the_whole_request_has_left_is_taken_and_its_connection_left(wild):
    connections = []

    async def far(reader, writer):
        connections.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.sleep(5)

    async def scenario():
        async with reaching(wild, far) as (outgoing, url):
            large = b"x" * 50_000_000
            return [(await outgoing.post(url, body=large, headers={})).status for _ in range(2)]

    assert asyncio.run(scenario()) == [200, 200]
    assert len(connections) == 2


def test_what_was_used_last_is_used_next(wild):
    far = Far()

    async def scenario():
        async with reaching(wild, far) as (outgoing, url):
            posts = (outgoing.post(url, body=b"", headers={}) for _ in range(5))
            await asyncio.gather(*posts)
            for _ in range(20):
                await outgoing.post(url, body=b"", headers={})

    asyncio.run(scenario())

    assert sorted(map(len, far.heard)) == [1, 1, 1, 1, 21]


# --- what is written


def test_names_of_headers_cannot_smuggle(wild):
    async def scenario():
        async with reaching(wild, Far()) as (outgoing, url):
            await outgoing.post(url, body=b"", headers={"X: 1\r\nY": "2"})

    with pytest.raises(NotSent) as failed:
        asyncio.run(scenario())
    assert failed.value.reason == "header_characters"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("?a=%D6%D0&b=x+y%2B", b"POST /in?a=%D6%D0&b=x+y%2B HTTP/1.1"),
        ("/中?q=é", b"POST /in/%E4%B8%AD?q=%C3%A9 HTTP/1.1"),
        ("/a[1]|b", b"POST /in/a[1]%7Cb HTTP/1.1"),
        ("#fragment", b"POST /in HTTP/1.1"),
    ],
)
def test_the_first_line_is_ascii_and_otherwise_as_it_was_written(wild, path, line):
    far = Far()
    bodies(wild, far, times=1, path=path)

    assert far.heard[0][0].split(b"\r\n")[0] == line


def test_a_url_without_a_path_asks_for_the_root(wild):
    far = Far()

    async def scenario():
        async with reaching(wild, far) as (outgoing, url):
            await outgoing.get(url.removesuffix("/in") + "?a=1", headers={})
        return url

    host = asyncio.run(scenario()).split("/")[2]
    assert far.heard[0][0].startswith(f"GET /?a=1 HTTP/1.1\r\nHost: {host}\r\n".encode())


# --- the cheap form


def test_on_an_idle_connection_a_post_is_written_at_once_without_a_task(wild):
    far = Far()

    async def scenario():
        async with reaching(wild, far) as (outgoing, url):
            await outgoing.post(url, body=b"", headers={})
            outcome = asyncio.get_running_loop().create_future()
            tasks = asyncio.all_tasks()
            outgoing.start(url, body=b"{}", headers=b"X: y\r\n", done=outcome.set_result)
            assert asyncio.all_tasks() == tasks
            return await outcome

    assert asyncio.run(scenario()).body == b"ok"
    [[_first, second]] = far.heard
    assert second.endswith(b"\r\nX: y\r\nContent-Length: 2\r\n\r\n{}")


@pytest.mark.parametrize(
    ("url", "reason"), [("ftp://a.example/", "url_scheme"), ("http://127.0.0.1:9/", "url_scheme")]
)
def test_a_refusal_is_told_later_like_any_outcome(url, reason):
    async def scenario():
        async with Outgoing(allowed=frozenset()) as outgoing:
            outcome = asyncio.get_running_loop().create_future()
            outgoing.start(url, body=b"", headers={}, done=outcome.set_result)
            assert not outcome.done()
            return await outcome

    assert asyncio.run(scenario()).reason == reason


def test_whoever_closes_tells_what_was_under_way(wild):
    async def scenario():
        outcomes, arrived = [], asyncio.Event()

        async def silent(reader, _writer):
            await request_of(reader)
            arrived.set()
            await reader.read()

        async with reaching(wild, silent) as (outgoing, url):
            outgoing.start(url, body=b"", headers={}, done=outcomes.append)
            await arrived.wait()
            outgoing.start(url, body=b"", headers={}, done=outcomes.append)
        return outcomes

    told = {type(outcome): outcome.reason for outcome in asyncio.run(scenario())}
    assert told == {Unanswered: "disconnected", NotSent: "connect_failed"}


def test_a_post_that_was_given_up_before_it_was_written_is_never_written(wild):
    far = Far()

    async def scenario():
        async with reaching(wild, far) as (outgoing, url):
            post = asyncio.create_task(outgoing.post(url, body=b"first", headers={}))
            for _round in range(3):
                await asyncio.sleep(0)
            post.cancel()
            await asyncio.sleep(0.1)
            await outgoing.post(url, body=b"second", headers={})

    asyncio.run(scenario())

    assert [request[-6:] for requests in far.heard for request in requests] == [b"second"]
