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
    Unanswered,
)
from messaging.smpp.fields import PduError, frame
from messaging.smpp.pdu import Bind, Mode
from messaging.smpp.roles import ClientSession, ServerSession
from messaging.smpp.session import MAX_SEQUENCE, Limits, NotAllowedError, WindowFullError
from messaging.smpp.states import State

from .conversations import LIMITS, bound, deliver, exchange, submit


def read(data):
    """The PDUs in what a session wants to send."""
    found = []
    while data:
        length = int.from_bytes(data[:4])
        found.append(pdu.decode(data[:length]))
        data = data[length:]
    return found


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
