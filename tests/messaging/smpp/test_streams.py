"""The stream as it really comes: in any pieces, and not always whole."""

import random

from hypothesis import given
from hypothesis import strategies as st

from messaging.smpp import pdu
from messaging.smpp.fields import frame
from messaging.smpp.framing import Splitter
from messaging.smpp.session import Limits

from .conversations import bound, deliver, submit

WIDE = Limits(window=100)
STREAM = b"".join(
    [
        pdu.encode(pdu.SubmitSmResp("first", sequence=2)),
        pdu.encode(deliver(b"inbound"), 40),
        pdu.encode(pdu.EnquireLink(sequence=41)),
        frame(0x0103, 0, 42, b"unknown"),
        pdu.encode(pdu.SubmitSmResp(status=0x58, sequence=4)),
        pdu.encode(pdu.DeliverSm(tlvs={0x0424: bytes(5000)}), 43),
        pdu.encode(pdu.GenericNack(3, 3)),
        pdu.encode(pdu.Unbind(sequence=44)),
        pdu.encode(deliver(b"behind the end"), 45),
    ]
)


def hear(pieces):
    """All that a client says and tells when the stream comes in these pieces."""
    client, _ = bound(limits=WIDE)
    client.submit_many([(submit(), token) for token in ("a", "b", "c")], 0.0)
    events = []
    for piece in pieces:
        client.receive(piece, 1.0)
        events += client.events()
    return events, client.data_to_send()


WHOLE = hear([STREAM])


@given(st.lists(st.integers(0, len(STREAM)), max_size=30).map(sorted))
def test_the_pieces_of_a_stream_make_no_difference(cuts):
    edges = [0, *cuts, len(STREAM)]

    assert hear(STREAM[a:b] for a, b in zip(edges, edges[1:], strict=False)) == WHOLE


def test_single_bytes_make_no_difference():
    assert hear(bytes((byte,)) for byte in STREAM) == WHOLE


def test_nothing_is_kept_of_a_stream_that_was_read():
    splitter = Splitter()

    assert b"".join(splitter.feed(STREAM)) == STREAM
    assert splitter._kept == b""


def test_a_hundred_thousand_broken_pdus_never_raise():
    chance = random.Random(90)  # noqa: S311
    sessions = []
    for _ in range(10_000):
        if not sessions or sessions[-1].is_closed:
            sessions.append(chance.choice(bound(limits=WIDE)))
        sessions[-1].receive(b"".join(_broken(chance) for _ in range(10)), 1.0)
        sessions[-1].events()
        sessions[-1].data_to_send()

    # Both were met: streams beyond repair, and sessions that lived on.
    assert 100 < len(sessions) < 9_000


UNBIND = pdu.encode(pdu.Unbind(sequence=44))
PARTS = [part for part in Splitter().feed(STREAM) if len(part) < 200 and part != UNBIND]
PARTS += [pdu.encode(submit(), 9), pdu.encode(pdu.Bind("user", sequence=1))]


def _broken(chance):
    wire = bytearray(chance.choice(PARTS))
    for _ in range(chance.randint(1, 3)):
        wire[chance.randrange(4, len(wire))] = chance.randrange(256)
    if chance.random() < 0.3:
        cut = chance.randrange(16, len(wire) + 1)
        wire = wire[:cut]
    wire[:4] = len(wire).to_bytes(4)
    if chance.random() < 0.01:
        wire[chance.randrange(4)] = chance.randrange(256)
    return bytes(wire)
