"""How the far end treats what is submitted; set at the start and through the control endpoint."""

import dataclasses
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from messaging.simulator.log import Planned
from messaging.simulator.outcomes import BY_NAME, SUFFIXES, Outcome, Wait
from messaging.simulator.spelling import SPELLINGS

LONGEST_DELAY_SECONDS = 7 * 86_400

Shares: TypeAlias = tuple[tuple[str, float], ...]


class ControlError(ValueError):
    """Somebody asked for a behaviour that does not exist; the text says which."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    receipt_delay_seconds: float = 2.0
    late_delay_seconds: float = 30.0
    use_suffixes: bool = True
    # Of the numbers without a suffix of the table; the same number always meets the same outcome.
    shares: Shares = (("delivered", 1.0),)
    ids: str = "same"  # or another of spelling.SPELLINGS
    echo_reference: bool = True

    def outcome(self, to: str) -> Outcome:
        found = SUFFIXES.get(to[-4:]) if self.use_suffixes else None
        return found or self._by_share(to)

    def plan(self, outcome: Outcome, now: float) -> list[Planned]:
        return [(now + self._wait(said.wait), said.stat, said.err) for said in outcome.says]

    def _wait(self, wait: Wait) -> float:
        if wait is Wait.NORMAL:
            return self.receipt_delay_seconds
        return self.late_delay_seconds if wait is Wait.LATE else 0.0

    def _by_share(self, to: str) -> Outcome:
        name, share = self.shares[0]
        if len(self.shares) > 1:
            place = zlib.crc32(to.encode()) / 0x1_0000_0000
            rest = iter(self.shares[1:])
            while place >= share and (following := next(rest, None)):
                place -= share
                name, share = following
        return BY_NAME[name]


def changed(behaviour: Behaviour, wishes: Mapping[str, Any]) -> Behaviour:
    """Raises ControlError and changes nothing where one wish makes no sense."""
    checked: dict[str, Any] = {}
    for name, wish in wishes.items():
        check = _CHECKS.get(name)
        if check is None:
            raise ControlError(f"There is no setting “{name}”.")
        checked[name] = check(name, wish)
    return dataclasses.replace(behaviour, **checked)


def as_json(behaviour: Behaviour) -> dict[str, Any]:
    return {**dataclasses.asdict(behaviour), "shares": dict(behaviour.shares)}


def seconds(name: str, wish: object) -> float:
    is_number = isinstance(wish, int | float) and not isinstance(wish, bool)
    if not is_number or not 0 <= float(wish) <= LONGEST_DELAY_SECONDS:  # type: ignore[arg-type]
        raise ControlError(f"“{name}” must be a number of seconds, at most a week.")
    return float(wish)  # type: ignore[arg-type]


def _flag(name: str, wish: object) -> bool:
    if not isinstance(wish, bool):
        raise ControlError(f"“{name}” must be true or false.")
    return wish


def _shares(name: str, wish: object) -> Shares:
    if not isinstance(wish, dict) or not wish or not set(wish) <= set(BY_NAME):
        raise ControlError(f"“{name}” must give shares to some of: {', '.join(BY_NAME)}.")
    shares = tuple((outcome, seconds(name, share)) for outcome, share in wish.items())
    if abs(sum(share for _, share in shares) - 1) > 1e-6:
        raise ControlError(f"“{name}” must add up to 1.")
    return shares


def _ids(name: str, wish: object) -> str:
    if not isinstance(wish, str) or wish not in SPELLINGS:
        raise ControlError(f"“{name}” must be one of: {', '.join(SPELLINGS)}.")
    return wish


_CHECKS = {
    "receipt_delay_seconds": seconds,
    "late_delay_seconds": seconds,
    "use_suffixes": _flag,
    "shares": _shares,
    "ids": _ids,
    "echo_reference": _flag,
}
