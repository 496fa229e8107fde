"""Over real TCP: our client and our server."""

import asyncio
import socket

import pytest

from messaging.smpp import pdu, receipts, status
from messaging.smpp.client import BindFailedError, SmppClient
from messaging.smpp.events import Answered, Closed, Delivered, Unanswered
from messaging.smpp.fields import PduError
from messaging.smpp.pdu import Mode
from messaging.smpp.server import SmppServer
from messaging.smpp.session import Limits, NotAllowedError, WindowFullError

from .carrier import Carrier, client_of, serving, take, until
from .conversations import deliver, submit


def test_messages_go_out_and_receipts_come_back():
    async def talk():
        carrier = Carrier()
        async with serving(carrier) as server:
            client = client_of(server)
            await client.connect()
            [connection] = server.bound_as("user")
            client.submit_many([(submit(), "a"), (submit(), "b")])
            answers = await take(client, 2)
            carrier.deliver_receipt(connection, "id1")
            [delivered] = await take(client, 1)
            client.acknowledge(delivered.sequence)
            await until(lambda: carrier.settled)
            await client.unbind()
            return carrier, answers, delivered, await client.events(), await client.events()

    carrier, answers, delivered, last, nothing = asyncio.run(talk())

    assert answers == [Answered("a", 0, "id1"), Answered("b", 0, "id2")]
    assert receipts.parse_receipt(delivered.deliver).id == "id1"
    assert carrier.settled == [Answered("id1", status.OK)]
    assert (last, nothing) == ([Closed("unbound")], [])
    assert carrier.closed == [("user", "unbound by the peer")]


def test_a_batch_leaves_in_one_write_and_so_do_its_answers():
    async def talk():
        carrier, writes = Carrier(), []
        async with serving(carrier) as server:
            client = client_of(server, before_write=lambda: writes.append(1))
            await client.connect()
            before = len(writes), carrier.writes
            client.submit_many([(submit(), n) for n in range(20)])
            await take(client, 20)
            after = len(writes), carrier.writes
            await client.unbind()
            return before, after

    assert asyncio.run(talk()) == ((1, 1), (2, 2))


def test_answers_may_wait_for_a_commit():
    async def talk():
        carrier = Carrier()
        carrier.is_answering = False
        waiting = []
        carrier.on_submit = lambda connection, events: waiting.extend(
            (connection, event.sequence) for event in events
        )
        async with serving(carrier) as server:
            client = client_of(server)
            await client.connect()
            client.submit_many([(submit(), n) for n in range(5)])
            await until(lambda: len(waiting) == 5)
            before = carrier.writes
            for connection, sequence in waiting:
                connection.answer(sequence, message_id="x")
            answers = await take(client, 5)
            after = carrier.writes
            await client.unbind()
            return len(answers), after - before

    assert asyncio.run(talk()) == (5, 1)


def test_a_wrong_password_is_refused():
    async def talk():
        async with serving(Carrier()) as server:
            with pytest.raises(BindFailedError) as refused:
                await client_of(server, "wrong").connect()
            return refused.value.status, server.bound

    assert asyncio.run(talk()) == (status.INVALID_PASSWORD, [])


def test_a_bind_that_cannot_be_judged_is_refused():
    async def talk():
        carrier, heard = Carrier(), []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: heard.append(1))

        async def authenticate(_bind, _host):
            raise RuntimeError("no database")

        carrier.authenticate = authenticate
        async with serving(carrier) as server:
            with pytest.raises(BindFailedError) as refused:
                await client_of(server).connect()
        return refused.value.status

    assert asyncio.run(talk()) == status.SYSTEM_ERROR


