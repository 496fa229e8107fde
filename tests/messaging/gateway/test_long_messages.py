"""A carrier that takes some parts of a long message and not others, for now or for good."""

import json
from collections import Counter

import pytest

from messaging.gateway import desk, wire
from messaging.models import Attempt, Message
from messaging.smpp import status
from tests.messaging.gateway.running import numbers, until

LONG = "字" * 140  # with its signature three parts
PRICE = 3 * 45_000


def refuse(part, word=status.THROTTLED, **more):
    return {"act": "answer", "status": word, "part": part, **more}


def parts(town):
    """How often the carrier got each part, and how often it took it."""
    lines = [json.loads(line) for line in tried(town)]
    return (
        Counter(line["part"] for line in lines),
        Counter(line["part"] for line in lines if line["id"]),
    )


def tried(town):
    return town._far_end.centre.submissions.path.read_text().splitlines()


def spent(town):
    return 100_000_000 - town.customer.balance()


@pytest.mark.parametrize("word", [status.THROTTLED, status.QUEUE_FULL, status.SYSTEM_ERROR])
def test_only_the_part_that_was_refused_for_now_goes_again(town, word):
    town.script(refuse(2, word, times=2))
    town.start_gateway()
    town.accept("13800138009", text=LONG)

    until(lambda: town.states() == {"delivered": 1}, town.states)
    assert parts(town) == ({1: 1, 2: 3, 3: 1}, {1: 1, 2: 1, 3: 1})
    assert len({line["group"] for line in map(json.loads, tried(town))}) == 1
    assert Attempt.objects.get().state == "accepted"
    assert spent(town) == PRICE


def test_through_a_window_smaller_than_the_message(build):
    town = build(window=1)
    town.script(refuse(1, times=1), refuse(3, times=2))
    town.start_gateway()
    town.accept(*numbers(2), text=LONG)

    until(lambda: town.states() == {"delivered": 2}, town.states)
    assert parts(town)[1] == {1: 2, 2: 2, 3: 2}


def test_a_part_that_is_refused_for_good_ends_the_message_with_its_money_back(town):
    town.script(refuse(2, times=1), refuse(2, status.INVALID_DESTINATION))
    town.start_gateway()
    town.accept("13800138009", text=LONG)

    until(lambda: town.states() == {"failed": 1}, town.states)
    assert parts(town) == ({1: 1, 2: 2, 3: 1}, {1: 1, 3: 1})
    assert spent(town) == 0
    assert Attempt.objects.count() == 1


def test_a_part_that_is_refused_until_the_end_of_the_time_does_the_same(town, monkeypatch):
    monkeypatch.setattr(wire, "REPEAT_WITHIN_SECONDS", 2.5)
    town.script(refuse(2))
    town.start_gateway()
    town.accept("13800138009", text=LONG)

    until(lambda: town.states() == {"failed": 1}, town.states)
    tried_each, taken = parts(town)
    assert taken == {1: 1, 3: 1}
    assert tried_each[2] > 1
    assert (spent(town), Attempt.objects.count()) == (0, 1)


def test_a_message_of_which_no_part_was_taken_goes_again_whole_in_another_attempt(town):
    town.script({"act": "answer", "status": status.SYSTEM_ERROR, "times": 3})
    town.start_gateway()
    town.accept("13800138009", text=LONG)

    until(lambda: Attempt.objects.filter(state="refused").exists())
    assert town.states() == {"queued": 1}
    assert parts(town) == ({1: 1, 2: 1, 3: 1}, {})


def test_without_a_lease_that_is_surely_ours_no_part_goes_again(town, monkeypatch):
    monkeypatch.setattr(desk, "SURE_SECONDS", 0.0)
    monkeypatch.setattr(wire, "REPEAT_WITHIN_SECONDS", 2.5)
    town.script(refuse(2, times=1))
    town.start_gateway()
    town.accept("13800138009", text=LONG)

    until(lambda: town.states() == {"failed": 1}, town.states)
    assert parts(town)[0] == {1: 1, 2: 1, 3: 1}
    assert spent(town) == 0


def test_a_cut_while_a_part_waits_refuses_the_message_and_nothing_is_sent_again(town, monkeypatch):
    """Every part was answered: there is nothing unknown about it."""
    monkeypatch.setattr(wire, "PAUSE_SECONDS", 60.0)
    town.script(refuse(2))
    town.start_gateway()
    town.accept("13800138009", text=LONG)
    until(lambda: parts(town)[0] == {1: 1, 2: 1, 3: 1})

    town.cut()

    until(lambda: town.states() == {"failed": 1}, town.states)
    assert parts(town)[0] == {1: 1, 2: 1, 3: 1}
    assert spent(town) == 0


def test_a_cut_while_a_part_that_went_again_is_unanswered_leaves_the_outcome_unknown(town):
    town.script(refuse(2, times=1), {"act": "close", "part": 2, "times": 1, "keep": False})
    town.start_gateway()
    town.accept("13800138009", text=LONG, on_unknown="fail")

    until(lambda: town.states() == {"uncertain": 1}, town.states)
    assert parts(town)[1] == {1: 1, 3: 1}
    assert Message.objects.get().attempts == 1


def test_a_stopping_gateway_lets_a_part_go_again_first(town):
    town.script(refuse(2, times=1))
    gateway = town.start_gateway()
    town.accept("13800138009", text=LONG)
    until(lambda: parts(town)[0][2] == 1)

    gateway.stop()

    assert set(town.states()) <= {"sent", "delivered"}
    assert parts(town)[1] == {1: 1, 2: 1, 3: 1}
