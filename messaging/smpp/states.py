"""The life of a session: state -> step -> next state. What is not in the table is not allowed.

OPEN ──bind──► BINDING ──accepted──► BOUND ──unbind──► UNBINDING ──unbound──► CLOSED
                  └──refused──► CLOSED       any of them ──close──► CLOSED
"""

from enum import Enum, auto


class State(Enum):
    OPEN = auto()
    BINDING = auto()
    BOUND = auto()
    UNBINDING = auto()
    CLOSED = auto()


class Step(Enum):
    BIND = auto()
    BIND_ACCEPTED = auto()
    BIND_REFUSED = auto()
    REQUEST = auto()  # a submit_sm or deliver_sm of ours
    RECEIVE = auto()  # one of the peer's
    UNBIND = auto()
    UNBOUND = auto()
    CLOSE = auto()


TRANSITIONS: dict[State, dict[Step, State]] = {
    State.OPEN: {
        Step.BIND: State.BINDING,
        Step.UNBIND: State.CLOSED,
        Step.UNBOUND: State.CLOSED,
        Step.CLOSE: State.CLOSED,
    },
    State.BINDING: {
        Step.BIND_ACCEPTED: State.BOUND,
        Step.BIND_REFUSED: State.CLOSED,
        Step.UNBIND: State.CLOSED,
        Step.UNBOUND: State.CLOSED,
        Step.CLOSE: State.CLOSED,
    },
    State.BOUND: {
        Step.REQUEST: State.BOUND,
        Step.RECEIVE: State.BOUND,
        Step.UNBIND: State.UNBINDING,
        Step.UNBOUND: State.CLOSED,
        Step.CLOSE: State.CLOSED,
    },
    State.UNBINDING: {
        # The peer may have sent before it read our unbind; a receipt is worth taking.
        Step.RECEIVE: State.UNBINDING,
        Step.UNBOUND: State.CLOSED,
        Step.CLOSE: State.CLOSED,
    },
    State.CLOSED: {},
}
