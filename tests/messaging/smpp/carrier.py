"""A carrier on a real port, and how its clients wait for it."""

import asyncio
import contextlib

from messaging.smpp import pdu, receipts, status
from messaging.smpp.client import SmppClient
from messaging.smpp.receipts import Receipt
from messaging.smpp.server import SmppServer
from messaging.smpp.session import Limits

WORD = "secret"
LIMITS = Limits(window=20, bind_timeout_seconds=5)


class Carrier:
    """Accepts everything, delivers a receipt for each, and remembers what became of it."""

    def __init__(self):
        self.writes = 0
        self.submitted = []
        self.settled = []
        self.closed = []
        self.is_answering = True

    async def authenticate(self, bind, host):
        assert host == "127.0.0.1"
        return status.OK if bind.password == WORD else status.INVALID_PASSWORD

    def on_submit(self, connection, submitted):
        for event in submitted:
            self.submitted.append(event.submit)
            if self.is_answering:
                connection.answer(event.sequence, message_id=f"id{len(self.submitted)}")

    def deliver_receipt(self, connection, message_id):
        told = Receipt(message_id, "DELIVRD", submit_date="2611221916", done_date="2611221917")
        connection.deliver_many(
            [
                (
                    pdu.DeliverSm(
                        esm_class=pdu.RECEIPT,
                        short_message=receipts.format_receipt(told),
                        tlvs=receipts.receipt_tlvs(told),
                    ),
                    message_id,
                )
            ]
        )

    def on_delivery(self, _connection, settled):
        self.settled += settled

    def on_close(self, connection, reason):
        self.closed.append((connection.system_id, reason))

    def count_write(self):
        self.writes += 1


@contextlib.asynccontextmanager
async def serving(carrier, limits=LIMITS):
    server = SmppServer(
        "127.0.0.1",
        0,
        authenticate=carrier.authenticate,
        on_submit=carrier.on_submit,
        on_delivery=carrier.on_delivery,
        on_close=carrier.on_close,
        limits=limits,
        before_write=carrier.count_write,
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def client_of(server, password=WORD, **more):
    return SmppClient("127.0.0.1", server.port, "user", password, **{"limits": LIMITS, **more})


async def take(client, count):
    events = []
    while len(events) < count:
        events += await client.events()
    return events


async def until(is_true):
    while not is_true():
        await asyncio.sleep(0.001)
