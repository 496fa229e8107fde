"""States of signatures and templates.

draft ⇄ in_review → approved → withdrawn;  in_review ⇄ rejected
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from smsplatform.core.states import Machine


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


_R = ReviewState
REVIEW = Machine(
    first=[_R.DRAFT],
    table={
        _R.DRAFT: [_R.IN_REVIEW],
        _R.IN_REVIEW: [_R.APPROVED, _R.REJECTED, _R.DRAFT],
        _R.APPROVED: [_R.WITHDRAWN],
        _R.REJECTED: [_R.IN_REVIEW],
        _R.WITHDRAWN: [],
    },
)
