"""What a session tells its owner. A token is whatever the owner gave with the request."""

from typing import Any, TypeAlias

from messaging.smpp.pdu import Bind, DeliverSm, SubmitSm
from messaging.smpp.records import record


@record
class Bound:
    system_id: str


@record
class BindRefused:
    status: int


@record
class BindRequested:
    bind: Bind


@record
class Answered:
    """The peer's word on a request; late where `Unanswered` was told before."""

    token: Any
    status: int
    message_id: str = ""
    late: bool = False


@record
class Unanswered:
    token: Any


@record
class Delivered:
    """A deliver_sm that waits for `acknowledge(sequence, status)`."""

    deliver: DeliverSm
    sequence: int


@record
class Submitted:
    """A submit_sm that waits for `answer(sequence, status, message_id)`."""

    submit: SubmitSm
    sequence: int


@record
class Closed:
    reason: str


Event: TypeAlias = (
    Bound | BindRefused | BindRequested | Answered | Unanswered | Delivered | Submitted | Closed
)
