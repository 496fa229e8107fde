"""The HTTP carrier: a message in as JSON, its receipt to the caller's URL."""

import asyncio
import contextlib
import json

import aiohttp
import pytest
from aiohttp import web

from messaging.simulator import centre
from messaging.simulator.faults import Fault

from .far_end import SLOW, calling, seen, simulator_in, talk, until

PATH = "/carrier/messages"


@contextlib.asynccontextmanager
async def listening(*statuses):
    """A customer of the carrier: answers with the statuses in turn, then always 204."""
    arrived, left = [], list(statuses)

    async def take(request):
        arrived.append(await request.json())
        return web.Response(status=left.pop(0) if left else 204)

    app = web.Application()
    app.router.add_post("/receipts", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/receipts", arrived
    finally:
        await runner.cleanup()


def message(callback_url="", to="+8613800138000", **more):
    return {"to": to, "text": "验证码", "reference": "m-1", "callback_url": callback_url, **more}


async def post(client, body):
    async with client.post(PATH, json=body) as answer:
        return answer.status, await answer.json()


async def look_up(client, reference):
    async with client.get(f"{PATH}/{reference}") as answer:
        return answer.status, await answer.json()


async def post_raw(client, body):
    async with client.post(PATH, data=body) as answer:
        return answer.status, (await answer.json())["error"]["code"]


def test_a_message_is_kept_and_its_receipt_posted(tmp_path):
    async def story():
        async with (
            simulator_in(tmp_path) as simulator,
            calling(simulator) as client,
            listening() as (url, arrived),
        ):
            answered = await post(client, message(url, parts=2))
            await until(lambda: arrived and not simulator.centre.open_receipts)
            return answered, arrived

    (status, body), [receipt] = talk(story())
    [kept] = seen(tmp_path)
    assert (status, body) == (200, {"id": kept.id})
    assert (kept.carrier, kept.text, kept.parts, kept.reference) == ("http", "验证码", 2, "m-1")
    assert receipt.pop("done_at").endswith("+00:00")
    assert receipt == {
        "id": kept.id,
        "to": "+8613800138000",
        "status": "DELIVRD",
        "code": "000",
        "reference": "m-1",
    }


def test_a_receipt_is_posted_until_it_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(centre, "RETRY_SECONDS", (0.0,))

    async def story():
        async with (
            simulator_in(tmp_path) as simulator,
            calling(simulator) as client,
            listening(500, 302, 404) as (url, arrived),
        ):
            await post(client, message(url))
            await until(lambda: len(arrived) == 4 and not simulator.centre.open_receipts)
            return arrived

    arrived = talk(story())
    assert all(receipt == arrived[0] for receipt in arrived)


def test_a_receipt_that_nobody_takes_survives_a_restart(tmp_path, unused_tcp_port):
    async def story():
        nobody = f"http://127.0.0.1:{unused_tcp_port}/receipts"
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await post(client, message(nobody))
            await until(lambda: simulator.centre.counters.receipts_retried)
        async with simulator_in(tmp_path) as simulator:
            return simulator.centre.open_receipts

    assert talk(story()) == 1


def test_a_receipt_can_overtake_the_answer(tmp_path):
    async def story():
        async with (
            simulator_in(tmp_path, SLOW) as simulator,
            calling(simulator) as client,
            listening() as (url, arrived),
        ):
            order = []
            answering = asyncio.create_task(post(client, message(url, to="8613800130005")))
            answering.add_done_callback(lambda _: order.append("answer"))
            await until(lambda: arrived)
            order.append("receipt")
            await answering
            return order

    assert talk(story()) == ["receipt", "answer"]


def test_a_message_is_found_by_our_reference_also_after_a_restart(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator, calling(simulator) as client:
            _, made = await post(client, message("http://127.0.0.1:1/", reference="a/b c"))
        async with simulator_in(tmp_path, SLOW) as simulator, calling(simulator) as client:
            return made, await look_up(client, "a%2Fb%20c")

    made, (_, found) = talk(story())
    assert found["id"] == made["id"]
    assert (found["status"], found["reference"], found["done_at"]) == ("ACCEPTD", "a/b c", None)


def test_an_unknown_reference_is_not_found(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            return await look_up(client, "nothing")

    status, body = talk(story())
    assert (status, body["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}])
@pytest.mark.parametrize(("method", "path"), [("POST", PATH), ("GET", f"{PATH}/m-1")])
def test_without_the_token_nothing_is_done(tmp_path, header, method, path):
    async def story():
        async with simulator_in(tmp_path) as simulator, aiohttp.ClientSession() as client:
            url = f"http://127.0.0.1:{simulator.http_port}{path}"
            async with client.request(method, url, json=message(), headers=header) as answer:
                return answer.status

    assert talk(story()) == 401
    assert not seen(tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '"text"',
        "{}",
        b"\xff",
        json.dumps({"to": "86138"}),
        json.dumps({"to": 86138, "text": "x"}),
        json.dumps({"to": "8" * 21, "text": "x"}),
        json.dumps({"to": "86138", "text": "x", "parts": 0}),
        json.dumps({"to": "86138", "text": "x", "parts": True}),
        json.dumps({"to": "86138", "text": "x", "reference": None}),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(tmp_path, body):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            return await post_raw(client, body)

    assert talk(story()) == (400, "invalid")
    assert not seen(tmp_path)


def test_a_scripted_answer_refuses(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            simulator.script.faults = [Fault("answer", carrier="http", status=429, times=1)]
            first, _ = await post(client, message())
            second, _ = await post(client, message())
            return first, second

    assert talk(story()) == (429, 200)
    assert [submission.status for submission in seen(tmp_path)] == [429, 0]


@pytest.mark.parametrize("keep", [True, False])
def test_a_scripted_reset_leaves_the_outcome_unknown(tmp_path, keep):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            simulator.script.faults = [Fault("close", keep=keep)]
            with pytest.raises(aiohttp.ClientError):
                await post(client, message())

    talk(story())
    assert len(seen(tmp_path)) == keep


def test_a_scripted_silence_ends_when_the_caller_gives_up(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            simulator.script.faults = [Fault("silence")]
            asking = asyncio.create_task(post(client, message()))
            await until(lambda: seen(tmp_path))
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    talk(story())
    assert len(seen(tmp_path)) == 1


def test_a_message_can_be_taken_and_answered_with_an_error(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            simulator.script.faults = [Fault("break", carrier="http", status=500)]
            return await post(client, message())

    status, _body = talk(story())
    assert status == 500
    assert seen(tmp_path)[0].id


def test_a_message_can_be_taken_and_answered_with_half_a_body(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            simulator.script.faults = [Fault("break", carrier="http")]
            with pytest.raises(aiohttp.ClientPayloadError):
                await post(client, message())

    talk(story())
    assert seen(tmp_path)[0].id


def test_a_slow_carrier_answers_one_after_the_other(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator, calling(simulator) as client:
            simulator.script.faults = [Fault("slow", per_second=50)]
            began = asyncio.get_running_loop().time()
            await asyncio.gather(*[post(client, message()) for _message in range(5)])
            return asyncio.get_running_loop().time() - began

    assert talk(story()) >= 0.1
