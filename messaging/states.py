"""The life of a message, and of one attempt to hand it to a carrier.

                 ┌────────────── review ──► rejected*
 new ──► scheduled ─► queued ─► sending ─► sent ─► delivered | undelivered°
                 │      ▲  │       │  ▲      └───► no_receipt° (72 h) ─► delivered | undelivered
                 │      │  │       │  └─ released, refused for now
                 ▼      │  ▼       ▼
            cancelled*  │ expired* uncertain ─► sent | delivered | undelivered
                        └─────────── (resend, once)  └► failed*

* refunded in full, once      ° too, where the price's basis is `delivered`

The database holds the same pairs and refuses every other move (migration `guard_states`).

Hold (what a request has in review; a decision is carried out group by group afterwards):

    waiting → passing → passed;  waiting → rejecting → rejected
    waiting → over, when nothing of it is in review any more

Import (a file of numbers or consents; its owner looks at it before it is applied):

    reading → ready → applying → done;  reading → refused
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from smsplatform.core.states import Machine


class State(models.TextChoices):
    SCHEDULED = "scheduled", _("scheduled")
    REVIEW = "review", _("in review")
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("sending")
    UNCERTAIN = "uncertain", _("uncertain")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    UNDELIVERED = "undelivered", _("undelivered")
    NO_RECEIPT = "no_receipt", _("no receipt")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")
    REJECTED = "rejected", _("rejected")
    CANCELLED = "cancelled", _("cancelled")


class ImportState(models.TextChoices):
    READING = "reading", _("being read")
    REFUSED = "refused", _("refused")
    READY = "ready", _("to be looked at")
    APPLYING = "applying", _("being applied")
    DONE = "done", _("applied")


class HoldState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    PASSING = "passing", _("being let go")
    PASSED = "passed", _("let go")
    REJECTING = "rejecting", _("being rejected")
    REJECTED = "rejected", _("rejected")
    OVER = "over", _("over")


class AttemptState(models.TextChoices):
    CLAIMED = "claimed", _("claimed")
    SUBMITTING = "submitting", _("submitting")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    RELEASED = "released", _("released")
    UNCERTAIN = "uncertain", _("uncertain")
    SUPERSEDED = "superseded", _("superseded")
    WRITTEN_OFF = "written_off", _("written off")


_S = State
MESSAGE = Machine(
    first=[_S.SCHEDULED, _S.REVIEW, _S.QUEUED],
    table={
        _S.SCHEDULED: [_S.QUEUED, _S.REVIEW, _S.CANCELLED, _S.EXPIRED],
        _S.REVIEW: [_S.QUEUED, _S.SCHEDULED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED],
        _S.QUEUED: [_S.SENDING, _S.REVIEW, _S.CANCELLED, _S.EXPIRED, _S.FAILED],
        _S.SENDING: [_S.SENT, _S.QUEUED, _S.FAILED, _S.UNCERTAIN, _S.EXPIRED],
        _S.UNCERTAIN: [_S.SENT, _S.DELIVERED, _S.UNDELIVERED, _S.QUEUED, _S.FAILED],
        _S.SENT: [_S.DELIVERED, _S.UNDELIVERED, _S.NO_RECEIPT],
        _S.NO_RECEIPT: [_S.DELIVERED, _S.UNDELIVERED],
        _S.DELIVERED: [],
        _S.UNDELIVERED: [],
        _S.FAILED: [],
        _S.EXPIRED: [],
        _S.REJECTED: [],
        _S.CANCELLED: [],
    },
)

# Nearly every message passes through these, and no index knows them: moving among them stays HOT.
COMMON = frozenset({_S.QUEUED, _S.SENDING, _S.UNCERTAIN, _S.SENT, _S.DELIVERED})
# A customer may still take these back; those have left, or are about to.
CANCELLABLE = frozenset({_S.SCHEDULED, _S.REVIEW, _S.QUEUED})
ON_THEIR_WAY = frozenset({_S.SENDING, _S.UNCERTAIN, _S.SENT})
# No carrier took these: the customer gets everything back.
NEVER_ACCEPTED = frozenset({_S.FAILED, _S.EXPIRED, _S.REJECTED, _S.CANCELLED})
# Refunded too where the price's basis is `delivered`.
NOT_DELIVERED = frozenset({_S.UNDELIVERED, _S.NO_RECEIPT})
# What a customer is told by webhook.
TOLD = NEVER_ACCEPTED | NOT_DELIVERED | {_S.DELIVERED}

_A = AttemptState
ATTEMPT = Machine(
    first=[_A.CLAIMED],
    table={
        _A.CLAIMED: [_A.SUBMITTING, _A.RELEASED],
        _A.SUBMITTING: [_A.ACCEPTED, _A.REFUSED, _A.RELEASED, _A.UNCERTAIN],
        _A.UNCERTAIN: [_A.ACCEPTED, _A.REFUSED, _A.SUPERSEDED, _A.WRITTEN_OFF],
        _A.SUPERSEDED: [],
        _A.WRITTEN_OFF: [],
        _A.ACCEPTED: [],
        _A.REFUSED: [],
        _A.RELEASED: [],
    },
)

_H = HoldState
IMPORT = Machine(
    first=[ImportState.READING],
    table={
        ImportState.READING: [ImportState.READY, ImportState.REFUSED],
        ImportState.READY: [ImportState.APPLYING],
        ImportState.APPLYING: [ImportState.DONE],
        ImportState.REFUSED: [],
        ImportState.DONE: [],
    },
)
HOLD = Machine(
    first=[_H.WAITING],
    table={
        _H.WAITING: [_H.PASSING, _H.REJECTING, _H.OVER],
        _H.PASSING: [_H.PASSED],
        _H.REJECTING: [_H.REJECTED],
        _H.PASSED: [],
        _H.REJECTED: [],
        _H.OVER: [],
    },
)
OPEN_HOLDS = (_H.WAITING, _H.PASSING, _H.REJECTING)

OPEN_ATTEMPTS = (_A.CLAIMED, _A.SUBMITTING, _A.UNCERTAIN)


def rare(state: str) -> str:
    """The state if few messages are in it, so that an index may find them; else nothing."""
    return "" if state in COMMON else str(state)
