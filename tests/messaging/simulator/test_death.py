"""A real process, killed without a warning."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from messaging.simulator import command, credentials
from messaging.smpp.client import SmppClient
from messaging.smpp.events import Answered, Closed, Delivered
from messaging.smpp.pdu import Bind, encode

from .far_end import WORD, seen, send, submit, take, talk, told

ROOT = Path(__file__).resolve().parents[3]


@contextlib.contextmanager
def process(directory, *more):
    arguments = [sys.executable, "-m", "messaging.simulator", "--directory", str(directory)]
    arguments += ["--smpp-port", "0", "--http-port", "0", "--account", f"demo:{WORD}", *more]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE) as running:
        try:
            yield running, json.loads(running.stdout.readline())
        finally:
            running.kill()


async def bind(ports):
    client = SmppClient("127.0.0.1", ports["smpp_port"], "demo", WORD)
    await client.connect()
    return client


async def send_until_dead(ports, running):
    """Submits without a pause; the kill comes in the middle. The ids that were answered."""
    client = await bind(ports)
    answered = []
    while True:
        if client.window_free:
            await send(client, *[submit()] * client.window_free)
        for event in await client.events():
            if isinstance(event, Answered):
                answered.append(event.message_id)
            if isinstance(event, Closed):
                return answered
        if len(answered) > 300:
            running.kill()


async def receipts_for(ports, ids):
    client = await bind(ports)
    heard = set()
    while not ids <= heard:
        heard |= {name for name, _, _ in told(await take(client, 1))}
    await client.unbind()
    return heard


def test_every_answered_message_is_logged_and_gets_its_receipt_after_a_kill(tmp_path):
    with process(tmp_path, "--receipt-delay", "0.3") as (running, ports):
        answered = talk(send_until_dead(ports, running))
    logged = [submission.id for submission in seen(tmp_path)]
    assert set(answered) <= set(logged)

    with process(tmp_path) as (_, ports):
        assert talk(receipts_for(ports, set(logged))) == set(logged)
    assert len(logged) == len(set(logged))


def test_what_was_acknowledged_before_a_kill_does_not_come_again(tmp_path):
    async def first(ports):
        client = await bind(ports)
        await send(client, submit())
        await take(client, 2)
        # The answer to this one proves that the acknowledgement before it was read.
        await send(client, submit("8613800130002"))
        await take(client, 1)
        client.abort()

    async def second(ports):
        client = await bind(ports)
        await send(client, submit())
        events = await take(client, 2)
        await client.unbind()
        return events

    with process(tmp_path, "--receipt-delay", "0") as (_, ports):
        talk(first(ports))
    with process(tmp_path, "--receipt-delay", "0") as (_, ports):
        answered, delivered = talk(second(ports))

    assert isinstance(delivered, Delivered)
    assert told([delivered])[0][0] == answered.message_id


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_peace_also_with_a_client_that_does_not_answer(tmp_path, signum):
    with process(tmp_path) as (running, ports):
        address = ("127.0.0.1", ports["smpp_port"])
        with socket.create_connection(address) as mute:
            mute.sendall(encode(Bind("demo", WORD), 1))
            mute.recv(1)
            running.send_signal(signum)
            assert running.wait(20) == 0


def test_a_port_in_use_is_one_clear_sentence(tmp_path, capsys, unused_tcp_port):
    port = str(unused_tcp_port)
    arguments = ["--directory", str(tmp_path), "--smpp-port", "0", "--http-port", port]

    assert command.main(arguments) == 1
    assert port in capsys.readouterr().err


def test_credentials_are_made_once_and_kept_for_us_alone(tmp_path):
    made = credentials.ensure(tmp_path / "simulator")

    assert credentials.ensure(tmp_path / "simulator") == made
    assert os.stat(tmp_path / "simulator" / "credentials.json").st_mode & 0o777 == 0o600


def test_accounts_come_from_arguments_before_the_environment(tmp_path):
    environment = {"SIMULATOR_ACCOUNTS": "a:1,b:2:3", "SIMULATOR_TOKEN": "t"}

    def accounts(*arguments):
        said = command.parser().parse_args(["--directory", str(tmp_path), *arguments])
        return command.simulator_of(said, tmp_path, environment).credentials.accounts

    assert accounts() == {"a": "1", "b": "2:3"}
    assert accounts("--account", "c:4") == {"c": "4"}
