"""States of accounts and of what belongs to them.

Account (what happens to queued messages and to keys):

    active ⇄ in_arrears   queued messages wait, keys answer 402 for what is unpaid
    active ⇄ suspended    queued messages wait, keys answer 403
    *      → frozen       queued messages are cancelled, keys answer 403
    *      → closed       as frozen, for good

Qualification (one version of it; a mended one is a new version):

    draft ⇄ in_review → approved → expired
            in_review ⇄ needs_more;  in_review → rejected;  approved → replaced (by its successor)

Document:   quarantined → clean | refused;  * → purged (of a closed account, when its term is over)

Webhook delivery:   pending → delivered | dead;  dead → pending (replay)
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from smsplatform.core.states import Machine


class AccountState(models.TextChoices):
    ACTIVE = "active", _("active")
    IN_ARREARS = "in_arrears", _("in arrears")
    SUSPENDED = "suspended", _("suspended")
    FROZEN = "frozen", _("frozen")
    CLOSED = "closed", _("closed")


class QualificationState(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    NEEDS_MORE = "needs_more", _("needs more")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    EXPIRED = "expired", _("expired")
    REPLACED = "replaced", _("replaced")


class DocumentState(models.TextChoices):
    QUARANTINED = "quarantined", _("being checked")
    CLEAN = "clean", _("checked")
    REFUSED = "refused", _("refused")
    PURGED = "purged", _("removed")


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("pending")
    DELIVERED = "delivered", _("delivered")
    DEAD = "dead", _("dead")


_A = AccountState
ACCOUNT = Machine(
    first=[_A.ACTIVE],
    table={
        _A.ACTIVE: [_A.IN_ARREARS, _A.SUSPENDED, _A.FROZEN, _A.CLOSED],
        _A.IN_ARREARS: [_A.ACTIVE, _A.SUSPENDED, _A.FROZEN, _A.CLOSED],
        _A.SUSPENDED: [_A.ACTIVE, _A.FROZEN, _A.CLOSED],
        _A.FROZEN: [_A.ACTIVE, _A.CLOSED],
        _A.CLOSED: [],
    },
)

_Q = QualificationState
QUALIFICATION = Machine(
    first=[_Q.DRAFT],
    table={
        _Q.DRAFT: [_Q.IN_REVIEW],
        _Q.IN_REVIEW: [_Q.APPROVED, _Q.NEEDS_MORE, _Q.REJECTED, _Q.DRAFT],
        _Q.NEEDS_MORE: [_Q.IN_REVIEW],
        _Q.APPROVED: [_Q.EXPIRED, _Q.REPLACED],
        _Q.REJECTED: [],
        _Q.EXPIRED: [],
        _Q.REPLACED: [],
    },
)

_F = DocumentState
DOCUMENT = Machine(
    first=[_F.QUARANTINED, _F.CLEAN],
    table={
        _F.QUARANTINED: [_F.CLEAN, _F.REFUSED, _F.PURGED],
        _F.CLEAN: [_F.PURGED],
        _F.REFUSED: [_F.PURGED],
        _F.PURGED: [],
    },
)

_D = DeliveryState
DELIVERY = Machine(
    first=[_D.PENDING],
    table={
        _D.PENDING: [_D.DELIVERED, _D.DEAD],
        _D.DEAD: [_D.PENDING],
        _D.DELIVERED: [],
    },
)
