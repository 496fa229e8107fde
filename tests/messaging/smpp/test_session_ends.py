"""What a session refuses, how it ends, and what time does to it."""

import pytest

from messaging.smpp import pdu, status
from messaging.smpp.events import (
    Answered,
    Closed,
    Delivered,
    Unanswered,
)
from messaging.smpp.fields import frame
from messaging.smpp.pdu import Bind, Mode
from messaging.smpp.roles import ClientSession, ServerSession
from messaging.smpp.session import Limits
from messaging.smpp.states import State

from .conversations import bound, deliver, exchange, read, submit

# -- what may not be said now ----------------------------------------------------------------


def test_a_submission_before_the_bind_is_refused():
    server = ServerSession(now=0.0)

    server.receive(pdu.encode(submit(), 4), 0.0)

    assert server.events() == []
    assert read(server.data_to_send()) == [
        pdu.SubmitSmResp(status=status.WRONG_BIND_STATE, sequence=4)
    ]


def test_a_receiver_that_submits_is_refused():
    _, server = bound(Mode.RECEIVER)

    server.receive(pdu.encode(submit(), 4), 0.0)

    assert server.events() == []
    assert read(server.data_to_send())[0].status == status.WRONG_BIND_STATE


@pytest.mark.parametrize("request_pdu", [submit(), Bind("user")])
def test_a_client_refuses_what_only_servers_get(request_pdu):
    client, _ = bound()

    client.receive(pdu.encode(request_pdu, 4), 0.0)

    [refusal] = read(client.data_to_send())
    assert (refusal.status, refusal.sequence) == (status.WRONG_BIND_STATE, 4)


def test_a_server_refuses_a_delivery_and_ignores_a_stray_bind_response():
    _, server = bound()

    server.receive(pdu.encode(pdu.BindResp(sequence=3)) + pdu.encode(deliver(), 4), 0.0)

    assert read(server.data_to_send()) == [
        pdu.DeliverSmResp(status=status.WRONG_BIND_STATE, sequence=4)
    ]


# -- the end ---------------------------------------------------------------------------------


def test_an_unbind_is_answered_and_both_are_closed():
    client, server = bound()

    client.unbind(1.0)
    client.unbind(1.0)
    exchange(client, server, 1.0)

    assert client.events() == [Closed("unbound")]
    assert server.events() == [Closed("unbound by the peer")]


def test_an_unbind_that_nobody_answers_times_out():
    client, _ = bound()

    client.unbind(5.0)
    client.tick(15.0)

    assert client.events() == [Closed("unbinding timed out")]


def test_an_unbound_session_just_closes():
    client = ClientSession(now=0.0)

    client.unbind(0.0)

    assert client.events() == [Closed("unbound")]
    assert client.data_to_send() == b""


def test_answers_and_receipts_still_count_while_unbinding():
    client, _ = bound()
    client.submit(submit(), "m1", 1.0)
    client.unbind(1.0)

    client.receive(pdu.encode(pdu.SubmitSmResp("x", sequence=2)) + pdu.encode(deliver(), 5), 2.0)

    assert [type(event) for event in client.events()] == [Answered, Delivered]
    assert client.state is State.UNBINDING


@pytest.mark.parametrize("answered", range(4))
def test_a_cut_leaves_exactly_the_unanswered_tokens(answered):
    client, _ = bound()
    client.submit_many([(submit(), n) for n in range(3)], 1.0)
    for sequence in range(2, 2 + answered):
        client.receive(pdu.encode(pdu.SubmitSmResp("x", sequence=sequence)), 2.0)
    client.events()

    client.close("reset")

    assert client.events() == [Closed("reset")]
    assert client.outstanding() == list(range(answered, 3))


# -- time ------------------------------------------------------------------------------------


def test_a_request_without_an_answer_is_told_and_frees_its_place():
    client, _ = bound(limits=Limits(window=3, response_timeout_seconds=20))
    client.submit(submit(), "m1", 1.0)
    client.submit(submit(), "m2", 5.0)

    client.tick(20.9)
    assert client.events() == []
    assert client.next_deadline() == 21.0
    client.tick(21.0)

    assert client.events() == [Unanswered("m1")]
    assert client.outstanding() == ["m2"]
    assert client.window_free == 2


def test_a_late_answer_still_counts_once():
    client, _ = bound()
    client.submit(submit(), "m1", 1.0)
    client.receive(pdu.encode(pdu.EnquireLinkResp(sequence=99)), 60.0)
    client.tick(61.0)
    client.events()
    answer = pdu.encode(pdu.SubmitSmResp("x", sequence=2))

    client.receive(answer + answer, 65.0)

    assert client.events() == [Answered("m1", status.OK, "x", late=True)]


def test_the_number_of_a_timed_out_request_is_not_used_again():
    client, server = bound()
    client.submit(submit(), "m1", 1.0)
    client.receive(pdu.encode(pdu.EnquireLinkResp(sequence=99)), 60.0)
    client.tick(61.0)
    exchange(client, server, 61.0)
    server.events()

    client._sequence = 1
    client.submit(submit(), "m2", 62.0)
    exchange(client, server, 62.0)

    assert [event.sequence for event in server.events()] == [3]


def test_a_silent_link_is_enquired_twice_and_then_dead():
    client, _ = bound()

    client.tick(29.9)
    assert client.data_to_send() == b""
    client.tick(30.0)
    client.tick(30.0)
    client.tick(60.0)
    assert [type(p) for p in read(client.data_to_send())] == [pdu.EnquireLink] * 2
    assert client.next_deadline() == 90.0
    client.tick(90.0)

    assert client.events() == [Closed("the link is dead")]


def test_whatever_is_heard_keeps_the_link_alive():
    client, server = bound()
    client.tick(30.0)
    client.tick(60.0)

    exchange(client, server, 61.0)
    client.tick(90.0)

    assert client.is_bound
    assert client.next_deadline() == 91.0


# -- malformed input -------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 15, 0x10001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_length_that_no_pdu_has_ends_the_session(length):
    client, _ = bound()

    client.receive(length.to_bytes(4), 1.0)

    assert read(client.data_to_send()) == [pdu.GenericNack(status.INVALID_COMMAND_LENGTH, 0)]
    [closed] = client.events()
    assert closed.reason.startswith("malformed stream")


def test_an_unknown_request_is_refused():
    client, _ = bound()

    client.receive(frame(0x0103, 0, 7, b"body"), 1.0)

    assert read(client.data_to_send()) == [pdu.GenericNack(status.INVALID_COMMAND_ID, 7)]
    assert client.is_bound


def test_an_unknown_response_is_ignored():
    client, _ = bound()

    client.receive(frame(0x80000103, 0, 7), 1.0)

    assert client.data_to_send() == b""


def test_a_request_with_a_broken_body_gets_its_own_kind_of_answer():
    client, _ = bound()

    client.receive(frame(pdu.DELIVER_SM, 0, 7, b"broken"), 1.0)

    assert client.events() == []
    assert read(client.data_to_send()) == [
        pdu.DeliverSmResp(status=status.INVALID_COMMAND_LENGTH, sequence=7)
    ]
