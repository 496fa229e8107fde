"""The messages of one bind that are on the wire, part by part. The client writes them."""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any

from messaging.carriers import smpp
from messaging.carriers.base import PartAnswer, combine
from messaging.services.dispatch import Answer, Claim, Outcome
from messaging.smpp.client import SmppClient
from messaging.smpp.fields import PduError
from messaging.smpp.pdu import SubmitSm
from messaging.smpp.session import SmppError


class _Message:
    """The answers of its parts, until all are there."""

    __slots__ = ("claim", "parts")

    def __init__(self, claim: Claim, parts: int) -> None:
        self.claim = claim
        self.parts: list[PartAnswer | None] = [None] * parts


_Token = tuple[_Message, int]


class Wire:
    """What cannot be written is answered here: it comes back from `write`."""

    def __init__(self, client: SmppClient) -> None:
        self._client = client
        # Parts of one message that is longer than the window.
        self._rest: deque[tuple[SubmitSm, _Token]] = deque()

    @property
    def places(self) -> int:
        """Parts that may be written now."""
        return 0 if self._rest else self._client.window_free

    def write(self, claims: Sequence[Claim]) -> list[Answer]:
        """All in one write to the socket."""
        refused: list[Answer] = []
        batch: list[tuple[SubmitSm, _Token]] = []
        for claim in claims:
            try:
                batch += _parts(claim)
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

    def write_rest(self) -> list[Answer]:
        """More parts of a message that is on the wire already: nobody may call it unsent."""
        batch = list(islice(self._rest, self._client.window_free))
        if not batch:
            return []
        try:
            answers = self._submit(batch)
        except SmppError:
            return []
        for _part in batch:
            self._rest.popleft()
        return answers

    def answered(self, token: Any, part: PartAnswer) -> Answer | None:
        """The message's answer, where this was its last part."""
        message, place = token
        message.parts[place] = part
        parts = [one for one in message.parts if one is not None]
        return combine(message.claim, parts) if len(parts) == len(message.parts) else None

    def give_up(self) -> list[Answer]:
        """The connection is gone: what was written and not answered, nobody knows."""
        open_messages = dict.fromkeys(message for message, _place in self._client.outstanding())
        open_messages |= dict.fromkeys(message for _pdu, (message, _place) in self._rest)
        self._rest.clear()
        return [answer(message.claim, Outcome.UNKNOWN) for message in open_messages]

    def _submit(self, batch: list[tuple[SubmitSm, _Token]]) -> list[Answer]:
        """SmppError: not one byte was written."""
        try:
            self._client.submit_many(batch)
        except PduError:
            return self._submit_one_by_one(batch)
        return []

    def _submit_one_by_one(self, batch: list[tuple[SubmitSm, _Token]]) -> list[Answer]:
        """One of them cannot be encoded; its neighbours go."""
        refused = []
        for part in batch:
            try:
                self._client.submit_many([part])
            except PduError:
                refused.append(self.answered(part[1], _UNENCODABLE))
        return [one for one in refused if one is not None]


_UNENCODABLE = PartAnswer(Outcome.REFUSED, carrier_code="UNENCODABLE")


def _parts(claim: Claim) -> list[tuple[SubmitSm, _Token]]:
    submissions = smpp.submissions(claim)
    message = _Message(claim, len(submissions))
    return [(pdu, (message, place)) for place, pdu in enumerate(submissions)]


def _not_sent(batch: Sequence[tuple[SubmitSm, _Token]]) -> list[Answer]:
    messages = dict.fromkeys(message for _pdu, (message, _place) in batch)
    return [answer(message.claim, Outcome.NOT_SENT) for message in messages]


def answer(claim: Claim, outcome: Outcome, code: str = "") -> Answer:
    return Answer(claim.message_id, claim.no, outcome, carrier_code=code)
