"""Three sources, one judgement: what customers were answered, what our tables say, and what the far
end wrote down by itself.
"""

import contextlib
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from messaging.simulator import log
from messaging.simulator.log import Submission
from tests.faults.ground import Ground

FINAL = frozenset(
    ("delivered", "undelivered", "no_receipt", "failed", "expired", "rejected", "cancelled")
)
NOT_TAKEN = frozenset(("failed", "expired", "rejected", "cancelled"))
TAKEN = frozenset(("sent", "delivered", "undelivered", "no_receipt"))
# An unknown outcome may still be settled by an answer or a receipt; then its deadline is brought
# forward: hours become seconds.
GRACE_SECONDS = 12
# A process's clock may be behind by what the database's answer took to come.
CLOCKS_DIFFER_SECONDS = 1.0
WEBHOOK_SECONDS = 90


@dataclass(frozen=True)
class Told:
    """A message as our tables tell it."""

    id: str
    number: str
    state: str
    reason: str
    on_unknown: str
    parts: int
    attempts: Counter[str]

    @property
    def allowed(self) -> int:
        """Copies that the far end may have: a second one only where the first was given up."""
        may_resend = self.on_unknown == "resend" and self.attempts["superseded"]
        return 2 if may_resend else 1


@dataclass
class Verdict:
    settle_seconds: float = 0.0
    uncertain: int = 0
    stuck: int = 0
    lost: int = 0
    doubled: int = 0
    against_policy: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, count: str, number: int, sentence: str) -> None:
        if number:
            setattr(self, count, getattr(self, count) + number)
            self.notes.append(f"{number} {sentence}")


