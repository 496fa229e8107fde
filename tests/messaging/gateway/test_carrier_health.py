"""Carriers that refuse the bind, or bind and say nothing more: left alone, and used again."""

from datetime import timedelta

import pytest

from messaging.carriers import smpp
from messaging.gateway import bind
from messaging.models import Health
from messaging.services import health
from smsplatform.core import vault
from smsplatform.core.audit import AuditEntry
from tests.messaging.gateway.running import until


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    monkeypatch.setattr(health, "UNREACHABLE_FOR", timedelta(seconds=1))
    monkeypatch.setattr(bind, "LONGEST_BACKOFF_SECONDS", 0.5)


def circuit(town):
    found = Health.objects.filter(carrier=town.carrier)
    return found.values_list("circuit", flat=True).first()


def test_a_wrong_password_opens_the_circuit_and_the_right_one_delivers(town, monkeypatch):
    monkeypatch.setattr(health, "TRY_AFTER", timedelta(seconds=1))
    monkeypatch.setattr(health, "SWITCH_AFTER", timedelta(seconds=1))
    type(town.carrier).objects.update(sealed_password=vault.seal("wrong"))
    town.start_gateway()
    town.accept("13800138009")
    until(lambda: circuit(town) == Health.Circuit.OPEN)
    assert town.states() == {"queued": 1}
    assert AuditEntry.objects.filter(action="carrier.circuit_open").exists()

    type(town.carrier).objects.update(sealed_password=vault.seal("secret"))

    until(lambda: town.states() == {"delivered": 1}, town.states)
    until(lambda: circuit(town) != Health.Circuit.OPEN)
    town.accept("13800138019")  # the first may have gone before the trial began
    until(lambda: circuit(town) == Health.Circuit.CLOSED)


def test_a_bind_that_says_nothing_more_is_dead_and_opens_the_circuit(town, monkeypatch):
    """At once: nobody could reach it for as long as nobody was heard."""
    monkeypatch.setattr(health, "UNREACHABLE_FOR", timedelta(hours=1))
    monkeypatch.setattr(smpp, "ENQUIRE_SECONDS", 0.2)
    town.start_gateway()
    until(lambda: town.binds == 1)

    town.script({"act": "silence", "on": "link"})

    until(lambda: circuit(town) == Health.Circuit.OPEN)
    assert Health.objects.get().reason == "cannot be reached"
