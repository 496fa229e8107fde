"""Receipts are acknowledged once they are safe, whatever goes wrong beside them."""

import asyncio

import pytest
from django.db import OperationalError

from messaging.gateway import applier as applier_module
from messaging.gateway.applier import ReceiptApplier
from messaging.services.receipts import ReceiptOutcome, Report

REPORT = Report("a", "+8613800138000", ReceiptOutcome.DELIVERED, "DELIVRD", "raw")


class Services:
    """In the place of the services: what was taken, and what goes wrong next."""

    def __init__(self):
        self.taken = []
        self.faults = {"take": [], "apply": []}
        self.looks = 0

    def take(self, *, reports, **_more):
        self._fail("take")
        self.taken.append(len(reports))

    def apply(self, **_more):
        self.looks += 1
        self._fail("apply")
        return 0

    def waiting(self, _carrier_id):
        return True

    def _fail(self, name):
        if self.faults[name]:
            raise self.faults[name].pop(0)


@pytest.fixture
def services(monkeypatch):
    services = Services()
    monkeypatch.setattr(applier_module, "receipts", services)
    monkeypatch.setattr(applier_module.orphans, "adopt", lambda **_: 0)
    monkeypatch.setattr(applier_module, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(applier_module.clock, "now", lambda: None)
    return services


def acknowledged(count, *, work=lambda _applier: None, until):
    """Tells so many receipts to a running applier; which of them were acknowledged, in order."""
    heard = []

    async def main():
        applier = ReceiptApplier(1, poster=None)
        running = asyncio.create_task(applier.run())
        for number in range(count):
            applier.add(REPORT, lambda number=number: heard.append(number))
        work(applier)
        async with asyncio.timeout(30):
            while not until(heard):
                await asyncio.sleep(0.01)
        applier.stop()
        await running

    asyncio.run(main())
    return heard


def test_what_the_database_did_not_take_comes_again_and_is_acknowledged_once(services):
    services.faults["take"] = [OperationalError("down"), LookupError("a fault of ours")]

    heard = acknowledged(3, until=lambda heard: len(heard) == 3)

    assert heard == [0, 1, 2]
    assert services.taken == [3]


def test_a_look_that_fails_holds_no_acknowledgement_back(services):
    services.faults["apply"] = [LookupError("poison"), OperationalError("deadlock")]

    assert acknowledged(2, until=lambda heard: len(heard) == 2) == [0, 1]
    assert services.taken == [2]


def test_nobody_is_told_on_a_connection_that_is_gone(services):
    heard = acknowledged(2, work=ReceiptApplier.forget, until=lambda _heard: services.looks)

    assert heard == []
    assert services.taken == []
