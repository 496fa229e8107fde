"""Over real TCP, with our own client."""

import asyncio

import pytest

from messaging.simulator import centre
from messaging.simulator.behaviour import Behaviour
from messaging.simulator.faults import Fault
from messaging.smpp import fields, receipts, status
from messaging.smpp.client import BindFailedError, SmppClient
from messaging.smpp.events import Answered, Closed, Delivered
from messaging.smpp.pdu import Mode

from .far_end import (
    QUICK,
    SLOW,
    answers,
    bound,
    seen,
    send,
    simulator_in,
    submit,
    take,
    talk,
    told,
    until,
)


def test_a_message_is_answered_and_its_receipt_has_the_same_id(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, bound(simulator) as client:
            await send(client, submit())
            return await take(client, 2)

    answered, delivered = talk(story())
    assert answered.status == status.OK
    assert told([delivered]) == [(answered.message_id, "DELIVRD", "000")]
    assert [submission.id for submission in seen(tmp_path)] == [answered.message_id]


def test_a_submission_is_in_the_log_before_its_answer_arrives(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator, bound(simulator) as client:
            for number in range(20):
                await send(client, submit(text=str(number)))
                [answered] = await take(client, 1)
                assert seen(tmp_path)[-1].id == answered.message_id

    talk(story())
    assert [submission.text for submission in seen(tmp_path)] == [str(n) for n in range(20)]


def test_a_receipt_says_when_what_and_for_which_of_our_references(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, bound(simulator) as client:
            await send(client, submit(tlvs={fields.USER_MESSAGE_REFERENCE: b"\x01\x02"}))
            return await take(client, 2)

    _, delivered = talk(story())
    receipt = receipts.parse_receipt(delivered.deliver)
    assert (receipt.reference, receipt.text, receipt.dlvrd) == (0x0102, "hello", "001")
    assert len(receipt.submit_date) == len(receipt.done_date) == 10
    assert (delivered.deliver.source, delivered.deliver.destination) == (
        submit().destination,
        "1069",
    )


def test_a_receipt_can_overtake_the_answer(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator, bound(simulator) as client:
            await send(client, submit("861380010005"))
            return await take(client, 2)

    first, second = talk(story())
    assert isinstance(first, Delivered)
    assert isinstance(second, Answered)
    assert told([first])[0][0] == second.message_id


def test_a_receipt_comes_three_times_where_the_number_asks_for_it(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, bound(simulator) as client:
            await send(client, submit("861380010004"))
            return await take(client, 4)

    assert len(set(told(talk(story())))) == 1


def test_no_receipt_is_sent_to_who_did_not_ask(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, bound(simulator) as client:
            await send(client, submit(registered_delivery=0), submit())
            return await take(client, 3), simulator.centre.open_receipts

    events, _ = talk(story())
    assert told(events)[0][0] == answers(events)[1].message_id


def test_ids_can_be_decimal_in_receipts(tmp_path):
    async def story():
        behaviour = Behaviour(receipt_delay_seconds=0, ids="decimal")
        async with simulator_in(tmp_path, behaviour) as simulator, bound(simulator) as client:
            await send(client, submit())
            return await take(client, 2)

    events = talk(story())
    assert told(events)[0][0] == str(int(answers(events)[0].message_id, 16))


def test_receipts_go_to_the_receiver_of_the_same_account(tmp_path):
    async def story():
        async with (
            simulator_in(tmp_path) as simulator,
            bound(simulator, system_id="other"),
            bound(simulator, Mode.RECEIVER) as ears,
            bound(simulator, Mode.TRANSMITTER) as mouth,
        ):
            await send(mouth, submit())
            return await take(mouth, 1), await take(ears, 1)

    [answered], heard = talk(story())
    assert told(heard)[0][0] == answered.message_id


def test_receipts_wait_for_who_can_hear_them(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator:
            async with bound(simulator, Mode.TRANSMITTER) as mouth:
                await send(mouth, *[submit()] * 30)
                answered = await take(mouth, 30)
            await until(lambda: simulator.centre.next_due_at() is None)
            async with bound(simulator, Mode.RECEIVER) as ears:
                return answered, await take(ears, 30)

    answered, heard = talk(story())
    assert {each.message_id for each in answered} == {each[0] for each in told(heard)}


def test_receipts_keep_to_the_window_and_all_arrive(tmp_path):
    async def story():
        async with (
            simulator_in(tmp_path, receipt_window=3) as simulator,
            bound(simulator) as client,
        ):
            await send(client, *[submit()] * 50)
            events = await take(client, 100)
            await until(lambda: not simulator.centre.open_receipts)
            return events

    assert len(set(told(talk(story())))) == 50


def test_a_receipt_that_was_not_taken_comes_again(tmp_path, monkeypatch):
    monkeypatch.setattr(centre, "RETRY_SECONDS", (0.0,))

    async def story():
        async with simulator_in(tmp_path) as simulator, bound(simulator) as client:
            await send(client, submit())
            [_] = await take(client, 1)
            [refused] = await client.events()
            client.acknowledge(refused.sequence, status.SYSTEM_ERROR)
            return refused, await take(client, 1)

    refused, again = talk(story())
    assert told([refused]) == told(again)


def test_a_receipt_on_a_broken_connection_comes_again_on_the_next(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator:
            async with bound(simulator) as client:
                await send(client, submit())
                [_] = await take(client, 1)
                lost = await client.events()
            async with bound(simulator) as client:
                return lost, await take(client, 1)

    lost, again = talk(story())
    assert told(lost) == told(again)


@pytest.mark.parametrize(
    ("system_id", "password", "refusal"),
    [("demo", "wrong", status.INVALID_PASSWORD), ("nobody", "word", status.INVALID_SYSTEM_ID)],
)
def test_who_has_no_account_is_not_bound(tmp_path, system_id, password, refusal):
    async def story():
        async with simulator_in(tmp_path) as simulator:
            client = SmppClient("127.0.0.1", simulator.smpp_port, system_id, password)
            with pytest.raises(BindFailedError) as raised:
                await client.connect()
            return raised.value.status

    assert talk(story()) == refusal


def test_an_address_that_no_receipt_could_name_is_refused(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, bound(simulator) as client:
            await send(client, submit(""), submit())
            return await take(client, 3)

    refused, accepted = answers(talk(story()))
    assert (refused.status, accepted.status) == (status.INVALID_DESTINATION, status.OK)


def play(directory, fault, events):
    async def story():
        async with simulator_in(directory, SLOW) as simulator, bound(simulator) as client:
            simulator.script.faults = [fault]
            await send(client, submit("861380010000"), submit("861380019999"))
            return await take(client, events)

    return talk(story())


def test_a_scripted_refusal_happens_as_often_as_it_says(tmp_path):
    fault = Fault("answer", status=status.THROTTLED, times=1)
    first, second = play(tmp_path, fault, 2)

    assert (first.status, second.status) == (status.THROTTLED, status.OK)
    assert [submission.status for submission in seen(tmp_path)] == [status.THROTTLED, 0]


def test_a_scripted_silence_accepts_without_an_answer(tmp_path):
    [answered] = play(tmp_path, Fault("silence", to="9999"), 1)

    assert answered.token == 0
    assert [submission.to[-4:] for submission in seen(tmp_path) if submission.id] == [
        "9999",
        "0000",
    ]


def test_a_scripted_silence_can_swallow_the_message_too(tmp_path):
    play(tmp_path, Fault("silence", to="9999", keep=False), 1)

    assert [submission.to[-4:] for submission in seen(tmp_path)] == ["0000"]


def test_a_scripted_delay_answers_later(tmp_path):
    late, first = sorted(play(tmp_path, Fault("delay", to="0000", seconds=0.05), 2), key=_token)

    assert late.message_id != first.message_id


def test_a_scripted_reset_closes_the_connection(tmp_path):
    [closed] = play(tmp_path, Fault("close", to="0000"), 1)

    assert isinstance(closed, Closed)
    assert len(seen(tmp_path)) == 2


def test_a_scripted_reset_can_come_in_the_middle_of_a_window(tmp_path):
    answered, closed = play(tmp_path, Fault("close", skip=1, keep=False), 2)

    assert (answered.token, type(closed)) == (0, Closed)
    assert [submission.to[-4:] for submission in seen(tmp_path)] == ["0000"]


def test_a_scripted_bind_is_refused_with_the_status_given(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator:
            simulator.script.faults = [
                Fault("answer", on="bind", status=status.BIND_FAILED, times=1)
            ]
            with pytest.raises(BindFailedError):
                async with bound(simulator):
                    pass
            async with bound(simulator) as client:
                return client.is_bound

    assert talk(story())


def test_several_clients_at_once_lose_nothing(tmp_path):
    async def one(simulator):
        async with bound(simulator) as client:
            for _ in range(5):
                await send(client, *[submit()] * 40)
                await _answers(client, 40)

    async def story():
        async with simulator_in(tmp_path, QUICK) as simulator:
            await asyncio.gather(*[one(simulator) for _ in range(4)])

    talk(story())
    assert len({submission.id for submission in seen(tmp_path)}) == 4 * 5 * 40


async def _answers(client, count):
    while count:
        count -= len(answers(await take(client, 1)))


def _token(answered):
    return answered.token
