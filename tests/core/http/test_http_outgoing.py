"""Real servers on loopback, well-behaved and hostile."""

import asyncio
import contextlib
import gzip
import socket
import struct
import time

import pytest
from aiohttp import web

from smsplatform.core.http import NotSent, Outgoing, Unanswered
from smsplatform.core.http.answers import MAX_ANSWER_BYTES

HEAD = b"HTTP/1.1 200 OK\r\n"


def at(port):
    return f"http://127.0.0.1:{port}/in", frozenset({("127.0.0.1", port)})


async def posted(port, *, url=None, headers=None, method="post", **options):
    plain_url, allowed = at(port)
    url = url or plain_url
    async with Outgoing(allowed=allowed) as outgoing:
        if method == "get":
            return await outgoing.get(url, headers=headers or {}, **options)
        return await outgoing.post(url, body=b'{"id":1}', headers=headers or {}, **options)


def answered(serve, handler, **options):
    async def scenario():
        async with serve(handler) as port:
            return await posted(port, **options)

    return asyncio.run(scenario())


def unanswered(serve, handler, **options):
    with pytest.raises(Unanswered) as failed:
        answered(serve, handler, **options)
    return failed.value.reason


def saying(raw, *, then=None):
    """Reads one request, says `raw`, and then does `then`."""

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()
        if then:
            await then(writer)

    return talk


async def hang(_):
    await asyncio.sleep(600)


def test_a_post_carries_its_body_and_headers_and_brings_the_answer(site):
    seen = {}

    async def handler(request):
        seen.update(request.headers, body=await request.read(), method=request.method)
        return web.Response(status=202, body=b"taken")

    answer = answered(site, handler, headers={"webhook-id": "m1", "Content-Type": "text/x"})

    assert (answer.status, answer.body, answer.retry_after) == (202, b"taken", None)
    assert 0 <= answer.elapsed_ms < 5000
    assert (seen["method"], seen["body"], seen["webhook-id"]) == ("POST", b'{"id":1}', "m1")
    assert seen["User-Agent"] == "smsplatform/1"
    assert seen["Accept-Encoding"] == "identity"


def test_a_get_brings_the_answer(site):
    async def handler(request):
        return web.Response(text=f"{request.method} {request.path_qs}")

    assert answered(site, handler, method="get").body == b"GET /in"


def test_a_query_in_an_old_chinese_encoding_arrives_as_it_was_written(site):
    async def handler(request):
        return web.Response(text=request.raw_path)

    async def scenario():
        async with site(handler) as port:
            url, allowed = at(port)
            async with Outgoing(allowed=allowed) as outgoing:
                return await outgoing.get(f"{url}?text=%D6%D0%CE%C4&sign=a%2Bb%3D", headers={})

    assert asyncio.run(scenario()).body == b"/in?text=%D6%D0%CE%C4&sign=a%2Bb%3D"


def test_connections_are_kept_and_cookies_are_not(site):
    peers, cookies = set(), []

    async def handler(request):
        peers.add(request.transport.get_extra_info("peername"))
        cookies.append(request.headers.get("Cookie"))
        return web.Response(headers={"Set-Cookie": "a=b"})

    async def scenario():
        async with site(handler) as port:
            url, allowed = at(port)
            async with Outgoing(allowed=allowed) as outgoing:
                for _ in range(5):
                    await outgoing.post(url, body=b"", headers={})

    asyncio.run(scenario())

    assert len(peers) == 1
    assert cookies == [None] * 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(site, status):
    paths = []

    async def handler(request):
        paths.append(request.path)
        location = f"http://127.0.0.1:{request.url.port}/inside"
        return web.Response(status=status, headers={"Location": location})

    assert answered(site, handler).status == status
    assert paths == ["/in"]


def test_a_compressed_answer_is_not_unpacked(site):
    packed = gzip.compress(b"0" * 10_000_000)

    async def handler(_):
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    assert answered(site, handler).body == packed[:MAX_ANSWER_BYTES]


