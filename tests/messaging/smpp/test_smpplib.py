"""smpplib, somebody else's client, against our server."""

import asyncio

import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions

from messaging.smpp import status
from messaging.smpp.events import Answered

from .carrier import Carrier, serving, until


def test_smpplib_binds_submits_takes_its_receipt_and_unbinds():
    async def talk():
        carrier = Carrier()
        async with serving(carrier) as server:
            there = asyncio.create_task(asyncio.to_thread(_smpplib_talks, server.port))
            await until(lambda: carrier.submitted)
            carrier.deliver_receipt(server.bound[0], "id1")
            heard = await there
            await until(lambda: carrier.closed)
        return carrier, heard

    carrier, (answer, told) = asyncio.run(talk())

    assert carrier.submitted[0].short_message == b"hello"
    assert carrier.submitted[0].destination == "8613800000000"
    assert (answer.status, answer.message_id) == (0, b"id1")
    assert told.receipted_message_id == b"id1"
    assert told.short_message.startswith(b"id:id1 sub:001")
    assert carrier.settled == [Answered("id1", status.OK)]
    assert carrier.closed == [("user", "unbound by the peer")]


def _smpplib_talks(port):
    heard = {}
    client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
    client.set_message_sent_handler(lambda pdu: heard.update(answer=pdu))
    client.set_message_received_handler(lambda pdu: heard.update(told=pdu))
    client.connect()
    client.bind_transceiver(system_id="user", password="secret")
    client.send_message(
        source_addr="10086",
        destination_addr="8613800000000",
        short_message=b"hello",
        registered_delivery=True,
    )
    while len(heard) < 2:
        client.read_once()
    client.unbind()
    client.disconnect()
    return heard["answer"], heard["told"]


def test_smpplib_hears_why_it_is_refused():
    def talk_to(port):
        client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
        client.connect()
        with pytest.raises(smpplib.exceptions.PDUError) as refused:
            client.bind_transceiver(system_id="user", password="wrong")
        client.disconnect()
        return refused.value.args[1]

    async def talk():
        async with serving(Carrier()) as server:
            return await asyncio.to_thread(talk_to, server.port)

    assert asyncio.run(talk()) == smpplib.consts.SMPP_ESME_RINVPASWD
