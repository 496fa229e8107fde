import pytest

from messaging.smpp import pdu, status
from messaging.smpp.events import (
    Answered,
    BindRefused,
    BindRequested,
    Bound,
    Closed,
    Delivered,
    Submitted,
)
from messaging.smpp.fields import PduError, frame
from messaging.smpp.pdu import Bind, Mode
from messaging.smpp.roles import ClientSession, ServerSession
from messaging.smpp.session import MAX_SEQUENCE, NotAllowedError, WindowFullError

from .conversations import LIMITS, bound, deliver, exchange, read, submit

# -- binding ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_a_client_binds(mode):
    client = ClientSession(now=0.0)
    server = ServerSession(now=0.0)
    client.bind(Bind("user", "secret", mode), 0.0)

    exchange(client, server)
    [requested] = server.events()
    server.answer_bind(status.OK, "SMSC", 0.0)
    exchange(client, server)

    assert requested == BindRequested(Bind("user", "secret", mode, sequence=1))
    assert client.events() == [Bound("SMSC")]
    assert server.mode == mode
    assert client.is_bound
    assert server.is_bound


def test_a_refused_bind_ends_both_sessions():
    client = ClientSession(now=0.0)
    server = ServerSession(now=0.0)
    client.bind(Bind("user", "wrong"), 0.0)
    exchange(client, server)
    server.events()

    server.answer_bind(status.INVALID_PASSWORD, "SMSC", 0.0)
    exchange(client, server)

    assert client.events() == [
        BindRefused(status.INVALID_PASSWORD),
        Closed("bind refused: INVALID_PASSWORD"),
    ]
    assert server.events() == [Closed("bind refused: INVALID_PASSWORD")]


@pytest.mark.parametrize(
    ("said", "heard"), [(0, status.BIND_FAILED), (status.SYSTEM_ERROR, status.SYSTEM_ERROR)]
)
def test_a_nack_refuses_a_bind(said, heard):
    client = ClientSession(now=0.0)
    client.bind(Bind("user"), 0.0)

    client.receive(pdu.encode(pdu.GenericNack(said, 1)), 0.0)

    assert client.events()[0] == BindRefused(heard)


def test_a_second_bind_is_refused_and_harms_nothing():
    client, server = bound()

    server.receive(pdu.encode(Bind("user", sequence=9)), 0.0)

    assert read(server.data_to_send()) == [
        pdu.BindResp(status=status.ALREADY_BOUND, sequence=9),
    ]
    assert server.is_bound
    with pytest.raises(NotAllowedError):
        client.bind(Bind("user"), 0.0)


def test_a_second_bind_response_is_ignored():
    client, _ = bound()

    client.receive(pdu.encode(pdu.BindResp(status=status.BIND_FAILED, sequence=1)), 0.0)

    assert client.is_bound


def test_a_bind_that_nobody_answers_times_out():
    client = ClientSession(now=100.0, limits=LIMITS)
    client.bind(Bind("user"), 100.0)

    client.tick(109.9)
    assert client.next_deadline() == 110.0
    client.tick(110.0)

    assert client.events() == [Closed("binding timed out")]
    assert client.next_deadline() is None


def test_a_peer_that_never_binds_is_sent_away():
    server = ServerSession(now=0.0, limits=LIMITS)

    server.tick(10.0)

    assert server.events() == [Closed("open timed out")]


def test_an_answer_to_a_bind_comes_too_late_for_a_closed_session():
    server = ServerSession(now=0.0)
    server.close("gone")

    server.answer_bind(status.OK, "SMSC", 0.0)

    assert server.data_to_send() == b""


# -- requests and answers --------------------------------------------------------------------


def test_an_answer_finds_its_token():
    client, server = bound()

    client.submit(submit(), "m1", 1.0)
    exchange(client, server)
    [submitted] = server.events()
    server.answer(submitted.sequence, message_id="abc")
    exchange(client, server)

    assert submitted == Submitted(
        pdu.SubmitSm(source="10086", destination="+8613800000000", short_message=b"hi", sequence=2),
        2,
    )
    assert client.events() == [Answered("m1", status.OK, "abc", late=False)]
    assert client.outstanding() == []


def test_answers_may_come_in_any_order():
    client, server = bound()
    client.submit_many([(submit(), "m1"), (submit(), "m2")], 1.0)
    exchange(client, server)
    first, second = server.events()

    server.answer(second.sequence, message_id="2")
    server.answer(first.sequence, message_id="1")
    exchange(client, server)

    assert [(e.token, e.message_id) for e in client.events()] == [("m2", "2"), ("m1", "1")]


@pytest.mark.parametrize("code", [*range(0x100), *range(0x400, 0x410)])
def test_every_status_is_passed_on(code):
    client, _ = bound()
    client.submit(submit(), "m1", 1.0)

    client.receive(frame(pdu.SubmitSmResp.command, code, 2), 2.0)

    assert client.events() == [Answered("m1", code, "", late=False)]


