"""The messages of one bind that are on the wire, part by part. The client writes them.

A carrier may take some parts of a long message and refuse others for now. Then only those go
again, after a pause that doubles, until REPEAT_WITHIN_SECONDS after the first write; a part that
was taken is never written twice. The message has no answer meanwhile, and nothing of it is kept:
after a crash its outcome is as unknown as that of any other attempt on the wire.

Permission to write came with the second commit and is for that moment. What is written later, the
rest of a message and what goes again, is written only while the lease is surely ours, in the epoch
of that commit (`CarrierDesk.is_sure`; the bind asks before `write_rest` and `write_again`). In any
other epoch the attempt was called unknown, and others decide about it.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from messaging.carriers import smpp
from messaging.carriers.base import PartAnswer, combine, missing
from messaging.gateway.window import Window
from messaging.services.dispatch import Answer, Claim, Outcome
from messaging.smpp.client import SmppClient
from messaging.smpp.fields import PduError
from messaging.smpp.pdu import SubmitSm
from messaging.smpp.session import SmppError

PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# With the wait for the last answer less than five minutes: what is on the wire longer is stuck.
REPEAT_WITHIN_SECONDS = 240.0


_UNANSWERED = PartAnswer(Outcome.UNKNOWN)


class _Message:
    """The answers of its parts, until all are there."""

    __slots__ = (
        "answers", "claim", "due_at", "epoch", "is_told", "parts", "repeats", "until", "written_at",
    )  # fmt: skip

    def __init__(self, claim: Claim, parts: Sequence[SubmitSm], epoch: int, now: float) -> None:
        self.claim = claim
        self.parts = parts
        self.answers: list[PartAnswer | None] = [None] * len(parts)
        self.epoch = epoch
        self.written_at = now
        self.until = now + REPEAT_WITHIN_SECONDS
        self.due_at = now
        self.repeats = 0
        self.is_told = False

    @property
    def known(self) -> list[PartAnswer]:
        return [one for one in self.answers if one is not None]

    @property
    def is_answered(self) -> bool:
        return len(self.known) == len(self.answers)

    @property
    def missing(self) -> list[int]:
        return missing(self.known)

    def wait(self, now: float) -> None:
        self.due_at = now + min(PAUSE_SECONDS * 2**self.repeats, LONGEST_PAUSE_SECONDS)
        self.repeats += 1

    def tell(self) -> Answer:
        """By what is known now; of a part without an answer nobody knows."""
        self.is_told = True
        return combine(self.claim, [one or _UNANSWERED for one in self.answers])


_Token = tuple[_Message, int]
_Batch = list[tuple[SubmitSm, _Token]]


class Wire:
    """What cannot be written is answered here: it comes back from `write`. `clock`: monotonic."""

    def __init__(self, client: SmppClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._most = client.limits.window
        self._window = Window(self._most, clock=clock)
        # Parts of one message that is longer than the window.
        self._rest: deque[tuple[SubmitSm, _Token]] = deque()
        # Messages of which some parts go again.
        self._waiting: list[_Message] = []

    @property
    def places(self) -> int:
        """Parts that may be written now."""
        if self._rest:
            return 0
        under_way = self._most - self._client.window_free
        return max(0, self._window.size - under_way)

    @property
    def window(self) -> int:
        """Parts that may wait for their answers."""
        return self._window.size

    @property
    def is_empty(self) -> bool:
        return not (self._rest or self._waiting or self._client.outstanding())

    def write(self, claims: Sequence[Claim], epoch: int) -> list[Answer]:
        """All in one write to the socket."""
        refused: list[Answer] = []
        batch: _Batch = []
        for claim in claims:
            try:
                batch += _parts(claim, epoch, self._clock())
            except ValueError:
                refused.append(answer(claim, Outcome.REFUSED, "UNENCODABLE"))
        free = self._client.window_free
        if not free:
            return refused + _not_sent(batch)
        self._rest.extend(batch[free:])
        try:
            return refused + self._submit(batch[:free])
        except SmppError:
            self._rest.clear()
            return refused + _not_sent(batch)

    def write_rest(self, epoch: int) -> list[Answer]:
        """More parts of a message that is on the wire already: nobody may call it unsent."""
        self._rest = deque(part for part in self._rest if part[1][0].epoch == epoch)
        batch = list(islice(self._rest, self._client.window_free))
        if not batch:
            return []
        try:
            answers = self._submit(batch)
        except SmppError:
            return []
        for _pdu, (message, _place) in batch:
            self._rest.popleft()
            message.written_at = self._clock()
        return answers

    def write_again(self, most: int, epoch: int) -> int:
        """Parts that were refused for now, at most so many; returns how many went."""
        now = self._clock()
        due = [one for one in self._waiting if one.epoch == epoch and one.due_at <= now]
        parts = ((one.parts[place], (one, place)) for one in due for place in one.missing)
        batch = list(islice(parts, max(0, min(most, self.places))))
        if not batch:
            return 0
        try:
            self._client.submit_many(batch)
        except SmppError:
            return 0
        for _pdu, (message, place) in batch:
            message.answers[place] = None
            message.written_at = now
        self._waiting = [one for one in self._waiting if one.is_answered]
        return len(batch)

    def end_overdue(self, epoch: int) -> list[Answer]:
        """What may not go again any more is answered by what is known."""
        now = self._clock()
        over = [one for one in self._waiting if one.until <= now or one.epoch != epoch]
        self._waiting = [one for one in self._waiting if one not in over]
        return [message.tell() for message in over]

    def answered(self, token: Any, part: PartAnswer) -> Answer | None:
        """The message's answer, where this was its last part and nothing of it goes again."""
        message: _Message
        message, place = token
        message.answers[place] = part
        self._window.answered(message.written_at)
        if not message.is_answered:
            return None
        now = self._clock()
        # Once it was told, others may have decided: a late answer sends nothing again.
        if message.is_told or now >= message.until or not message.missing:
            return message.tell()
        message.wait(now)
        self._waiting.append(message)
        return None

    def give_up(self) -> list[Answer]:
        """The connection is gone: what was written and not answered, nobody knows. What waited to
        go again was answered, part by part."""
        unknown = dict.fromkeys(message for message, _place in self._client.outstanding())
        unknown |= dict.fromkeys(message for _pdu, (message, _place) in self._rest)
        waiting, self._waiting = self._waiting, []
        self._rest.clear()
        return [message.tell() for message in (*unknown, *waiting)]

    def _submit(self, batch: _Batch) -> list[Answer]:
        """SmppError: not one byte was written."""
        try:
            self._client.submit_many(batch)
        except PduError:
            return self._submit_one_by_one(batch)
        return []

    def _submit_one_by_one(self, batch: _Batch) -> list[Answer]:
        """One of them cannot be encoded; its neighbours go."""
        refused = []
        for part in batch:
            try:
                self._client.submit_many([part])
            except PduError:
                refused.append(self.answered(part[1], _UNENCODABLE))
        return [one for one in refused if one is not None]


_UNENCODABLE = PartAnswer(Outcome.REFUSED, carrier_code="UNENCODABLE")


def _parts(claim: Claim, epoch: int, now: float) -> _Batch:
    submissions = smpp.submissions(claim)
    message = _Message(claim, submissions, epoch, now)
    return [(pdu, (message, place)) for place, pdu in enumerate(submissions)]


def _not_sent(batch: _Batch) -> list[Answer]:
    messages = dict.fromkeys(message for _pdu, (message, _place) in batch)
    return [answer(message.claim, Outcome.NOT_SENT) for message in messages]


def answer(claim: Claim, outcome: Outcome, code: str = "") -> Answer:
    return Answer(claim.message_id, claim.no, outcome, carrier_code=code)
