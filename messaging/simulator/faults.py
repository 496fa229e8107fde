"""A script of things that go wrong on purpose: the first fault that fits happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from messaging.simulator.behaviour import ControlError, seconds
from messaging.simulator.log import Kind

ACTS = {
    "answer": "refuse with `status` (SMPP command_status, or HTTP status)",
    "delay": "accept, but answer after `seconds`",
    "silence": "never answer",
    "close": "reset the connection instead of an answer",
}


@dataclass(slots=True)
class Fault:
    """`keep` tells whether a message that gets no answer was accepted all the same."""

    act: str
    on: str = "submit"  # or "bind"
    carrier: str = ""  # "smpp" or "http"; empty means both
    to: str = ""  # how the number ends; empty means every number
    status: int = 0
    seconds: float = 0
    keep: bool = True
    times: int | None = None  # None: until the script is replaced

    def fits(self, on: str, carrier: Kind, to: str) -> bool:
        return (
            self.on == on
            and self.carrier in ("", carrier)
            and to.endswith(self.to)
            and self.times != 0
        )


class Script:
    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def take(self, on: str, carrier: Kind, to: str = "") -> Fault | None:
        for fault in self.faults:
            if fault.fits(on, carrier, to):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


def parse(wish: object) -> list[Fault]:
    if not isinstance(wish, list):
        raise ControlError("“faults” must be a list.")
    return [_fault(item) for item in wish]


def _fault(item: object) -> Fault:
    if not isinstance(item, dict) or not set(item) <= set(Fault.__slots__):
        raise ControlError(f"A fault has these keys: {', '.join(Fault.__slots__)}.")
    if item.get("act") not in ACTS:
        raise ControlError(f"The “act” of a fault is one of: {', '.join(ACTS)}.")
    _check_words(item)
    _check_numbers(item)
    return Fault(**item)


def _check_words(item: Mapping[str, Any]) -> None:
    if item.get("on", "submit") not in ("submit", "bind"):
        raise ControlError("A fault is “on” submit or bind.")
    if item.get("carrier", "") not in ("", "smpp", "http"):
        raise ControlError("The “carrier” of a fault is smpp or http.")
    if not isinstance(item.get("to", ""), str) or not isinstance(item.get("keep", True), bool):
        raise ControlError("“to” must be a string, “keep” true or false.")


def _check_numbers(item: Mapping[str, Any]) -> None:
    seconds("seconds", item.get("seconds", 0))
    for name in ("status", "times"):
        number = item.get(name, 0)
        if number is None and name == "times":
            continue
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 1 << 31:
            raise ControlError(f"“{name}” must be a whole number, not negative.")
    if item["act"] == "answer" and not item.get("status"):
        raise ControlError("A fault that answers needs the “status” to answer with.")
