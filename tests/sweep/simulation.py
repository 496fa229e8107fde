"""One seed, one run: it chooses the load, the faults and when they happen.

First everything may go wrong; then the faults stop, and all must come to its end.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from messaging.simulator.behaviour import Behaviour
from smsplatform.core import clock
from tests.sweep.boundaries import Boundaries
from tests.sweep.settling import settle
from tests.sweep.town import Town
from tests.sweep.verdict import Verdict, judge

TROUBLE_SECONDS = 15.0
TURN_SECONDS = 0.25
# Throttled, queue full, system error, invalid destination, and a word that nobody knows.
REFUSALS = (0x58, 0x14, 0x08, 0x0B, 0x4FF)
HTTP_REFUSALS = (429, 400, 500, 503)
MOST_CRASHES = 6


@dataclass(frozen=True, slots=True)
class Seeded:
    seed: int
    crashes: int
    verdict: Verdict
    story: list[str]


def run(seed: int) -> Seeded:
    dice = Random(seed)  # noqa: S311 - chance that repeats
    boundaries = Boundaries()
    slowest = dice.choice((0.004, 0.004, 0.05, 0.4))
    with Town(seed=seed, boundaries=boundaries, slowest_seconds=slowest) as town:
        trouble = _Trouble(town, dice)
        trouble.make()
        verdict = judge(town, is_settled=settle(town))
        return Seeded(seed, trouble.crashes, verdict, town.story)


class _Trouble:
    def __init__(self, town: Town, dice: Random) -> None:
        self.town = town
        self.dice = dice
        self.crashes = 0
        self._crash_share = dice.choice((0.0, 0.003, 0.02))
        self._loss_share = dice.choice((0.0, 0.0, 0.02))
        self._kind = dice.choice(("smpp", "smpp", "smpp", "http"))
        self._pool = [self._number(n) for n in range(dice.choice((4, 60)))]
        self._mark = 100_000

    def make(self) -> None:
        town, dice = self.town, self.dice
        window = dice.choice((1, 3, 10))
        town.carrier(self._kind, window=window, rate_per_second=dice.choice((3, 100)))
        town.simulator.centre.behaviour = Behaviour(
            receipt_delay_seconds=dice.choice((0.0, 0.3, 3.0)),
            late_delay_seconds=20.0,
            echo_reference=dice.random() < 0.5,
        )
        town.simulator.sinks.by_name["customer"].answers = dice.choices(
            (200, 500, 503, 302), (6, 1, 1, 1), k=8
        )
        town.staff_decides = dice.choice(("automatic", "fail"))
        town.boundaries.chooses = self._crashes
        town.database.loses = self._loses
        town.start_all(gateways=dice.choice((1, 1, 2)))
        town.script(*[self._fault() for _fault in range(dice.randrange(6))])
        self._live()
        town.boundaries.chooses = lambda: False
        town.database.loses = lambda: ""
        town.script()
        town.tell("the faults stop")

    def _live(self) -> None:
        moments = sorted(self._events(), key=lambda event: event[0])
        passed = 0.0
        while passed < TROUBLE_SECONDS:
            while moments and moments[0][0] <= passed:
                moments.pop(0)[1]()
            self.town.loop.run_for(TURN_SECONDS)
            self.town.work_off_queue()
            passed += TURN_SECONDS

    def _events(self):
        dice = self.dice
        for number in range(dice.randrange(2, 8)):
            yield dice.uniform(0, 8), lambda number=number: self._ask(f"r{number}")
        for _cut in range(dice.choice((0, 0, 1, 3))):
            yield dice.uniform(0, 10), self.town.cut
        for _pause in range(dice.choice((0, 0, 1))):
            yield dice.uniform(0, 6), self._pause
        for number in range(dice.choice((0, 0, 2))):
            yield dice.uniform(0, 8), lambda number=number: self._cancel(f"r{number}")

    # -- load ------------------------------------------------------------------------------

    def _ask(self, name: str) -> None:
        dice = self.dice
        key = name if dice.random() < 0.8 else ""
        body = {"on_unknown": dice.choice(("resend", "fail"))}
        if dice.random() < 0.15:
            body["send_at"] = (clock.now() + timedelta(seconds=70)).isoformat()
        if dice.random() < 0.2:
            text = f"{self._next_mark()} " + "A long message has several parts. " * 6
            self.town.ask(name, key=key, to=[self._lonely()], text=text, **body)
            return
        rows = [
            {"to": dice.choice(self._pool), "params": {"code": self._next_mark()}}
            for _row in range(dice.randrange(1, 5))
        ]
        self.town.ask(name, key=key, messages=rows, template="login_code", **body)

    def _cancel(self, name: str) -> None:
        if name in self.town.answers and self.town.answers[name][0] == 202:
            self.town.cancel(name)

    def _next_mark(self) -> str:
        self._mark += 1
        return str(self._mark)

    def _number(self, place: int) -> str:
        suffix = self.dice.choice((place % 12, 5000 + place, 5000 + place))
        return f"+861380013{suffix:04}"

    def _lonely(self) -> str:
        """A long message is known by its number: its later parts carry no mark."""
        return f"+86139{self._mark % 10_000:04}5555"

    # -- faults ----------------------------------------------------------------------------

    def _fault(self) -> dict[str, object]:
        dice = self.dice
        fault = {
            "act": dice.choice(("answer", "answer", "silence", "delay", "close")),
            "times": dice.randrange(1, 4),
            "skip": dice.randrange(8),
            "keep": dice.random() < 0.5,
            "seconds": dice.choice((0.5, 5, 40)),
        }
        if fault["act"] == "answer":
            fault["status"] = dice.choice(REFUSALS if self._kind == "smpp" else HTTP_REFUSALS)
        return fault

    def _crashes(self) -> bool:
        if self.crashes >= MOST_CRASHES or self.dice.random() >= self._crash_share:
            return False
        self.crashes += 1
        return True

    def _loses(self) -> str:
        if self.dice.random() >= self._loss_share:
            return ""
        lost = self.dice.choice(("before", "after"))
        self.town.tell(f"a session is lost {lost} its COMMIT")
        return lost

    def _pause(self) -> None:
        process = self.town.processes["gateway"]
        seconds = self.dice.choice((3.0, 13.0))
        self.town.tell(f"{process.name} stands still for {seconds:.0f} s")
        self.town.loop.pause(process, seconds)