def test_a_carrier_that_hangs_up_during_the_bind_gives_no_status():
    async def talk():
        loop = asyncio.get_running_loop()
        silent = await loop.create_server(_HangsUp, "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        with pytest.raises(BindFailedError) as refused:
            await SmppClient("127.0.0.1", port, "user", "secret").connect()
        silent.close()
        return refused.value.status

    assert asyncio.run(talk()) is None


class _HangsUp(asyncio.Protocol):
    def connection_made(self, transport):
        transport.close()


def test_a_refused_connection_is_an_os_error():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    client = SmppClient("127.0.0.1", port, "user", "secret")

    with pytest.raises(OSError, match="Connect call failed"):
        asyncio.run(client.connect())
    asyncio.run(client.unbind())
    client.acknowledge(1)
    client.abort()
    assert (client.window_free, client.outstanding(), client.is_bound) == (0, [], False)
    with pytest.raises(NotAllowedError):
        client.submit_many([(submit(), 1)])


def test_a_cut_leaves_the_unanswered_tokens():
    async def talk():
        carrier = Carrier()
        carrier.is_answering = False
        async with serving(carrier) as server:
            client = client_of(server)
            await client.connect()
            client.submit_many([(submit(), "a"), (submit(), "b")])
            await until(lambda: len(carrier.submitted) == 2)
            server.bound[0].abort()
            [closed] = await take(client, 1)
            return type(closed), client.outstanding(), client.window_free

    assert asyncio.run(talk()) == (Closed, ["a", "b"], 0)


def test_a_client_that_cuts_tells_its_end_and_keeps_its_tokens():
    async def talk():
        carrier = Carrier()
        carrier.is_answering = False
        async with serving(carrier) as server:
            client = client_of(server)
            await client.connect()
            was_bound = client.is_bound
            client.submit_many([(submit(), "a")])
            client.abort()
            client.acknowledge(1)
            ends = await client.events(), await client.events()
            await client.unbind()
            return was_bound, client.is_bound, ends, client.outstanding()

    assert asyncio.run(talk()) == (True, False, ([Closed("aborted")], []), ["a"])


def test_a_peer_that_never_binds_is_cut():
    async def talk():
        carrier = Carrier()
        async with serving(carrier, Limits(bind_timeout_seconds=0.01)) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            said = await reader.read()
            writer.close()
            await writer.wait_closed()
            return said, carrier.closed

    assert asyncio.run(talk()) == (b"", [("", "open timed out")])


def test_a_connect_that_is_given_up_leaves_nothing_open():
    async def talk():
        carrier = Carrier()
        carrier.authenticate = lambda _bind, _host: asyncio.Event().wait()
        async with serving(carrier) as server:
            client = client_of(server)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.connect(), 0.02)
            await until(lambda: carrier.closed)
            return client.is_bound

    assert asyncio.run(talk()) is False


def test_a_delivery_that_nobody_acknowledges_is_told():
    async def talk():
        carrier = Carrier()
        async with serving(carrier, Limits(response_timeout_seconds=0.01)) as server:
            client = client_of(server)
            await client.connect()
            carrier.deliver_receipt(server.bound[0], "id1")
            await until(lambda: carrier.settled)
            [delivered] = await take(client, 1)
            client.acknowledge(delivered.sequence)
            await until(lambda: len(carrier.settled) == 2)
            await client.unbind()
            return carrier.settled

    assert asyncio.run(talk()) == [Unanswered("id1"), Answered("id1", 0, late=True)]


def test_what_cannot_be_sent_is_refused_before_anything_is_written():
    async def talk():
        carrier = Carrier()
        async with serving(carrier) as server:
            client = client_of(server)
            await client.connect()
            with pytest.raises(PduError):
                client.submit_many([(submit(), 1), (submit(bytes(255)), 2)])
            with pytest.raises(WindowFullError):
                client.submit_many([(submit(), n) for n in range(21)])
            free = client.window_free, server.bound[0].window_free
            await client.unbind()
            return free, carrier.submitted

    assert asyncio.run(talk()) == ((20, 20), [])