@pytest.mark.parametrize(("said", "heard"), [(0, status.UNKNOWN_ERROR), (3, 3)])
def test_a_nack_is_a_refusal_even_when_it_says_ok(said, heard):
    client, _ = bound()
    client.submit(submit(), "m1", 1.0)

    client.receive(pdu.encode(pdu.GenericNack(said, 2)), 2.0)

    assert client.events() == [Answered("m1", heard, "", late=False)]


def test_an_answer_to_nothing_is_ignored():
    client, _ = bound()

    client.receive(pdu.encode(pdu.SubmitSmResp("x", sequence=77)), 1.0)
    client.receive(pdu.encode(pdu.GenericNack(3, 0)), 1.0)
    client.receive(pdu.encode(pdu.EnquireLinkResp(sequence=78)), 1.0)
    client.receive(pdu.encode(pdu.UnbindResp(sequence=79)), 1.0)

    assert client.events() == []
    assert client.data_to_send() == b""
    assert client.is_bound


def test_only_the_first_of_two_answers_counts():
    client, _ = bound()
    client.submit(submit(), "m1", 1.0)
    answer = pdu.encode(pdu.SubmitSmResp("x", sequence=2))

    client.receive(answer + answer, 2.0)

    assert len(client.events()) == 1


def test_a_full_window_takes_nothing_more():
    client, _ = bound()
    client.submit_many([(submit(), n) for n in range(3)], 1.0)
    client.data_to_send()

    assert client.window_free == 0
    with pytest.raises(WindowFullError):
        client.submit(submit(), 3, 1.0)
    assert client.data_to_send() == b""
    assert client.outstanding() == [0, 1, 2]


def test_an_answer_frees_its_place():
    client, _ = bound()
    client.submit_many([(submit(), n) for n in range(3)], 1.0)

    client.receive(pdu.encode(pdu.SubmitSmResp("x", sequence=3)), 2.0)

    assert client.window_free == 1
    assert client.outstanding() == [0, 2]


def test_a_batch_with_one_impossible_message_sends_nothing():
    client, _ = bound()

    with pytest.raises(PduError):
        client.submit_many([(submit(), 1), (submit(bytes(255)), 2)], 1.0)

    assert client.data_to_send() == b""
    assert client.outstanding() == []


def test_an_unbound_session_submits_nothing():
    client = ClientSession(now=0.0)

    assert client.window_free == 0
    with pytest.raises(NotAllowedError):
        client.submit(submit(), 1, 0.0)


def test_a_receiver_submits_nothing():
    client, _ = bound(Mode.RECEIVER)

    with pytest.raises(NotAllowedError):
        client.submit(submit(), 1, 0.0)


def test_nothing_is_delivered_to_a_transmitter():
    _, server = bound(Mode.TRANSMITTER)

    with pytest.raises(NotAllowedError):
        server.deliver(deliver(), 1, 0.0)


def test_sequence_numbers_begin_again_at_one_and_skip_those_in_use():
    client, server = bound(sequence=MAX_SEQUENCE - 2)  # the bind takes the last but one
    client.submit_many([(submit(), "a"), (submit(), "b")], 1.0)
    exchange(client, server)

    assert [event.sequence for event in server.events()] == [MAX_SEQUENCE, 1]
    client._sequence = MAX_SEQUENCE - 1
    client.submit(submit(), "c", 1.0)
    exchange(client, server)
    assert [event.sequence for event in server.events()] == [2]


# -- deliveries ------------------------------------------------------------------------------


def test_a_delivery_is_acknowledged_by_its_owner_only():
    client, server = bound()
    server.deliver(deliver(), "r1", 1.0)

    exchange(client, server)
    [delivered] = client.events()
    assert delivered == Delivered(
        pdu.DeliverSm(
            source="+8613800000000", destination="10086", short_message=b"hi", sequence=1
        ),
        1,
    )
    assert server.outstanding() == ["r1"]

    client.acknowledge(delivered.sequence, status.TEMPORARY_APP_ERROR)
    exchange(client, server)
    assert server.events() == [Answered("r1", status.TEMPORARY_APP_ERROR)]


def test_more_deliveries_than_anybody_answers_are_sent_back():
    client, _ = bound()

    client.receive(b"".join(pdu.encode(deliver(), n) for n in range(1, 6)), 1.0)

    assert len(client.events()) == LIMITS.unanswered_inbound
    assert read(client.data_to_send()) == [pdu.DeliverSmResp(status=status.QUEUE_FULL, sequence=5)]
    client.acknowledge(1)
    client.receive(pdu.encode(deliver(), 6), 1.0)
    assert [event.sequence for event in client.events()] == [6]


def test_nothing_is_said_after_the_close():
    client, server = bound()
    client.close("cut")
    server.close("cut")

    client.acknowledge(1)
    server.answer(1)
    client.receive(pdu.encode(pdu.EnquireLink(sequence=5)), 1.0)
    client.tick(1000.0)
    client.unbind(1000.0)

    assert client.data_to_send() == b""
    assert server.data_to_send() == b""
    assert client.events() == [Closed("cut")]
