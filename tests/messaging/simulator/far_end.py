"""A simulator to talk to, and short words for talking to it."""

import asyncio
import contextlib

import aiohttp

from messaging.simulator.behaviour import Behaviour
from messaging.simulator.credentials import Credentials
from messaging.simulator.log import read_submissions
from messaging.simulator.simulator import Simulator
from messaging.smpp import pdu, receipts
from messaging.smpp.client import SmppClient
from messaging.smpp.events import Answered, Delivered
from messaging.smpp.pdu import Mode

WORD = "word"
TOKEN = "token"
CREDENTIALS = Credentials({"demo": WORD, "other": WORD}, TOKEN)
QUICK = Behaviour(receipt_delay_seconds=0, late_delay_seconds=0)
SLOW = Behaviour(receipt_delay_seconds=1000, late_delay_seconds=1000)

NUMBER = "8613800138000"


def simulator_in(directory, behaviour=QUICK, **more):
    return Simulator(directory, CREDENTIALS, behaviour=behaviour, **more)


@contextlib.asynccontextmanager
async def bound(simulator, mode=Mode.TRANSCEIVER, system_id="demo"):
    client = SmppClient("127.0.0.1", simulator.smpp_port, system_id, WORD, mode=mode)
    await client.connect()
    try:
        yield client
    finally:
        client.abort()
        await client.unbind()


@contextlib.asynccontextmanager
async def calling(simulator):
    base = f"http://127.0.0.1:{simulator.http_port}"
    async with aiohttp.ClientSession(base, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


def submit(to=NUMBER, text="hello", **more):
    asked = {"registered_delivery": pdu.RECEIPT_WANTED, **more}
    return pdu.SubmitSm(source="1069", destination=to, short_message=text.encode("ascii"), **asked)


async def send(client, *submits):
    client.submit_many([(each, number) for number, each in enumerate(submits)])


async def take(client, count):
    """That many events, receipts acknowledged as they come."""
    events = []
    while len(events) < count:
        for event in await client.events():
            if isinstance(event, Delivered):
                client.acknowledge(event.sequence)
            events.append(event)
    return events


def answers(events):
    return [event for event in events if isinstance(event, Answered)]


def told(events):
    """Receipts as (id, stat, err)."""
    found = [receipts.parse_receipt(it.deliver) for it in events if isinstance(it, Delivered)]
    return [(receipt.id, receipt.stat, receipt.err) for receipt in found]


def seen(directory):
    return read_submissions(directory / "submissions.log")


async def until(is_true):
    while not is_true():
        await asyncio.sleep(0.002)


def talk(story):
    """Run it; a story that never ends is a failure, not a hanging build."""

    async def in_time():
        async with asyncio.timeout(30):
            return await story

    return asyncio.run(in_time())
