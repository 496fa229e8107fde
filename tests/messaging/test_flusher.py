"""Who shares a commit with whom. What accepts them is told apart: it only counts."""

import asyncio
from threading import Event
from types import SimpleNamespace

import pytest

from messaging.intake.flusher import CROWD, MOST_REQUESTS, Flusher


class Counting:
    """Accepts everything; the first group when it is let to."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.may_go_on = Event()

    def __call__(self, requests):
        self.sizes.append(len(requests))
        self.may_go_on.wait(10)
        return requests


@pytest.fixture
def counting():
    return Counting()


@pytest.fixture
def flusher(counting):
    made = Flusher(counting)
    yield made
    made._thread.shutdown()


def request():
    return SimpleNamespace(rows=[1])


async def client(flusher, times):
    for _ in range(times):
        await flusher.accept(request())


async def crowd(flusher, counting, *, late, times):
    """CROWD clients, and as many as `late` more while the first group is under way."""
    async with asyncio.TaskGroup() as clients:
        for _ in range(CROWD):
            clients.create_task(client(flusher, times))
        while not counting.sizes:
            await asyncio.sleep(0.001)
        for _ in range(late):
            clients.create_task(client(flusher, times))
        await asyncio.sleep(0)
        counting.may_go_on.set()


def test_whoever_was_answered_shares_the_next_commit_with_those_who_waited(flusher, counting):
    asyncio.run(crowd(flusher, counting, late=CROWD, times=3))

    assert counting.sizes == [CROWD, 2 * CROWD, 2 * CROWD, CROWD]


def test_a_group_has_its_bound(flusher, counting):
    asyncio.run(crowd(flusher, counting, late=2 * MOST_REQUESTS, times=1))

    assert counting.sizes == [CROWD, MOST_REQUESTS, MOST_REQUESTS]


def test_a_lone_request_waits_for_nobody(flusher, counting, monkeypatch):
    monkeypatch.setattr("messaging.intake.flusher.GATHER_SECONDS", 3600)
    counting.may_go_on.set()

    asyncio.run(client(flusher, 3))

    assert counting.sizes == [1, 1, 1]


def test_a_crowd_that_does_not_come_again_is_not_waited_for_long(flusher, counting):
    async def then_one():
        await crowd(flusher, counting, late=0, times=1)
        await client(flusher, 1)

    asyncio.run(then_one())

    assert counting.sizes == [CROWD, 1]
