"""Rows of the fault matrix: each is one function that hurts a platform under load."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from messaging.simulator import log
from tests.faults.ground import Ground
from tests.faults.judge import FINAL, Judge, Verdict
from tests.faults.load import Load

# What design and matrix promise. A busy machine may be slower: that is shown, and is no fault.
API_SECONDS = 10.0
RESUME_SECONDS = 30.0
# Beyond this it is stuck.
STUCK_SECONDS = 120.0


@dataclass
class Stage:
    """What a row acts on, and what it notes on the way."""

    ground: Ground
    runs: int
    settle_seconds: float = 180.0
    loads: list[Load] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)
    done: int = 0
    resume_seconds: float = 0.0
    against: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    limits_api: bool = True

    def __post_init__(self) -> None:
        self.judge = Judge(self.ground)

    def load(self, **options: Any) -> Load:
        made = Load(self.ground, **options)
        self.loads.append(made)
        return made

    def strikes(self, least: float = 0.5, most: float = 2.0) -> Iterator[int]:
        """A run each, at random moments."""
        for run in range(self.runs):
            time.sleep(random.uniform(least, most))  # noqa: S311
            yield run
            self.done += 1

    def flows_again(self, *carriers: str) -> None:
        """Messages reach these carriers, after whatever happened now."""
        began, missing = time.monotonic(), set(carriers or ("smpp", "http"))
        place = log.whole_size(self.ground.submission_log)
        while missing:
            found, place = self.ground.submitted(place)
            missing -= {one.carrier for one in found if not one.status}
            if time.monotonic() - began > STUCK_SECONDS:
                self.stuck.append(f"nothing reaches {sorted(missing)} any more")
                return
            time.sleep(0.05)
        self.resume_seconds = max(self.resume_seconds, time.monotonic() - began)

    def until(self, condition: Callable[[], Any], seconds: float, sentence: str) -> Any:
        """What it finds; nothing, and a note, where it does not come true."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                self.against.append(f"not within {seconds:g} s: {sentence}")
                return None
            time.sleep(0.1)
        return found

    def accept(self, answer: dict[str, Any]) -> None:
        """What was sent without a load."""
        self.accepted.update((one["id"], one["to"]) for one in answer["messages"])

    def open_now(self, *settled: str) -> int:
        """Messages of this row that are still on their way; unknown ones are not."""
        ended = [*FINAL, "uncertain", *settled]
        return int(
            self.ground.ask(
                "SELECT count(*) FROM messaging_message WHERE state <> ALL(%s) AND id >= %s",
                ended,
                self.judge.first_id,
            )[0][0]
        )

    def uncertain_now(self) -> int:
        """Messages of this row whose outcome nobody knows."""
        return int(
            self.ground.ask(
                "SELECT count(*) FROM messaging_message WHERE state = 'uncertain' AND id >= %s",
                self.judge.first_id,
            )[0][0]
        )

    def expect(self, is_so: object, sentence: str) -> None:
        if not is_so:
            self.against.append(sentence)

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


@dataclass(frozen=True)
class Row:
    name: str
    what: str
    act: Callable[[Stage], None]
    runs: int
    ground: str


@dataclass
class Result:
    """`uncertain` is what was unknown for a while; the other counts must be zero."""

    name: str
    what: str
    runs: int = 0
    messages: int = 0
    settle_seconds: float = 0.0
    resume_seconds: float = 0.0
    api_seconds: float = 0.0
    uncertain: int = 0
    lost: int = 0
    doubled: int = 0
    against_policy: int = 0
    stuck: int = 0
    notes: Sequence[str] = ()
    is_slow: bool = False

    @property
    def is_well(self) -> bool:
        return not (self.lost or self.doubled or self.against_policy or self.stuck)

    @property
    def verdict(self) -> str:
        if not self.is_well:
            return "FAILED"
        return "slow" if self.is_slow else "ok"


ROWS: dict[str, Row] = {}


def row(
    name: str, what: str, *, runs: int = 1, ground: str = "plain"
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    def register(act: Callable[[Stage], None]) -> Callable[[Stage], None]:
        ROWS[name] = Row(name, what, act, runs, ground)
        return act

    return register


def play(chosen: Row, ground: Ground, runs: int) -> Result:
    """Hurt it, let it settle, judge."""
    stage = Stage(ground, runs)
    try:
        chosen.act(stage)
    finally:
        ground.control(faults=[], ids="same", receipt_delay_seconds=1)
    stage.judge.settle(stage.settle_seconds)
    accepted = dict(stage.accepted)
    for load in stage.loads:
        accepted |= load.accepted
    return _result(chosen, stage, stage.judge.judge(accepted), len(accepted))


def _result(chosen: Row, stage: Stage, verdict: Verdict, messages: int) -> Result:
    api = max((load.worst_error_seconds for load in stage.loads), default=0.0)
    refused = [text for load in stage.loads for text in load.refused]
    given_up = sum(load.given_up for load in stage.loads)
    against = [*stage.against, *[f"refused: {text}" for text in refused[:3]]]
    stuck = [*stage.stuck, *([f"{given_up} requests never answered"] if given_up else [])]
    is_slow = (stage.limits_api and api > API_SECONDS) or stage.resume_seconds > RESUME_SECONDS
    return Result(
        name=chosen.name,
        what=chosen.what,
        runs=max(stage.done, 1),
        messages=messages,
        settle_seconds=verdict.settle_seconds,
        resume_seconds=stage.resume_seconds,
        api_seconds=api,
        uncertain=verdict.uncertain,
        lost=verdict.lost,
        doubled=verdict.doubled,
        against_policy=verdict.against_policy + len(stage.against) + len(refused),
        stuck=verdict.stuck + len(stuck),
        notes=[*verdict.notes[:6], *against, *stuck, *stage.said],
        is_slow=is_slow,
    )