def test_a_proxy_in_the_environment_is_ignored(site, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    async def handler(_):
        return web.Response()

    assert answered(site, handler).status == 200


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        (" 120 ", 120),
        ("99999999999999999999", 86_400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("\u0667", None),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2015 07:20:00 GMT", 0),
        ("Wed, 21 Oct 2099 07:20:00 GMT", 86_400),
        ("Wed, 99 Oct 2015 07:20:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_whatever_form_it_has(site, text, seconds):
    async def handler(_):
        date = "Wed, 21 Oct 2015 07:28:00 GMT"
        return web.Response(status=429, headers={"Retry-After": text, "Date": date})

    assert answered(site, handler).retry_after == seconds


def test_an_endless_answer_is_cut_and_its_connection_dropped(wild):
    sent = []

    async def flood(writer):
        while True:
            writer.write(b"x" * 65536)
            sent.append(65536)
            await writer.drain()

    head = HEAD + b"Content-Length: 10737418240\r\n\r\n"
    answer = answered(wild, saying(head, then=flood))

    assert answer.body == b"x" * MAX_ANSWER_BYTES
    assert sum(sent) < 50_000_000


def test_an_answer_of_exactly_the_limit_is_whole(site):
    async def handler(_):
        return web.Response(body=b"y" * MAX_ANSWER_BYTES)

    assert answered(site, handler).body == b"y" * MAX_ANSWER_BYTES


@pytest.mark.parametrize(
    "start", [b"", HEAD, HEAD + b"Content-Length: 100\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"]
)
def test_a_server_that_stops_talking_is_unanswered_in_time(wild, start):
    started = time.monotonic()

    assert unanswered(wild, saying(start, then=hang), timeout_seconds=1.0) == "timeout"
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 ", HEAD + b"X: ", HEAD + b"Content-Length: 100000\r\n\r\n"]
)
def test_a_server_that_talks_a_byte_at_a_time_is_unanswered_in_time(wild, start):
    async def dribble(writer):
        while True:
            writer.write(b"1")
            await writer.drain()
            await asyncio.sleep(0.02)

    assert unanswered(wild, saying(start, then=dribble), timeout_seconds=1.0) == "timeout"


def test_a_server_that_only_ever_says_continue_is_unanswered_in_time(wild):
    async def chatter(writer):
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    assert unanswered(wild, saying(b"", then=chatter), timeout_seconds=1.0) == "timeout"


async def reset(writer):
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@pytest.mark.parametrize("method", ["post", "get"])
@pytest.mark.parametrize("start", [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\nhalf"])
@pytest.mark.parametrize("end", [reset, None], ids=["reset", "closed"])
def test_a_connection_that_breaks_after_the_request_is_unanswered(wild, method, start, end):
    assert unanswered(wild, saying(start, then=end), method=method) == "disconnected"


@pytest.mark.parametrize(
    "noise",
    [
        b"220 mail.example.com ESMTP\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        HEAD + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"".join(b"X%d: x\r\n" % n for n in range(10_000)) + b"\r\n",
    ],
)
def test_an_answer_that_is_not_http_is_unanswered(wild, noise):
    assert unanswered(wild, saying(noise)) == "malformed_answer"


def test_chunks_that_are_no_chunks_are_unanswered(wild):
    noise = HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n"

    assert unanswered(wild, saying(noise)) in {"disconnected", "malformed_answer"}


@pytest.mark.parametrize("method", ["post", "get"])
def test_nothing_is_written_twice_when_a_kept_connection_breaks(wild, method):
    requests = []

    async def answer_once_then_hang_up(reader, writer):
        for _ in range(2):
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            if len(requests) > 1:
                return
            if method == "post":
                await reader.readexactly(2)
            writer.write(HEAD + b"Content-Length: 0\r\n\r\n")

    async def scenario():
        async with wild(answer_once_then_hang_up) as port:
            url, allowed = at(port)
            async with Outgoing(allowed=allowed) as outgoing:
                for _ in range(2):
                    if method == "post":
                        await outgoing.post(url, body=b"{}", headers={})
                    else:
                        await outgoing.get(url, headers={})

    with pytest.raises(Unanswered):
        asyncio.run(scenario())
    assert len(requests) == 2


def not_sent(url, *, allowed=frozenset(), headers=None, **options):
    async def scenario():
        async with Outgoing(allowed=allowed, own_names=frozenset({"sms.example.com"})) as outgoing:
            await outgoing.post(url, body=b"{}", headers=headers or {}, **options)

    with pytest.raises(NotSent) as failed:
        asyncio.run(scenario())
    return failed.value.reason


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://127.0.0.1/", "url_address"),
        ("https://2130706433/", "url_host"),
        ("https://sms.example.com/", "url_host"),
        ("http://127.0.0.1:9100/", "url_scheme"),
        ("https://example.com:22/", "url_port"),
        ("file:///etc/passwd", "url_scheme"),
    ],
)
def test_a_refused_url_is_not_sent(url, reason):
    assert not_sent(url) == reason


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", "\u00e9"])
def test_a_header_that_could_smuggle_is_not_sent(value):
    url, allowed = at(9)

    assert not_sent(url, allowed=allowed, headers={"X": value}) == "header_characters"


def test_a_refused_connection_is_not_sent():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url, allowed = at(closed.getsockname()[1])

        assert not_sent(url, allowed=allowed) == "connect_failed"


def test_a_server_without_tls_where_tls_is_expected_is_not_sent(wild):
    async def scenario():
        async with wild(saying(HEAD)) as port:
            url = f"https://127.0.0.1:{port}/"
            await posted(port, url=url, timeout_seconds=0.4)

    with pytest.raises(NotSent) as failed:
        asyncio.run(scenario())
    assert failed.value.reason == "connect_timeout"


def test_an_untrusted_certificate_is_not_sent(site, tls):
    async def handler(_):
        return web.Response()

    async def scenario():
        async with site(handler, ssl_context=tls[0]) as port:
            await posted(port, url=f"https://127.0.0.1:{port}/")

    with pytest.raises(NotSent) as failed:
        asyncio.run(scenario())
    assert failed.value.reason == "certificate"


def test_one_hanging_endpoint_does_not_delay_another(wild, site):
    async def handler(_):
        return web.Response()

    async def beside(bad, good):
        async with Outgoing(allowed=at(bad)[1] | at(good)[1]) as outgoing:
            waiting = asyncio.gather(
                *(
                    outgoing.post(at(bad)[0], body=b"", headers={}, timeout_seconds=600.0)
                    for _ in range(150)
                )
            )
            await asyncio.sleep(0.2)
            answer = await outgoing.post(at(good)[0], body=b"", headers={})
            was_waiting = not waiting.done()
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting
            return answer.status, was_waiting

    async def scenario():
        async with wild(saying(b"", then=hang)) as bad, site(handler) as good:
            return await beside(bad, good)

    assert asyncio.run(scenario()) == (200, True)
