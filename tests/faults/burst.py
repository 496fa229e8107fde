"""Two hundred messages on their way, and what became of them."""

import threading
from dataclasses import dataclass, field
from typing import Any

from tests.flows.running import Running

REQUESTS = 10
EACH = 20
COUNT = REQUESTS * EACH

FINAL = ("delivered", "undelivered", "failed", "expired", "cancelled", "rejected", "no_receipt")


@dataclass
class Outcome:
    """`uncertain` have a deadline; `open` are neither final nor that."""

    final: int
    uncertain: int
    open: int

    @property
    def is_settled(self) -> bool:
        return not self.open and self.final + self.uncertain == COUNT


@dataclass
class Burst:
    """Half of it goes by SMPP, half by HTTP. Numbers tell runs apart: each is used once."""

    platform: Running
    run: int
    accepted: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> "Burst":
        self.thread = threading.Thread(target=self._send)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.join(120)
        assert not self.thread.is_alive()

    def outcome(self) -> Outcome:
        rows = self.platform.ask(
            "SELECT m.state, count(*), count(a.decide_at) FROM messaging_message m"
            " LEFT JOIN messaging_attempt a ON a.message_id = m.id AND a.state = 'uncertain'"
            " WHERE m.id = ANY(%s::uuid[]) GROUP BY m.state",
            [one["id"] for one in self.accepted],
        )
        final = sum(count for state, count, _dated in rows if state in FINAL)
        uncertain = sum(dated for state, _count, dated in rows if state == "uncertain")
        return Outcome(final, uncertain, len(self.accepted) - final - uncertain)

    def submissions(self) -> dict[str, int]:
        """How often the far end accepted each number."""
        wanted = {one["to"].removeprefix("+") for one in self.accepted}
        times = dict.fromkeys(wanted, 0)
        for one in self.platform.submissions():
            number = one["to"].removeprefix("+")
            if number in wanted and not one.get("status"):
                times[number] += 1
        return times

    def _send(self) -> None:
        template = self.platform.facts["template"]
        for request in range(REQUESTS):
            answer = self.platform.send(
                f"burst-{self.run}-{request}",
                to=[self._number(request * EACH + index) for index in range(EACH)],
                template=template["code"],
                params=template["params"],
            )
            self.accepted += answer["messages"]

    def _number(self, index: int) -> str:
        """None ends as one that the simulator treats in a way of its own."""
        serial = 1000 + self.run * COUNT + index
        return f"+86139200{serial:05}" if index % 2 else f"+1212736{serial:04}"
