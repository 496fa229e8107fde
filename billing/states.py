"""What may follow what. States of a version of a price list:

    draft → published → withdrawn (until it is in force)
    draft → withdrawn

What was published never changes: the database refuses it.

Of a credit note:

    proposed → issued | refused

Of a fapiao; a reversed one makes room for another:

    requested → issued → reversed
    requested → refused | cancelled

Of an invoice that falls due:

    open → paid | written_off
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from smsplatform.core.states import Machine


class VersionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


_V = VersionState
VERSION = Machine(
    first=[_V.DRAFT],
    table={
        _V.DRAFT: [_V.PUBLISHED, _V.WITHDRAWN],
        _V.PUBLISHED: [_V.WITHDRAWN],
        _V.WITHDRAWN: [],
    },
)


class OrderState(models.TextChoices):
    """Of what a customer buys:

        open → paid → partly_reversed → reversed
        open → cancelled | expired → paid (money that comes late is credited all the same)

    A dispute that is won leads back, from `reversed` too.
    """

    OPEN = "open", _("open")
    PAID = "paid", _("paid")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")
    PARTLY_REVERSED = "partly_reversed", _("partly reversed")
    REVERSED = "reversed", _("reversed")


_O = OrderState
ORDER = Machine(
    first=[_O.OPEN],
    table={
        _O.OPEN: [_O.PAID, _O.CANCELLED, _O.EXPIRED],
        _O.CANCELLED: [_O.PAID],
        _O.EXPIRED: [_O.PAID],
        _O.PAID: [_O.PARTLY_REVERSED, _O.REVERSED],
        _O.PARTLY_REVERSED: [_O.REVERSED, _O.PAID],
        _O.REVERSED: [_O.PARTLY_REVERSED, _O.PAID],
    },
)


class RefundState(models.TextChoices):
    """Of money that we give back: asked → done | failed; a bank may refuse it even after that.

    What it takes from wallets is taken when it is asked for, and given back when it fails.
    """

    ASKED = "asked", _("on its way")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


_R = RefundState
REFUND = Machine(
    first=[_R.ASKED],
    table={_R.ASKED: [_R.DONE, _R.FAILED], _R.DONE: [_R.FAILED], _R.FAILED: []},
)


class NoticeState(models.TextChoices):
    """Of what a payment provider told: waiting → done | parked; parked → done, when a person or a
    reconciliation has found what it speaks of."""

    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    PARKED = "parked", _("parked")


_N = NoticeState
NOTICE = Machine(
    first=[_N.WAITING],
    table={_N.WAITING: [_N.DONE, _N.PARKED], _N.PARKED: [_N.DONE], _N.DONE: []},
)


class LineState(models.TextChoices):
    """Of a line of a bank statement: unmatched → matched | dismissed."""

    UNMATCHED = "unmatched", _("unmatched")
    MATCHED = "matched", _("matched")
    DISMISSED = "dismissed", _("dismissed")


_L = LineState
LINE = Machine(
    first=[_L.UNMATCHED],
    table={_L.UNMATCHED: [_L.MATCHED, _L.DISMISSED], _L.MATCHED: [], _L.DISMISSED: []},
)


class CreditNoteState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    ISSUED = "issued", _("issued")
    REFUSED = "refused", _("refused")


_C = CreditNoteState
CREDIT_NOTE = Machine(
    first=[_C.PROPOSED],
    table={_C.PROPOSED: [_C.ISSUED, _C.REFUSED], _C.ISSUED: [], _C.REFUSED: []},
)


class FapiaoState(models.TextChoices):
    REQUESTED = "requested", _("requested")
    ISSUED = "issued", _("issued")
    REVERSED = "reversed", _("reversed")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled")


_F = FapiaoState
FAPIAO = Machine(
    first=[_F.REQUESTED],
    table={
        _F.REQUESTED: [_F.ISSUED, _F.REFUSED, _F.CANCELLED],
        _F.ISSUED: [_F.REVERSED],
        _F.REVERSED: [],
        _F.REFUSED: [],
        _F.CANCELLED: [],
    },
)
# Such a one speaks for its money.
FAPIAO_STANDING = (_F.REQUESTED, _F.ISSUED)


class ReceivableState(models.TextChoices):
    OPEN = "open", _("open")
    PAID = "paid", _("paid")
    WRITTEN_OFF = "written_off", _("written off")


_D = ReceivableState
RECEIVABLE = Machine(
    first=[_D.OPEN], table={_D.OPEN: [_D.PAID, _D.WRITTEN_OFF], _D.PAID: [], _D.WRITTEN_OFF: []}
)
