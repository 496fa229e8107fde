"""The message centre: keeps submissions, decides their fate, remembers which receipts are open.

It knows no socket and asks no clock. What it must not forget is in two logs: every submission
with the receipts planned for it, and every receipt that was acknowledged. The difference is open.
"""

import heapq
from dataclasses import dataclass
from pathlib import Path

from messaging.simulator import log, recovery
from messaging.simulator.behaviour import Behaviour
from messaging.simulator.log import AppendOnly, Submission
from messaging.simulator.recovery import Receipt

# How many HTTP submissions can be looked up by our reference.
MOST_REFERENCES = 100_000
# Between a receipt and the answer that it overtakes.
OVERTAKEN_SECONDS = 0.2

RETRY_SECONDS = (1.0, 5.0, 30.0)


@dataclass(slots=True)
class Counters:
    """Since the start of this process."""

    accepted: int = 0
    refused: int = 0
    receipts_acknowledged: int = 0
    receipts_retried: int = 0


class Centre:
    def __init__(self, directory: Path, behaviour: Behaviour, now: float) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.behaviour = behaviour
        self._directory = directory
        self.counters = Counters()
        self.submissions = AppendOnly(directory / "submissions.log")
        found = recovery.recover(directory, now)
        self._acknowledged = AppendOnly(directory / "receipts.log")
        # Microseconds since 1970 at the start, then one by one: hexadecimal, and never twice.
        self._last_number = max(found.last_number, int(now * 1e6))
        self._by_reference = found.by_reference
        self._heap: list[tuple[float, int, Receipt]] = []
        self._pushed = 0
        self._open = len(found.receipts)
        for receipt in found.receipts:
            self._push(receipt, receipt.planned[0])

    def close(self) -> None:
        if not self._open:
            recovery.settle(self._directory, self.submissions.size, self._last_number)
        self._acknowledged.close()
        self.submissions.close()

    # -- submissions -----------------------------------------------------------------------

    def keep(self, submissions: list[Submission]) -> None:
        """One write for all; when it returns they may be answered. A status refuses."""
        for submission in submissions:
            if submission.status == 0:
                self._accept(submission)
        self.submissions.write(b"".join(map(log.to_line, submissions)))
        for submission in submissions:
            self._follow(submission)

    def find(self, reference: str) -> Submission | None:
        """The last HTTP submission with this reference of ours."""
        return self._by_reference.get(reference)

    # -- receipts --------------------------------------------------------------------------

    @property
    def open_receipts(self) -> int:
        return self._open

    def next_due_at(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: float) -> list[Receipt]:
        """Whoever takes a receipt acknowledges it or puts it back."""
        taken = []
        heap = self._heap
        while heap and heap[0][0] <= now:
            taken.append(heapq.heappop(heap)[2])
        return taken

    def put_back(self, receipt: Receipt, now: float) -> None:
        """To be tried again, a little later each time."""
        delay = RETRY_SECONDS[min(receipt.tries, len(RETRY_SECONDS) - 1)]
        receipt.tries += 1
        self.counters.receipts_retried += 1
        self._push(receipt, now + delay)

    def acknowledge(self, receipts: list[Receipt]) -> None:
        """A second acknowledgement of the same copy, after a repetition, counts nothing."""
        first = [receipt for receipt in receipts if not receipt.is_acknowledged]
        if not first:
            return
        self._acknowledged.write(b"".join(map(recovery.acknowledged_line, first)))
        for receipt in first:
            receipt.is_acknowledged = True
        self._open -= len(first)
        self.counters.receipts_acknowledged += len(first)

    # -- inside ----------------------------------------------------------------------------

    def _accept(self, submission: Submission) -> None:
        self._last_number += 1
        submission.id = f"{self._last_number:x}"
        outcome = self.behaviour.outcome(submission.to)
        if submission.wants_receipt:
            submission.receipts = self.behaviour.plan(outcome, submission.time)
            submission.is_answered_last = outcome.is_answered_last

    def _follow(self, submission: Submission) -> None:
        if not submission.id:
            self.counters.refused += 1
            return
        self.counters.accepted += 1
        for copy, (due, _, _) in enumerate(submission.receipts):
            self._open += 1
            self._push(Receipt(submission, copy), due)
        if submission.carrier == "http" and submission.reference:
            self._by_reference[str(submission.reference)] = submission
            if len(self._by_reference) > MOST_REFERENCES:
                del self._by_reference[next(iter(self._by_reference))]

    def _push(self, receipt: Receipt, at: float) -> None:
        self._pushed += 1
        heapq.heappush(self._heap, (at, self._pushed, receipt))
