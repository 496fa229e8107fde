"""Names that lie. DNS and the last step of connecting are fake; everything between is real."""

import asyncio
import socket
import threading

import pytest
from aiohttp import web

from smsplatform.core.http import AddressDenied, NotSent, Outgoing, VettingResolver, dialler
from smsplatform.core.http.resolver import Address

HOOK = "https://hook.example.com/in"
PUBLIC = "93.184.216.34"


def dns(*answers):
    """A getaddrinfo that gives each answer once, the last one for ever, and counts."""
    left = list(answers)

    def lookup(host, port, **_):
        lookup.asked.append((host, port))
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, 0, 0, "", (address, port))
            for address in addresses
        ]

    lookup.asked = []
    return lookup


def resolved(lookup, host="hook.example.com", port=443, allowed=frozenset()):
    async def ask():
        resolver = VettingResolver(allowed=allowed, lookup=lookup)
        try:
            return [found.host for found in await resolver.resolve(host, port)]
        finally:
            resolver.close()

    return asyncio.run(ask())


async def hung_up(request):
    await request.read()
    return web.Response(text=request.host, headers={"Connection": "close"})


def test_public_addresses_are_handed_on():
    assert resolved(dns([PUBLIC, "2606:4700::1111"])) == [PUBLIC, "2606:4700::1111"]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%lo"]
)
def test_a_name_that_leads_inside_is_refused(address):
    with pytest.raises(AddressDenied):
        resolved(dns([address]))


@pytest.mark.parametrize("answer", [[PUBLIC, "127.0.0.1"], ["::1", PUBLIC]])
def test_one_denied_address_condemns_the_whole_answer(answer):
    with pytest.raises(AddressDenied):
        resolved(dns(answer))


def test_an_exception_may_resolve_to_loopback():
    allowed = frozenset({("sink", 9100)})

    assert resolved(dns(["127.0.0.1"]), "sink", 9100, allowed) == ["127.0.0.1"]


@pytest.mark.parametrize(("host", "port"), [("sink", 9101), ("sink2", 9100), ("sink", 0)])
def test_an_exception_holds_for_its_name_and_port_only(host, port):
    with pytest.raises(AddressDenied):
        resolved(dns(["127.0.0.1"]), host, port, frozenset({("sink", 9100)}))


def test_an_empty_answer_is_an_error():
    with pytest.raises(OSError, match="no address"):
        resolved(dns([]))


def test_localhost_resolves_with_the_real_lookup_when_it_is_an_exception():
    found = resolved(socket.getaddrinfo, "localhost", 9100, frozenset({("localhost", 9100)}))

    assert set(found) <= {"127.0.0.1", "::1"}
    assert found


def test_a_name_that_turns_to_loopback_is_never_followed_there(site, tls, wire):
    lookup = dns([PUBLIC], ["127.0.0.1"])

    async def scenario():
        resolver = VettingResolver(allowed=frozenset(), lookup=lookup)
        async with (
            site(hung_up, ssl_context=tls[0]) as port,
            Outgoing(allowed=frozenset(), resolver=resolver, ssl_context=tls[1]) as outgoing,
        ):
            connected = wire(port)
            answers = [await outgoing.post(HOOK, body=b"{}", headers={}) for _ in range(3)]
        return connected, answers

    connected, answers = asyncio.run(scenario())

    assert set(connected) == {(PUBLIC, 443)}
    assert [answer.body for answer in answers] == [b"hook.example.com"] * 3
    assert len(lookup.asked) == 1


def test_a_connection_with_tls_is_kept_for_its_name_only(site, tls, wire):
    peers = []

    async def handler(request):
        peers.append((request.host, request.transport.get_extra_info("peername")))
        return web.Response()

    async def scenario():
        resolver = VettingResolver(allowed=frozenset(), lookup=dns([PUBLIC]))
        async with (
            site(handler, ssl_context=tls[0]) as port,
            Outgoing(allowed=frozenset(), resolver=resolver, ssl_context=tls[1]) as outgoing,
        ):
            wire(port)
            for url in (HOOK, HOOK, "https://hook.example.com:8443/in", HOOK):
                await outgoing.post(url, body=b"{}", headers={})

    asyncio.run(scenario())

    first, second, other, last = peers
    assert first == second == last
    assert first[0] == "hook.example.com"
    assert other[0] == "hook.example.com:8443"
    assert other[1] != first[1]


