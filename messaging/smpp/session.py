"""One SMPP conversation without a socket and without a clock.

Bytes go in by `receive`, events come out by `events`, bytes to write by `data_to_send`. The owner
passes `now` (monotonic seconds) and calls `tick` when `next_deadline` has come.
What the peer sends never raises; what the owner asks for at the wrong moment does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from messaging.smpp import pdu as pdus
from messaging.smpp import status as codes
from messaging.smpp.events import Answered, Closed, Event, Unanswered
from messaging.smpp.fields import HEADER_SIZE, PduError, frame
from messaging.smpp.framing import Splitter
from messaging.smpp.pdu import (
    RESPONSE,
    Bind,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Mode,
    Pdu,
    SubmitSm,
    Unbind,
    UnbindResp,
    Unknown,
)
from messaging.smpp.states import TRANSITIONS, State, Step

MAX_SEQUENCE = 0x7FFFFFFF
ENQUIRIES_BEFORE_DEATH = 2
# Why a session closed whose peer was not heard any more.
DEAD = "the link is dead"

Handlers: TypeAlias = dict[type[Any], Callable[[Any], None]]


class SmppError(Exception):
    """The owner asked for what this session cannot do now. Nothing was sent."""


class NotAllowedError(SmppError):
    pass


class WindowFullError(SmppError):
    pass


@dataclass(frozen=True, slots=True)
class Limits:
    window: int = 50
    response_timeout_seconds: float = 30
    bind_timeout_seconds: float = 10
    enquire_interval_seconds: float = 30
    # Requests of the peer that may wait for our answer; more are told to come back later.
    unanswered_inbound: int = 5000


class Session:
    """What client and server share; `ClientSession` and `ServerSession` add their half."""

    def __init__(self, *, now: float, limits: Limits | None = None, sequence: int = 0) -> None:
        self.limits = limits or Limits()
        self.state = State.OPEN
        self.mode = Mode.TRANSCEIVER
        self._since = now
        self._heard_at = now
        self._enquired_at = now
        self._enquiries = 0
        self._sequence = sequence
        self._window: dict[int, tuple[Any, float]] = {}
        self._timed_out: dict[int, Any] = {}
        self._inbound = 0
        self._splitter = Splitter()
        self._events: list[Event] = []
        self._to_send: list[bytes] = []
        self._handlers: Handlers = {
            EnquireLink: self._on_enquire_link,
            EnquireLinkResp: self._ignore,
            Unbind: self._on_unbind,
            UnbindResp: self._on_unbind_resp,
            GenericNack: self._on_generic_nack,
            Unknown: self._on_unknown,
        }

    # -- what the owner reads --------------------------------------------------------------

    def events(self) -> list[Event]:
        told, self._events = self._events, []
        return told

    def data_to_send(self) -> bytes:
        if not self._to_send:
            return b""
        data = b"".join(self._to_send)
        self._to_send.clear()
        return data

    def outstanding(self) -> list[Any]:
        """Tokens that nothing was said about yet, oldest first; readable after the close too."""
        return [token for token, _ in self._window.values()]

    @property
    def window_free(self) -> int:
        if Step.REQUEST not in TRANSITIONS[self.state]:
            return 0
        return max(0, self.limits.window - len(self._window))

    @property
    def is_bound(self) -> bool:
        return self.state is State.BOUND

    @property
    def is_closed(self) -> bool:
        return self.state is State.CLOSED

    # -- what the owner does ---------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> None:
        if self.is_closed:
            return
        for frame_bytes in self._splitter.feed(data):
            self._heard_at = now
            self._enquiries = 0
            self._receive_frame(frame_bytes)
            if self.is_closed:
                return

    def unbind(self, now: float) -> None:
        """Say goodbye and wait for the answer; an unbound session closes at once."""
        if not self._advance(Step.UNBIND):
            return
        if self.is_closed:
            self._events.append(Closed("unbound"))
            return
        self._since = now
        self._send(Unbind(), self._next_sequence())

    def close(self, reason: str) -> None:
        """The connection is gone, or the owner ends it."""
        if self._advance(Step.CLOSE):
            self._events.append(Closed(reason))

    # -- time ------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        match self.state:
            case State.CLOSED:
                return None
            case State.OPEN | State.BINDING | State.UNBINDING:
                return self._since + self.limits.bind_timeout_seconds
        enquiry = self._next_enquiry()
        for _, sent_at in self._window.values():
            return min(enquiry, sent_at + self.limits.response_timeout_seconds)
        return enquiry

    def tick(self, now: float) -> None:
        match self.state:
            case State.CLOSED:
                return
            case State.OPEN | State.BINDING | State.UNBINDING:
                if now >= self._since + self.limits.bind_timeout_seconds:
                    self.close(f"{self.state.name.lower()} timed out")
                return
        self._time_out_requests(now)
        self._enquire(now)

    def _time_out_requests(self, now: float) -> None:
        timeout = self.limits.response_timeout_seconds
        overdue = []
        for sequence, (_, sent_at) in self._window.items():
            if now < sent_at + timeout:
                break
            overdue.append(sequence)
        for sequence in overdue:
            # Remembered for the whole session: an answer that comes after all is the truth.
            token = self._timed_out[sequence] = self._window.pop(sequence)[0]
            self._events.append(Unanswered(token))

    def _next_enquiry(self) -> float:
        return max(self._heard_at, self._enquired_at) + self.limits.enquire_interval_seconds

    def _enquire(self, now: float) -> None:
        if now < self._next_enquiry():
            return
        if self._enquiries >= ENQUIRIES_BEFORE_DEATH:
            self.close(DEAD)
            return
        self._enquiries += 1
        self._enquired_at = now
        self._send(EnquireLink(), self._next_sequence())

    # -- requests of ours ------------------------------------------------------------------

    def _request(self, batch: Iterable[tuple[SubmitSm | DeliverSm, Any]], now: float) -> None:
        """All of the batch or nothing: after `PduError` or `SmppError` no byte goes out."""
        requests = [(pdu, token, self._next_sequence()) for pdu, token in batch]
        if not self._advance(Step.REQUEST):
            raise NotAllowedError(f"the session is {self.state.name.lower()}")
        if len(requests) > self.window_free:
            raise WindowFullError(f"{len(requests)} requests, {self.window_free} places")
        frames = [pdus.encode(pdu, sequence) for pdu, _, sequence in requests]
        for _, token, sequence in requests:
            self._window[sequence] = (token, now)
        self._to_send += frames

    def _next_sequence(self) -> int:
        while True:
            self._sequence = self._sequence % MAX_SEQUENCE + 1
            if self._sequence not in self._window and self._sequence not in self._timed_out:
                return self._sequence

    def _settle(self, sequence: int, status: int, message_id: str) -> None:
        """An answer to nothing is ignored: only a peer at fault sends one."""
        if sequence in self._window:
            token, _ = self._window.pop(sequence)
            self._events.append(Answered(token, status, message_id, False))
        elif sequence in self._timed_out:
            token = self._timed_out.pop(sequence)
            self._events.append(Answered(token, status, message_id, True))

    def _on_answer(self, pdu: pdus.MessageResp) -> None:
        self._settle(pdu.sequence, pdu.status, pdu.message_id)

    # -- the peer's PDUs -------------------------------------------------------------------

    def _receive_frame(self, data: bytes) -> None:
        try:
            pdu = pdus.decode(data)
        except PduError as error:
            self._refuse_frame(data, error)
            return
        self._handlers.get(type(pdu), self._on_misplaced)(pdu)

    def _refuse_frame(self, data: bytes, error: PduError) -> None:
        if error.status == codes.INVALID_COMMAND_LENGTH and len(data) < HEADER_SIZE:
            self._send(GenericNack(error.status), error.sequence)
            self.close(f"malformed stream: {error}")
            return
        self._refuse(int.from_bytes(data[4:8]), error.sequence, error.status)

    def _refuse(self, command: int, sequence: int, status: int) -> None:
        """Answer a request with its own kind of response, without a body."""
        self._to_send.append(frame(command | RESPONSE, status, sequence))

    def _on_misplaced(self, pdu: Pdu) -> None:
        """Requests that only the other role may get; stray responses need no word."""
        if isinstance(pdu, SubmitSm | DeliverSm):
            self._refuse(pdu.command, pdu.sequence, codes.WRONG_BIND_STATE)
        elif isinstance(pdu, Bind):
            self._refuse(pdu.mode, pdu.sequence, codes.WRONG_BIND_STATE)

    def _on_unknown(self, pdu: Unknown) -> None:
        if not pdu.command & RESPONSE:
            self._send(GenericNack(codes.INVALID_COMMAND_ID), pdu.sequence)

    def _on_enquire_link(self, pdu: EnquireLink) -> None:
        self._send(EnquireLinkResp(), pdu.sequence)

    def _on_generic_nack(self, pdu: GenericNack) -> None:
        # A nack that says "OK" is still a refusal.
        self._settle(pdu.sequence, pdu.status or codes.UNKNOWN_ERROR, "")

    def _on_unbind(self, pdu: Unbind) -> None:
        self._send(UnbindResp(), pdu.sequence)
        self._advance(Step.UNBOUND)
        self._events.append(Closed("unbound by the peer"))

    def _on_unbind_resp(self, _pdu: UnbindResp) -> None:
        if self.state is State.UNBINDING:
            self._advance(Step.UNBOUND)
            self._events.append(Closed("unbound"))

    def _ignore(self, _pdu: Pdu) -> None:
        pass

    def _admit(self, pdu: SubmitSm | DeliverSm, bound_as: Mode) -> bool:
        """Whether a request of the peer may reach the owner; otherwise it is answered here."""
        if not self._advance(Step.RECEIVE) or self.mode not in (bound_as, Mode.TRANSCEIVER):
            self._refuse(pdu.command, pdu.sequence, codes.WRONG_BIND_STATE)
            return False
        if self._inbound >= self.limits.unanswered_inbound:
            self._refuse(pdu.command, pdu.sequence, codes.QUEUE_FULL)
            return False
        self._inbound += 1
        return True

    def _advance(self, step: Step) -> bool:
        next_state = TRANSITIONS[self.state].get(step)
        if next_state is None:
            return False
        self.state = next_state
        return True

    def _send(self, pdu: Pdu, sequence: int) -> None:
        self._to_send.append(pdus.encode(pdu, sequence))
