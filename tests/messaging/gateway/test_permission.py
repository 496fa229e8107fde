"""Who froze while its permission to write was being committed wakes too late to write."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from messaging.carriers import http
from messaging.gateway import desk
from messaging.gateway.desk import CarrierDesk, Room
from messaging.models import Carrier
from messaging.services import dispatch
from messaging.services.attempts import Outcome
from smsplatform.core import vault
from tests.messaging.carriers.test_smpp import claim
from tests.messaging.line import Line

FROZEN_SECONDS = 20.0


@pytest.mark.django_db
def test_a_bind_holds_back_what_it_was_permitted_before_it_froze(monkeypatch):
    line = Line()
    carrier_desk = CarrierDesk(line.carrier.id, owner="test")
    carrier_desk.open()
    line.accept()
    slept = [0.0]
    permit = dispatch.about_to_submit

    def freeze(**facts):
        slept[0] += FROZEN_SECONDS
        return permit(**facts)

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + slept[0])
    monkeypatch.setattr(desk, "time", clock)
    monkeypatch.setattr(desk.dispatch, "about_to_submit", freeze)

    out = carrier_desk.step(Room(places=50, pace=50, window=50))

    assert len(out.claims) == 1
    assert out.is_stale


def test_an_http_carrier_is_not_asked_with_an_old_permission():
    async def submit():
        heard = asyncio.get_running_loop().create_future()

        async def hear(reader, writer):
            heard.set_result(await reader.read(1))
            writer.close()

        server = await asyncio.start_server(hear, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        token = vault.seal("token")
        carrier = Carrier(host="127.0.0.1", port=port, window=10, sealed_password=token)
        frozen_since = time.monotonic() - FROZEN_SECONDS
        async with server:
            async with http.outgoing(carrier) as out:
                answers = await http.submit(out, carrier, [claim()], permitted_at=frozen_since)
            return answers, await asyncio.wait_for(heard, 10)

    [answer], heard = asyncio.run(submit())

    assert (answer.outcome, answer.carrier_code, heard) == (Outcome.NOT_SENT, "too_late", b"")
