"""What was measured beside what was wanted: said at once, and in a table at the end."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """`values`: one of each run. Without a bound it is a figure, not a target."""

    case: str
    name: str
    values: Sequence[float]
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    digits: int = 0

    @property
    def is_met(self) -> bool:
        if self.at_least is not None:
            return median(self.values) >= self.at_least
        return self.at_most is None or median(self.values) <= self.at_most

    @property
    def verdict(self) -> str:
        if self.at_least is None and self.at_most is None:
            return ""
        bound = f"≥ {self._said(self.at_least)}" if self.at_least is not None else ""
        bound = bound or f"≤ {self._said(self.at_most or 0)}"
        return f"{bound} {'met' if self.is_met else 'MISSED'}"

    def __str__(self) -> str:
        said = f"{self._said(median(self.values))} {self.unit}"
        if len(self.values) > 1:
            said += f" ({self._said(min(self.values))}–{self._said(max(self.values))})"
        return f"{self.case:<8} {self.name:<58} {said:<34} {self.verdict}".rstrip()

    def _said(self, value: float) -> str:
        return f"{value:,.{self.digits}f}"


@dataclass(slots=True)
class Board:
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        self.lines.append(line)
        say(str(line))

    def summary(self) -> bool:
        """Every target once more; whether all were met."""
        targets = [line for line in self.lines if line.verdict]
        say("\nTargets: median of the runs (least–most)")
        for line in targets:
            say(str(line))
        missed = sum(not line.is_met for line in targets)
        say(f"{len(targets) - missed} of {len(targets)} targets met.")
        return not missed


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
