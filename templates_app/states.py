"""States of signatures and templates.

Signature, and template as a whole:

    draft ⇄ in_review → approved ⇄ suspended → withdrawn;  in_review → rejected → in_review
    whatever is not in review may be withdrawn for good

Version of a template (an edit makes one; what is approved stays in force until the next is):

    draft ⇄ in_review → approved → superseded;  in_review → rejected

Filing of a signature with one operator:

    not_filed → filing → filed_unverified → filed → lapsed → filing
                       ↘ failed → filing;  an operator may fail any of them

Table of results of an operator:

    read → applied
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from smsplatform.core.states import Machine


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    SUSPENDED = "suspended", _("suspended")
    WITHDRAWN = "withdrawn", _("withdrawn")


class VersionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    SUPERSEDED = "superseded", _("superseded")


class FilingState(models.TextChoices):
    NOT_FILED = "not_filed", _("not filed")
    FILING = "filing", _("being filed")
    FILED_UNVERIFIED = "filed_unverified", _("filed, not yet verified")
    FILED = "filed", _("filed")
    FAILED = "failed", _("refused")
    LAPSED = "lapsed", _("lapsed")


class ImportState(models.TextChoices):
    READ = "read", _("read, nothing changed yet")
    APPLIED = "applied", _("applied")


_R = ReviewState
REVIEW = Machine(
    first=[_R.DRAFT],
    table={
        _R.DRAFT: [_R.IN_REVIEW, _R.WITHDRAWN],
        _R.IN_REVIEW: [_R.APPROVED, _R.REJECTED, _R.DRAFT],
        _R.APPROVED: [_R.SUSPENDED, _R.WITHDRAWN],
        _R.REJECTED: [_R.IN_REVIEW, _R.WITHDRAWN],
        _R.SUSPENDED: [_R.APPROVED, _R.WITHDRAWN],
        _R.WITHDRAWN: [],
    },
)

_V = VersionState
VERSION = Machine(
    first=[_V.DRAFT],
    table={
        _V.DRAFT: [_V.IN_REVIEW],
        _V.IN_REVIEW: [_V.APPROVED, _V.REJECTED, _V.DRAFT],
        _V.APPROVED: [_V.SUPERSEDED],
        _V.REJECTED: [],
        _V.SUPERSEDED: [],
    },
)

_F = FilingState
FILING = Machine(
    first=[_F.NOT_FILED],
    table={
        _F.NOT_FILED: [_F.FILING, _F.FAILED],
        _F.FILING: [_F.FILED_UNVERIFIED, _F.FILED, _F.FAILED],
        _F.FILED_UNVERIFIED: [_F.FILED, _F.FAILED, _F.LAPSED],
        _F.FILED: [_F.FAILED, _F.LAPSED],
        _F.FAILED: [_F.FILING],
        _F.LAPSED: [_F.FILING, _F.FAILED],
    },
)

_I = ImportState
IMPORT = Machine(first=[_I.READ], table={_I.READ: [_I.APPLIED], _I.APPLIED: []})
