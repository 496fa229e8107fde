"""Two sessions and the bytes between them."""

from messaging.smpp.pdu import Bind, DeliverSm, Mode, SubmitSm, decode
from messaging.smpp.roles import ClientSession, ServerSession
from messaging.smpp.session import Limits

LIMITS = Limits(
    window=3,
    response_timeout_seconds=60,
    bind_timeout_seconds=10,
    enquire_interval_seconds=30,
    unanswered_inbound=4,
)


def exchange(one, other, now=0.0):
    """Carry everything that both have to say."""
    while True:
        there, back = one.data_to_send(), other.data_to_send()
        if not there and not back:
            return
        other.receive(there, now)
        one.receive(back, now)


def bound(mode=Mode.TRANSCEIVER, limits=LIMITS, sequence=0):
    """A client and a server, bound to each other at the time 0, with nothing left to say."""
    client = ClientSession(now=0.0, limits=limits, sequence=sequence)
    server = ServerSession(now=0.0, limits=limits)
    client.bind(Bind("user", "secret", mode), 0.0)
    exchange(client, server)
    server.answer_bind(0, "SMSC", 0.0)
    exchange(client, server)
    client.events()
    server.events()
    return client, server


def submit(text=b"hi"):
    return SubmitSm(source="10086", destination="+8613800000000", short_message=text)


def deliver(text=b"hi"):
    return DeliverSm(source="+8613800000000", destination="10086", short_message=text)


def read(data):
    """The PDUs in what a session wants to send."""
    found = []
    while data:
        length = int.from_bytes(data[:4])
        found.append(decode(data[:length]))
        data = data[length:]
    return found
