"""A script of things that go wrong on purpose, by count and by the clock: the first that fits
happens."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from messaging.simulator.behaviour import ControlError, seconds
from messaging.simulator.log import Kind

ACTS = {
    "answer": "refuse with `status` (SMPP command_status, or HTTP status)",
    "break": "accept, then answer with HTTP `status` or, without one, half of a body",
    "delay": "accept, but answer after `seconds`",
    "slow": "accept, but answer only `per_second` of them a second",
    "silence": "never answer; on a link: hear and say nothing, not even enquire_link",
    "close": "reset the connection instead of an answer; on listen: refuse to be connected to",
}
PLACES = {
    "submit": {"answer", "break", "delay", "slow", "silence", "close"},
    "bind": {"answer", "delay", "silence"},
    "link": {"silence"},
    "listen": {"close"},
}
# These hold for a time, whoever comes; the others happen to one message or bind each.
LASTING = ("link", "listen")


@dataclass(slots=True)
class Fault:
    """`keep` tells whether a message that gets no right answer was accepted all the same.

    `after` and `until` are seconds from when the script was set; with `every` they come again in
    each period of so many seconds.
    """

    act: str
    on: str = "submit"  # or "bind", "link", "listen"
    carrier: str = ""  # "smpp" or "http"; empty means both
    to: str = ""  # how the number ends; empty means every number
    part: int = 0  # of a long message; 0 means every part
    status: int = 0
    seconds: float = 0
    per_second: float = 0
    keep: bool = True
    skip: int = 0  # so many that fit are spared first
    times: int | None = None  # None: until the script is replaced
    after: float = 0
    until: float | None = None
    every: float | None = None

    def fits(self, on: str, carrier: Kind, to: str, part: int) -> bool:
        return (
            self.on == on
            and self.carrier in ("", carrier)
            and to.endswith(self.to)
            and self.part in (0, part)
            and self.times != 0
        )

    def is_on(self, age: float) -> bool:
        """`age`: seconds since the script was set."""
        phase = age % self.every if self.every else age
        return self.after <= phase and (self.until is None or phase < self.until)

    def next_change(self, age: float) -> float:
        """The age at which it begins or ends next; infinite where it never does."""
        edges = [self.after, *([] if self.until is None else [self.until])]
        if self.every:
            start = age - age % self.every
            edges = [start + turn + edge for turn in (0, self.every) for edge in (0.0, *edges)]
        return min((edge for edge in edges if edge > age), default=float("inf"))


class Script:
    """`clock` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.changed = asyncio.Event()
        self._clock = clock
        self._faults: list[Fault] = []
        self._set_at = clock()
        self._free_at: dict[int, float] = {}

    @property
    def faults(self) -> list[Fault]:
        return self._faults

    @faults.setter
    def faults(self, faults: list[Fault]) -> None:
        self._faults = faults
        self._set_at = self._clock()
        self._free_at.clear()
        self.changed.set()

    @property
    def age(self) -> float:
        return self._clock() - self._set_at

    def take(self, on: str, carrier: Kind, to: str = "", part: int = 1) -> Fault | None:
        age = self.age
        for fault in self._faults:
            if not fault.fits(on, carrier, to, part) or not fault.is_on(age):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None

    def holds(self, on: str) -> bool:
        """Whether such a lasting fault is on now."""
        age = self.age
        return any(fault.on == on and fault.is_on(age) for fault in self._faults)

    def seconds_to_change(self) -> float | None:
        """Until a lasting fault begins or ends; None where none will."""
        age = self.age
        edges = [fault.next_change(age) for fault in self._faults if fault.on in LASTING]
        edge = min(edges, default=float("inf"))
        return None if edge == float("inf") else edge - age

    def turn(self, fault: Fault) -> float:
        """Seconds until a slow one gets to the message that has just come."""
        now = self._clock()
        at = max(now, self._free_at.get(id(fault), now)) + 1 / fault.per_second
        self._free_at[id(fault)] = at
        return at - now


def parse(wish: object) -> list[Fault]:
    if not isinstance(wish, list):
        raise ControlError("“faults” must be a list.")
    return [_fault(item) for item in wish]


def _fault(item: object) -> Fault:
    if not isinstance(item, dict) or not set(item) <= set(Fault.__slots__):
        raise ControlError(f"A fault has these keys: {', '.join(Fault.__slots__)}.")
    _check_words(item)
    _check_numbers(item)
    _check_times(item)
    return Fault(**item)


def _check_words(item: Mapping[str, Any]) -> None:
    act, on = item.get("act"), item.get("on", "submit")
    if not isinstance(act, str) or act not in ACTS:
        raise ControlError(f"The “act” of a fault is one of: {', '.join(ACTS)}.")
    if not isinstance(on, str) or on not in PLACES:
        raise ControlError(f"A fault is “on” one of: {', '.join(PLACES)}.")
    if act not in PLACES[on]:
        raise ControlError(f"On {on} the “act” is one of: {', '.join(sorted(PLACES[on]))}.")
    if item.get("carrier", "") not in ("", "smpp", "http"):
        raise ControlError("The “carrier” of a fault is smpp or http.")
    if act == "break" and item.get("carrier") != "http":
        raise ControlError("Only the “carrier” http can break an answer.")
    if not isinstance(item.get("to", ""), str) or not isinstance(item.get("keep", True), bool):
        raise ControlError("“to” must be a string, “keep” true or false.")


def _check_numbers(item: Mapping[str, Any]) -> None:
    for name in ("seconds", "per_second", "after"):
        seconds(name, item.get(name, 0))
    for name in ("status", "part", "skip", "times"):
        number = item.get(name, 0)
        if number is None and name == "times":
            continue
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 1 << 31:
            raise ControlError(f"“{name}” must be a whole number, not negative.")
    if item["act"] == "answer" and not item.get("status"):
        raise ControlError("A fault that answers needs the “status” to answer with.")
    if item["act"] == "slow" and not item.get("per_second"):
        raise ControlError("A slow one needs “per_second”: how many it answers a second.")


def _check_times(item: Mapping[str, Any]) -> None:
    ends = [item.get(name) for name in ("until", "every")]
    until, every = (None if end is None else seconds("until and every", end) for end in ends)
    if every == 0:
        raise ControlError("“every” must be more than no time.")
    if until is not None and until <= item.get("after", 0):
        raise ControlError("“until” must be later than “after”.")
    if every is not None and max(item.get("after", 0), until or 0) > every:
        raise ControlError("“after” and “until” must lie within the period “every”.")