def test_the_certificate_is_checked_against_the_name_not_the_address(site, tls, wire):
    async def scenario():
        resolver = VettingResolver(allowed=frozenset(), lookup=dns([PUBLIC]))
        async with (
            site(hung_up, ssl_context=tls[0]) as port,
            Outgoing(allowed=frozenset(), resolver=resolver, ssl_context=tls[1]) as outgoing,
        ):
            wire(port)
            with pytest.raises(NotSent) as failed:
                await outgoing.post("https://other.example.com/", body=b"", headers={})
        return failed.value.reason

    assert asyncio.run(scenario()) == "certificate"


def reason_for(lookup, **options):
    async def scenario():
        resolver = VettingResolver(allowed=frozenset(), lookup=lookup)
        async with Outgoing(allowed=frozenset(), resolver=resolver) as outgoing:
            with pytest.raises(NotSent) as failed:
                await outgoing.post(HOOK, body=b"{}", headers={}, **options)
        return failed.value.reason

    return asyncio.run(scenario())


def test_a_post_to_a_name_that_leads_inside_is_not_sent_and_says_no_address():
    assert reason_for(dns(["127.0.0.1"])) == "address_denied"


def test_a_post_to_a_name_that_does_not_exist_is_not_sent():
    def gone(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert reason_for(gone) == "dns_failed"


def test_a_name_server_that_hangs_costs_half_the_time_and_nothing_is_sent():
    released = threading.Event()
    try:
        reason = reason_for(lambda *_, **__: released.wait(10) and [], timeout_seconds=0.2)
    finally:
        released.set()

    assert reason == "connect_timeout"


# --- several addresses


class Kernel:
    """`sock_connect` of a loop where some addresses are silent or refuse."""

    def __init__(self, monkeypatch, *, silent=(), refusing=()):
        self.asked = []
        self._silent, self._refusing = silent, refusing
        monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", self)

    async def __call__(self, _sock, address):
        self.asked.append(address[0])
        if address[0] in self._refusing:
            raise ConnectionRefusedError
        if address[0] in self._silent:
            await asyncio.sleep(3600)


def connected(monkeypatch, *addresses, **kernel):
    async def scenario():
        asked = Kernel(monkeypatch, **kernel)
        found = [Address(address, socket.AF_INET) for address in addresses]
        (await dialler.connect(found, 443)).close()
        return asked.asked

    return asyncio.run(scenario())


def test_the_first_address_that_answers_is_the_only_one_asked(monkeypatch):
    assert connected(monkeypatch, "1.1.1.1", "1.1.1.2") == ["1.1.1.1"]


@pytest.mark.parametrize("fault", ["silent", "refusing"])
def test_an_address_that_is_out_of_order_delays_little(monkeypatch, fault):
    asked = connected(monkeypatch, "1.1.1.1", "1.1.1.2", "1.1.1.3", **{fault: {"1.1.1.1"}})

    assert asked == ["1.1.1.1", "1.1.1.2"]


def test_when_no_address_answers_the_last_refusal_is_told(monkeypatch):
    with pytest.raises(ConnectionRefusedError):
        connected(monkeypatch, "1.1.1.1", "1.1.1.2", refusing={"1.1.1.1", "1.1.1.2"})


def test_who_asks_at_the_same_time_asks_once():
    lookup = dns([PUBLIC])

    async def scenario():
        resolver = VettingResolver(allowed=frozenset(), lookup=lookup)
        await asyncio.gather(*(resolver.resolve("hook.example.com", 443) for _ in range(50)))
        resolver.close()

    asyncio.run(scenario())

    assert len(lookup.asked) == 1


def test_a_lookup_that_failed_is_made_again():
    lookup = dns([], [PUBLIC])

    async def scenario():
        resolver = VettingResolver(allowed=frozenset(), lookup=lookup)
        with pytest.raises(OSError, match="no address"):
            await resolver.resolve("hook.example.com", 443)
        found = await resolver.resolve("hook.example.com", 443)
        resolver.close()
        return found

    assert [address.host for address in asyncio.run(scenario())] == [PUBLIC]


def test_a_name_that_changes_is_followed_when_the_answer_is_old(monkeypatch):
    monkeypatch.setattr("smsplatform.core.http.resolver.KEPT_SECONDS", 0.0)
    lookup = dns([PUBLIC], ["127.0.0.1"])

    async def scenario():
        resolver = VettingResolver(allowed=frozenset(), lookup=lookup)
        await resolver.resolve("hook.example.com", 443)
        with pytest.raises(AddressDenied):
            await resolver.resolve("hook.example.com", 443)
        resolver.close()

    asyncio.run(scenario())
