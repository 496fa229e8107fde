"""What phones write, over a real bind and by a carrier's callback: stored, then acknowledged."""

import json

import pytest
from django.db import OperationalError

from messaging.carriers import http
from messaging.models import Inbound, Suppression
from messaging.services import inbound
from messaging.simulator import injected
from smsplatform.core import clock
from tests.messaging.gateway.running import until


def write(town, **order):
    """Repeated by the carrier until it is answered."""
    smpp = town._far_end._smpp
    told = {"what": "inbound", "account": "demo", "repeat": True, **order}

    async def inject():
        smpp.inject(injected.parse([told], smpp.accounts))

    town.loop.run(inject())


def tally(town):
    return town._far_end._smpp.injections.as_json()[-1]


def test_messages_from_phones_are_stored_and_acknowledged(town):
    town.start_gateway()
    until(lambda: town.binds)

    write(town, text="您好 {n}", times=200)

    until(lambda: tally(town)["acknowledged"] == 200, lambda: tally(town))
    assert tally(town)["refused"] == 0
    assert Inbound.objects.filter(number="+8613900000000").count() == 200


def test_what_is_not_committed_is_not_acknowledged_and_comes_again(town, monkeypatch):
    store, fails = inbound.store, [OperationalError("down")]

    def failing(**told):
        store(**told)
        if fails:
            raise fails.pop()

    monkeypatch.setattr(inbound, "store", failing)
    town.start_gateway()
    until(lambda: town.binds)

    write(town, text="TD")

    until(lambda: tally(town)["acknowledged"] == 1)
    assert Inbound.objects.count() == 1


def test_what_was_committed_when_the_connection_broke_comes_again_and_is_kept_once(
    town, monkeypatch
):
    store, committed = inbound.store, []

    def cut_once(**told):
        store(**told)
        if not committed:
            town.cut()
        committed.append(1)

    monkeypatch.setattr(inbound, "store", cut_once)
    town.start_gateway()
    until(lambda: town.binds)
    write(town, text="TD")

    until(lambda: tally(town)["acknowledged"] == 1)

    assert len(committed) > 1
    assert Inbound.objects.count() == 1
    assert Suppression.objects.count() == 1


@pytest.fixture
def by_callback(build):
    return build(kind="http")


def call_in(client, town, body, secret=None):
    secret = secret or http.callback_secret(town.carrier.id)
    path = f"/carriers/{town.carrier.id}/inbound/{secret}"
    return client.post(path, body, content_type="application/json").status_code


def test_an_http_carrier_hands_over_what_a_phone_wrote(by_callback, client):
    told = json.dumps({"id": "m1", "from": "+8613800138000", "to": "1069", "text": "退订"})

    assert [call_in(client, by_callback, told) for _count in range(2)] == [204, 204]

    found = Inbound.objects.get()
    assert (found.number, found.text, found.outcome) == ("+8613800138000", "退订", "opt_out")
    assert Suppression.objects.get().created_at <= clock.now()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"from":"1"}', b'{"text":"a"}', b'{"from":"1","text":2}', b"\xff"]
)
def test_what_cannot_be_read_is_refused_and_nothing_is_stored(by_callback, client, body):
    assert call_in(client, by_callback, body) == 400
    assert not Inbound.objects.exists()


def test_a_guessed_secret_opens_nothing(by_callback, client):
    assert call_in(client, by_callback, b"{}", secret="guessed") == 404