def test_a_transmitter_has_no_place_for_deliveries():
    async def talk():
        async with serving(Carrier()) as server:
            client = client_of(server, mode=Mode.TRANSMITTER)
            await client.connect()
            connection = server.bound[0]
            free = connection.mode, connection.window_free, connection.outstanding()
            await client.unbind()
            return free

    assert asyncio.run(talk()) == (Mode.TRANSMITTER, 0, [])


def test_a_peer_that_reads_nothing_is_not_written_to_without_end():
    async def talk():
        carrier = Carrier()
        async with serving(carrier, Limits(window=100_000)) as server:
            loop = asyncio.get_running_loop()
            deaf = await _bind_by_hand(server.port)
            await until(lambda: server.bound)
            connection = server.bound[0]
            while connection.window_free:
                connection.deliver_many([(deliver(bytes(250)), n) for n in range(1000)])
                await asyncio.sleep(0)
            is_paused = connection.link.is_paused
            while connection.link.is_paused:
                await loop.sock_recv(deaf, 1_000_000)
            is_resumed = connection.window_free > 0
            connection.abort()
            deaf.close()
            return is_paused, is_resumed

    assert asyncio.run(talk()) == (True, True)


async def _bind_by_hand(port):
    loop = asyncio.get_running_loop()
    deaf = socket.socket()
    deaf.setblocking(False)
    await loop.sock_connect(deaf, ("127.0.0.1", port))
    await loop.sock_sendall(deaf, pdu.encode(pdu.Bind("user", "secret", sequence=1)))
    return deaf


def test_a_stopping_server_says_goodbye():
    async def talk():
        async with serving(Carrier()) as server:
            client = client_of(server)
            await client.connect()
            stopping = asyncio.create_task(server.stop())
            [closed] = await take(client, 1)
            await stopping
        await SmppServer("", 0, authenticate=None, on_submit=None).stop()
        return closed

    assert asyncio.run(talk()) == Closed("unbound by the peer")


def test_a_server_needs_no_more_than_a_judge_and_an_ear():
    async def talk():
        carrier = Carrier()
        server = SmppServer(
            "127.0.0.1", 0, authenticate=carrier.authenticate, on_submit=carrier.on_submit
        )
        await server.start()
        client = client_of(server)
        await client.connect()
        carrier.deliver_receipt(server.bound[0], "id1")
        [delivered] = await take(client, 1)
        client.acknowledge(delivered.sequence)
        await client.unbind()
        await server.stop()
        return server.bound

    assert asyncio.run(talk()) == []


def test_garbage_is_answered_and_the_connection_ended():
    async def talk():
        async with serving(Carrier()) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            said = await reader.read()
            writer.close()
            await writer.wait_closed()
            return pdu.decode(said)

    assert asyncio.run(talk()) == pdu.GenericNack(status.INVALID_COMMAND_LENGTH)


def test_a_peer_that_leaves_while_it_is_judged_leaves_nothing_behind():
    async def talk():
        carrier, judging = Carrier(), asyncio.Event()

        async def authenticate(_bind, _host):
            judging.set()
            await asyncio.Event().wait()

        carrier.authenticate = authenticate
        async with serving(carrier) as server:
            impatient = await _bind_by_hand(server.port)
            await judging.wait()
            impatient.close()
            await until(lambda: carrier.closed)
            await asyncio.sleep(0)
            return len(asyncio.all_tasks()), server.bound

    assert asyncio.run(talk()) == (1, [])


def test_events_are_waited_for():
    async def talk():
        async with serving(Carrier()) as server:
            client = client_of(server)
            await client.connect()
            waiting = asyncio.create_task(client.events())
            await asyncio.sleep(0)
            server.bound[0].deliver_many([(deliver(), 1)])
            [delivered] = await waiting
            await client.unbind()
            return delivered

    assert asyncio.run(talk()) == Delivered(
        pdu.DeliverSm(
            source="+8613800000000", destination="10086", short_message=b"hi", sequence=1
        ),
        1,
    )
