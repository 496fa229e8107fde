"""Scripts by the clock, without a network."""

import pytest

from messaging.simulator.faults import Fault, Script


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def scripted(*faults):
    clock = Clock()
    script = Script(clock)
    script.faults = list(faults)
    return script, clock


@pytest.mark.parametrize(
    ("age", "is_on"), [(0, False), (19.9, False), (20, True), (39.9, True), (40, False), (65, True)]
)
def test_a_fault_begins_and_ends_and_comes_again(age, is_on):
    fault = Fault("close", on="listen", after=20, until=40, every=40)
    script, clock = scripted(fault)
    clock.now += age

    assert script.holds("listen") is is_on


def test_the_script_says_when_to_look_again():
    script, clock = scripted(Fault("close", on="listen", after=20, until=30, every=40))
    found = []
    for _edge in range(5):
        wait = script.seconds_to_change()
        clock.now += wait
        found.append(clock.now - 100)

    assert found == [20, 30, 40, 60, 70]


def test_a_fault_that_never_changes_wakes_nobody():
    script, _clock = scripted(Fault("silence", on="link"), Fault("answer", until=5, status=8))

    assert script.holds("link")
    assert script.seconds_to_change() is None


def test_the_script_begins_when_it_is_set():
    script, clock = scripted()
    clock.now += 1000
    script.faults = [Fault("answer", status=8, until=5)]

    assert script.take("submit", "smpp", "1") is not None
    clock.now += 5
    assert script.take("submit", "smpp", "1") is None


def test_some_are_spared_before_the_fault_happens():
    script, _clock = scripted(Fault("close", skip=2, times=1))

    assert [bool(script.take("submit", "http", "1")) for _message in range(4)] == [
        False,
        False,
        True,
        False,
    ]


def test_a_slow_one_falls_behind_what_it_receives():
    script, clock = scripted(Fault("slow", per_second=2))
    fault = script.take("submit", "smpp", "1")
    waits = [script.turn(fault) for _message in range(3)]
    clock.now += 10

    assert waits == [0.5, 1.0, 1.5]
    assert script.turn(fault) == 0.5
