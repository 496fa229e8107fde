"""A centre that is not there, hangs, is slow, or tells its ids as nobody expects; over TCP."""

import asyncio
import time

import pytest

from messaging.simulator.behaviour import Behaviour
from messaging.simulator.faults import Fault
from messaging.simulator.malformed import CORPUS
from messaging.smpp import pdu
from messaging.smpp.client import SmppClient
from messaging.smpp.events import Delivered
from messaging.smpp.session import Limits

from .far_end import (
    SLOW,
    WORD,
    answers,
    bound,
    calling,
    seen,
    send,
    simulator_in,
    submit,
    take,
    talk,
    told,
    until,
)


def test_a_centre_that_is_down_refuses_connections_and_cuts_those_that_are_there(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator:
            async with bound(simulator) as client:
                simulator.script.faults = [Fault("close", on="listen")]
                while await client.events():
                    pass
            with pytest.raises(ConnectionRefusedError):
                async with bound(simulator):
                    pass
            simulator.script.faults = []
            await until(lambda: simulator._smpp.server.is_listening)
            async with bound(simulator) as client:
                return client.is_bound

    assert talk(story())


def test_a_link_that_hangs_answers_nothing_until_it_wakes(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator:
            simulator.script.faults = [Fault("silence", on="link")]
            async with bound(simulator) as client:
                await until(lambda: simulator._smpp.server.bound[0].is_mute)
                await send(client, submit())
                await asyncio.sleep(0.05)
                before = seen(tmp_path)
                simulator.script.faults = []
                return before, answers(await take(client, 1))

    before, after = talk(story())
    assert (before, len(after)) == ([], 1)


def test_a_link_that_hangs_does_not_even_answer_whether_it_lives(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator:
            simulator.script.faults = [Fault("silence", on="link")]
            limits = Limits(enquire_interval_seconds=0.02)
            client = SmppClient("127.0.0.1", simulator.smpp_port, "demo", WORD, limits=limits)
            await client.connect()
            return [event async for event in _all(client)]

    [closed] = talk(story())
    assert closed.reason == "the link is dead"


async def _all(client):
    while events := await client.events():
        for event in events:
            yield event


def test_a_bind_can_meet_silence(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator:
            simulator.script.faults = [Fault("silence", on="bind", times=1)]
            limits = Limits(bind_timeout_seconds=0.05)
            client = SmppClient("127.0.0.1", simulator.smpp_port, "demo", WORD, limits=limits)
            with pytest.raises(Exception, match="timed out"):
                await client.connect()

    talk(story())


def test_a_slow_centre_answers_in_its_own_time(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator, bound(simulator) as client:
            simulator.script.faults = [Fault("slow", per_second=50)]
            began = time.monotonic()
            await send(client, *[submit()] * 5)
            answered = answers(await take(client, 5))
            return answered, time.monotonic() - began

    answered, seconds = talk(story())
    assert [one.token for one in answered] == list(range(5))
    assert seconds >= 0.1


@pytest.mark.parametrize(
    ("ids", "answer", "receipt"),
    [
        ("decimal", "{0:x}", "{0}"),
        ("hexadecimal", "{0}", "{0:x}"),
        ("zeros", "0000{0:x}", "{0:x}"),
        ("empty", "", "{0:x}"),
        ("duplicate", "1", "1"),
        ("long", "{0:x}" + "x" * 57, "{0:x}" + "x" * 57),
    ],
)
def test_ids_are_spelled_as_asked(tmp_path, ids, answer, receipt):
    async def story():
        behaviour = Behaviour(receipt_delay_seconds=0, ids=ids)
        async with simulator_in(tmp_path, behaviour) as simulator, bound(simulator) as client:
            await send(client, submit())
            return await take(client, 2)

    events = talk(story())
    number = int(seen(tmp_path)[0].id, 16)
    assert answers(events)[0].message_id == answer.format(number)
    assert told(events)[0][0] == receipt.format(number)


async def deliver(caller, **order):
    async with caller.put("/control", json={"deliver": [{"account": "demo", **order}]}) as answer:
        return answer.status


async def tally(caller):
    async with caller.get("/control") as answer:
        return (await answer.json())["delivered"][0]


@pytest.mark.parametrize(
    ("order", "count"),
    [
        ({"what": "unknown", "times": 3000}, 3000),
        ({"what": "malformed"}, len(CORPUS)),
        ({"what": "inbound", "text": "退订", "times": 2}, 2),
    ],
)
def test_what_nobody_submitted_can_be_delivered_too(tmp_path, order, count):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as caller:
            assert await deliver(caller, **order) == 200
            async with bound(simulator) as client:
                events = await take(client, count)
                while (await tally(caller))["acknowledged"] < count:
                    await asyncio.sleep(0.01)
                return events, await tally(caller)

    events, told_now = talk(story())
    assert all(isinstance(event, Delivered) for event in events)
    assert (told_now["wanted"], told_now["sent"], told_now["lost"]) == (count, count, 0)


def test_what_was_delivered_to_a_broken_connection_is_counted_as_lost(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as caller:
            async with bound(simulator) as client:
                await deliver(caller, what="inbound")
                await client.events()
            await until(lambda: not simulator._smpp.server.bound)
            return await tally(caller)

    assert talk(story())["lost"] == 1


def test_a_carrier_that_repeats_sends_again_what_was_lost_with_its_connection(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as caller:
            async with bound(simulator) as client:
                await deliver(caller, what="inbound", text="{n}", times=3, repeat=True)
                await client.events()
            await until(lambda: not simulator._smpp.server.bound)
            async with bound(simulator) as client:
                events = await take(client, 3)
                while (await tally(caller))["acknowledged"] < 3:
                    await asyncio.sleep(0.01)
            return {event.deliver.short_message.decode("utf-16-be") for event in events}

    assert talk(story()) == {"0", "1", "2"}


def test_the_corpus_has_five_hundred_different_receipts_that_can_be_sent():
    assert len({pdu.encode(deliver, 1) for deliver in CORPUS}) == 500
