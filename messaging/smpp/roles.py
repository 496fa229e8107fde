"""The two ends of a session: who binds and submits, who admits and delivers."""

from collections.abc import Iterable
from typing import Any

from messaging.smpp import status as codes
from messaging.smpp.events import BindRefused, BindRequested, Bound, Closed, Delivered, Submitted
from messaging.smpp.pdu import (
    Bind,
    BindResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    Mode,
    SubmitSm,
    SubmitSmResp,
)
from messaging.smpp.session import Limits, NotAllowedError, Session
from messaging.smpp.states import State, Step


class ClientSession(Session):
    def __init__(self, *, now: float, limits: Limits | None = None, sequence: int = 0) -> None:
        super().__init__(now=now, limits=limits, sequence=sequence)
        self._handlers |= {
            BindResp: self._on_bind_resp,
            SubmitSmResp: self._on_answer,
            DeliverSm: self._on_deliver,
        }

    def bind(self, bind: Bind, now: float) -> None:
        if not self._advance(Step.BIND):
            raise NotAllowedError(f"the session is {self.state.name.lower()}")
        self.mode = bind.mode
        self._since = now
        self._send(bind, self._next_sequence())

    def submit(self, submit: SubmitSm, token: Any, now: float) -> None:
        self.submit_many([(submit, token)], now)

    def submit_many(self, batch: Iterable[tuple[SubmitSm, Any]], now: float) -> None:
        if self.mode is Mode.RECEIVER:
            raise NotAllowedError("the session is bound to receive only")
        self._request(batch, now)

    def acknowledge(self, sequence: int, status: int = codes.OK) -> None:
        """Promise the carrier that the message is kept; after a close this does nothing."""
        if not self.is_closed:
            self._inbound -= 1
            self._send(DeliverSmResp(status=status), sequence)

    def _on_bind_resp(self, pdu: BindResp) -> None:
        if self.state is not State.BINDING:
            return
        if pdu.status:
            self._refused(pdu.status)
            return
        self._advance(Step.BIND_ACCEPTED)
        self._events.append(Bound(pdu.system_id))

    def _on_generic_nack(self, pdu: GenericNack) -> None:
        if self.state is State.BINDING:
            self._refused(pdu.status or codes.BIND_FAILED)
        else:
            super()._on_generic_nack(pdu)

    def _refused(self, status: int) -> None:
        self._advance(Step.BIND_REFUSED)
        self._events += [BindRefused(status), Closed(f"bind refused: {codes.name(status)}")]

    def _on_deliver(self, pdu: DeliverSm) -> None:
        if self._admit(pdu, Mode.RECEIVER):
            self._events.append(Delivered(pdu, pdu.sequence))


class ServerSession(Session):
    def __init__(self, *, now: float, limits: Limits | None = None, sequence: int = 0) -> None:
        super().__init__(now=now, limits=limits, sequence=sequence)
        self._bind_sequence = 0
        self._handlers |= {
            Bind: self._on_bind,
            SubmitSm: self._on_submit,
            DeliverSmResp: self._on_answer,
        }

    def answer_bind(self, status: int, system_id: str, now: float) -> None:
        """Admit the peer or send it away; after a close this does nothing."""
        if self.state is not State.BINDING:
            return
        self._send(BindResp(system_id, self.mode, status=status), self._bind_sequence)
        if status:
            self._advance(Step.BIND_REFUSED)
            self._events.append(Closed(f"bind refused: {codes.name(status)}"))
            return
        self._advance(Step.BIND_ACCEPTED)
        self._heard_at = now
        self._events.append(Bound(system_id))

    def answer(self, sequence: int, status: int = codes.OK, message_id: str = "") -> None:
        if not self.is_closed:
            self._inbound -= 1
            self._send(SubmitSmResp(message_id, status=status), sequence)

    def deliver(self, deliver: DeliverSm, token: Any, now: float) -> None:
        self.deliver_many([(deliver, token)], now)

    def deliver_many(self, batch: Iterable[tuple[DeliverSm, Any]], now: float) -> None:
        if self.mode is Mode.TRANSMITTER:
            raise NotAllowedError("the session is bound to transmit only")
        self._request(batch, now)

    def _on_bind(self, pdu: Bind) -> None:
        if not self._advance(Step.BIND):
            self._refuse(pdu.mode, pdu.sequence, codes.ALREADY_BOUND)
            return
        self.mode = pdu.mode
        self._bind_sequence = pdu.sequence
        self._events.append(BindRequested(pdu))

    def _on_submit(self, pdu: SubmitSm) -> None:
        if self._admit(pdu, Mode.TRANSMITTER):
            self._events.append(Submitted(pdu, pdu.sequence))
