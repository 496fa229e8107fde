"""The name before the text, and what operators say of it."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet
from smsplatform.core.states import StateQuerySet
from smsplatform.core.text import operators
from templates_app import states
from templates_app.models.choices import FilingReason, Market
from templates_app.states import FilingState, ReviewState


class ReviewQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.REVIEW


class NextExtension(models.Func):
    """One number for one signature, never given twice; six digits behind the platform's own."""

    template = "nextval('templates_app_extension')"
    output_field = models.PositiveIntegerField()


class Signature(models.Model):
    """The name that stands before the text, exact to the letter."""

    class Kind(models.TextChoices):
        GENERAL = "general", _("every class")
        VERIFICATION = "verification", _("verification only")

    class Source(models.TextChoices):
        COMPANY = "company", _("name of the company")
        TRADEMARK = "trademark", _("trademark")
        GOVERNMENT = "government", _("public body")
        WEBSITE = "website", _("website")
        APP = "app", _("app")
        SHOP = "shop", _("online shop")
        OFFICIAL_ACCOUNT = "official_account", _("official account or mini programme")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="signatures", verbose_name=_("account")
    )
    public_id = models.UUIDField(
        _("public ID"), default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False
    )
    text = models.CharField(_("signature"), max_length=16)
    market = models.CharField(
        _("market"), max_length=13, choices=Market.choices, default=Market.CHINA, db_default="china"
    )
    kind = models.CharField(
        _("used for"),
        max_length=12,
        choices=Kind.choices,
        default=Kind.GENERAL,
        db_default="general",
    )
    source = models.CharField(
        _("source"),
        max_length=16,
        choices=Source.choices,
        default=Source.COMPANY,
        db_default="company",
    )
    # A number of the trademark, an address of the website: what a reviewer looks up.
    evidence = models.CharField(
        _("evidence"), max_length=500, blank=True, default="", db_default=""
    )
    is_for_self = models.BooleanField(
        _("for the account's own business"), default=True, db_default=True
    )
    # Replies to it find this signature; operators refuse a number that two signatures share.
    extension = models.PositiveIntegerField(
        _("extension code"), unique=True, editable=False, db_default=NextExtension()
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ReviewState.choices, default=ReviewState.DRAFT
    )
    # Of the last decision: {"code", "field", "text"} each.
    reasons = models.JSONField(
        _("reasons"), default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [models.UniqueConstraint(fields=["account", "text"], name="signature_once")]

    def __str__(self) -> str:
        return self.text


class FilingQuerySet(StateQuerySet):
    machine = states.FILING


class SignatureFiling(models.Model):
    """A signature with one operator. Our review is another axis; both must agree."""

    class Operator(models.TextChoices):
        MOBILE = operators.MOBILE, _("China Mobile")
        UNICOM = operators.UNICOM, _("China Unicom")
        TELECOM = operators.TELECOM, _("China Telecom")
        BROADNET = operators.BROADNET, _("China Broadnet")

    signature = models.ForeignKey(
        Signature, on_delete=models.CASCADE, related_name="filings", verbose_name=_("signature")
    )
    operator = models.CharField(_("operator"), max_length=10, choices=Operator.choices)
    state = models.CharField(
        _("state"), max_length=16, choices=FilingState.choices, default=FilingState.NOT_FILED
    )
    reason = models.CharField(
        _("reason"), max_length=30, choices=FilingReason.choices, default=FilingReason.NON_REGISTER
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    # Until then the operator has promised to answer.
    due_at = models.DateTimeField(_("answer due"), null=True, blank=True)
    filed_at = models.DateTimeField(_("filed"), null=True, blank=True)
    last_sent_at = models.DateTimeField(_("last sent"), null=True, blank=True)
    # Operators forget who says nothing; every message puts it off.
    lapses_at = models.DateTimeField(_("lapses"), null=True, blank=True)
    # The last reminder of that lapse, in days before it.
    reminded_days = models.PositiveSmallIntegerField(_("reminded, days"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)

    objects = FilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("filing of a signature")
        verbose_name_plural = _("filings of signatures")
        constraints = [
            models.UniqueConstraint(fields=["signature", "operator"], name="filing_once")
        ]
        indexes = [
            models.Index(fields=["lapses_at"], name="filing_by_lapse"),
            # The desk of one operator.
            models.Index(fields=["operator", "state"], name="filing_by_operator"),
        ]

    def __str__(self) -> str:
        return f"{self.signature} · {self.get_operator_display()}"