@dataclass
class Judge:
    """Made before the first message; judges all that came since."""

    ground: Ground
    waits_for_receipts: bool = True
    # Told their ids as they are, so that a stored receipt can be found by the one in the log.
    ids_are_plain: bool = True
    # Nothing of it may be sent twice: a part of each message was taken.
    whole_once: bool = False

    def __post_init__(self) -> None:
        self.began = time.time()
        time.sleep(CLOCKS_DIFFER_SECONDS)
        self.first_id = UUID(int=int(self.began * 1000) << 80)
        self.log_start = log.whole_size(self.ground.submission_log)
        simulator = self.ground.var / "simulator"
        self._receipts, self._webhooks = simulator / "receipts.log", simulator / "webhooks.log"
        self.webhooks_start = self._webhooks.stat().st_size
        self.verdict = Verdict()

    # -- until nothing is open

    def settle(self, seconds: float) -> None:
        began = time.monotonic()
        is_settled = self._wait_settled(seconds)
        self.verdict.settle_seconds = time.monotonic() - began
        for _round in range(3):
            if not is_settled or not self._states().get("uncertain"):
                break
            time.sleep(GRACE_SECONDS)
            # Where too many were unknown, a person is asked: this one says yes.
            self.ground.ask("UPDATE messaging_health SET resends = 'automatic'")
            self.ground.ask(
                "UPDATE messaging_attempt SET decide_at = now() - interval '1 second'"
                " WHERE state = 'uncertain' AND message_id >= %s",
                self.first_id,
            )
            is_settled = self._wait_settled(seconds, is_deciding=True)
        left = self._open(self._states())
        self.verdict.add("stuck", left, f"still open: {self._states()}")

    def _wait_settled(self, seconds: float, *, is_deciding: bool = False) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(psycopg.Error):
                # Asked first: what is decided in between is open again when the states are asked.
                overdue = is_deciding and self._overdue()
                states = self._states()
                self.verdict.uncertain = max(self.verdict.uncertain, states.get("uncertain", 0))
                if not overdue and not self._open(states):
                    return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.3)

    def _open(self, states: dict[str, int]) -> int:
        settled = FINAL | {"uncertain"} | (set() if self.waits_for_receipts else {"sent"})
        return sum(count for state, count in states.items() if state not in settled)

    def _overdue(self) -> int:
        return int(
            self.ground.ask(
                "SELECT count(*) FROM messaging_attempt WHERE state = 'uncertain'"
                " AND decide_at < now() AND message_id >= %s",
                self.first_id,
            )[0][0]
        )

    def _states(self) -> dict[str, int]:
        return dict(
            self.ground.ask(
                "SELECT state, count(*) FROM messaging_message WHERE id >= %s GROUP BY state",
                self.first_id,
            )
        )

    # -- the judgement

    def judge(self, accepted: dict[str, str]) -> Verdict:
        """`accepted`: number by id, of every 202."""
        told = self._told()
        submitted, _end = self.ground.submitted(self.log_start)
        copies = _copies(submitted)
        self._judge_acceptance(accepted, told)
        self._judge_submissions(told, copies)
        self._judge_receipts(submitted)
        self._judge_webhooks(told)
        self._verify()
        return self.verdict

    def _judge_acceptance(self, accepted: dict[str, str], told: dict[str, Told]) -> None:
        missing = [one for one in accepted if one not in told]
        self.verdict.add("lost", len(missing), f"answered 202 and not stored: {missing[:3]}")
        by_number = Counter(one.number for one in told.values())
        twice = [number for number, count in by_number.items() if count > 1]
        self.verdict.add("doubled", len(twice), f"stored twice for one request: {twice[:3]}")

    def _judge_submissions(self, told: dict[str, Told], copies: "dict[str, Copies]") -> None:
        numbers = {one.number: one for one in told.values()}
        invented = [number for number in copies if number not in numbers]
        self.verdict.add("against_policy", len(invented), f"never asked for: {invented[:3]}")
        for number, one in numbers.items():
            taken = copies.get(number, Copies())
            count = taken.most
            if one.state in TAKEN and not taken.is_whole:
                self.verdict.add("lost", 1, f"{one.state} and never submitted: {one.id}")
            if count > one.allowed:
                self.verdict.add("doubled", 1, f"submitted {count} times: {one}")
            if taken.is_whole and one.state in NOT_TAKEN and one.reason != "outcome_unknown":
                self.verdict.add("against_policy", 1, f"taken and refunded: {one}")
            if self.whole_once and count > 1:
                self.verdict.add("against_policy", 1, f"sent again whole: {one}")
            unwanted = one.on_unknown == "fail" and one.attempts["superseded"]
            if unwanted or one.attempts["superseded"] > 1:
                self.verdict.add("against_policy", 1, f"resent against its policy: {one}")

    def _judge_receipts(self, submitted: list[Submission]) -> None:
        """Those that we acknowledged are stored, each copy."""
        if not self.ids_are_plain:
            return
        ours = {one.id for one in submitted if one.id}
        acknowledged: Counter[str] = Counter()
        for _offset, line in log.read_lines(self._receipts):
            said = json.loads(line)
            if said.get("id") in ours:
                acknowledged[said["id"]] += 1
        stored = dict(
            self.ground.ask(
                "SELECT raw_id, count(*) FROM messaging_receipt WHERE raw_id = ANY(%s)"
                " GROUP BY raw_id",
                list(acknowledged),
            )
        )
        lost = [one for one, count in acknowledged.items() if stored.get(one, 0) < count]
        self.verdict.add("lost", len(lost), f"receipts acknowledged and not stored: {lost[:3]}")

    def _judge_webhooks(self, told: dict[str, Told]) -> None:
        """Of the accounts that have the demonstration's endpoint."""
        listening = self._listening()
        wanted = {one.id for one in told.values() if one.id in listening and one.state in FINAL}
        deadline = time.monotonic() + WEBHOOK_SECONDS
        while (untold := wanted - self._posted()) and time.monotonic() < deadline:
            # A retry after minutes becomes one at once.
            self.ground.try_ask(
                "UPDATE accounts_webhookdelivery SET due_at = now()"
                " WHERE state = 'pending' AND due_at > now() + interval '10 seconds'"
                " AND tries > 0 AND created_at < now() - interval '70 seconds'"
            )
            time.sleep(1)
        self.verdict.add("lost", len(untold), f"ended, and nobody was told: {sorted(untold)[:3]}")

    def _listening(self) -> set[str]:
        return {
            str(row[0])
            for row in self.ground.ask(
                "SELECT DISTINCT d.subject_id FROM accounts_webhookdelivery d"
                " JOIN accounts_webhookendpoint e ON e.id = d.endpoint_id"
                " WHERE e.url LIKE '%%/webhooks/demo' AND d.subject_id >= %s",
                self.first_id,
            )
        }

    def _posted(self) -> set[str]:
        found = set()
        for _offset, line in log.read_lines(self._webhooks, self.webhooks_start):
            facts = json.loads(line)
            if facts["name"] == "demo" and facts["answered"] < 300:
                found.add(json.loads(facts["body"])["data"]["id"])
        return found

    def _verify(self) -> None:
        age = int(time.time() - self.began) + 5
        done = self.ground.manage("verify", f"--since={age}s", "--json")
        try:
            found: list[dict[str, Any]] = json.loads(done.stdout)["invariants"]
        except ValueError:
            self.verdict.add("against_policy", 1, f"verify failed: {done.stderr[-300:]}")
            return
        for one in found:
            if not one["is_well"]:
                sentence = f"break {one['id']}: {one['sentence']} {one['rows'][:1]}"
                self.verdict.add("against_policy", one["found"], sentence)

    def _told(self) -> dict[str, Told]:
        attempts: dict[str, Counter[str]] = defaultdict(Counter)
        for message_id, state in self.ground.ask(
            "SELECT message_id, state FROM messaging_attempt WHERE message_id >= %s",
            self.first_id,
        ):
            attempts[str(message_id)][state] += 1
        rows = self.ground.ask(
            "SELECT id::text, number, state, reason, on_unknown, parts FROM messaging_message"
            " WHERE id >= %s",
            self.first_id,
        )
        return {row[0]: Told(*row, attempts=attempts[row[0]]) for row in rows}


@dataclass
class Copies:
    """What the far end took of one number: how often its most frequent part, and whether all."""

    most: int = 0
    is_whole: bool = False


def _copies(submitted: list[Submission]) -> dict[str, Copies]:
    parts: dict[str, Counter[int]] = defaultdict(Counter)
    wanted: dict[str, int] = {}
    for one in submitted:
        if not one.status:
            number = "+" + one.to.lstrip("+")
            parts[number][one.part] += 1
            # The HTTP carrier takes all parts at once.
            wanted[number] = 1 if one.carrier == "http" else one.parts
    return {
        number: Copies(max(found.values()), len(found) >= wanted[number])
        for number, found in parts.items()
    }
