"""Whom nobody may write to, and what people have agreed to."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet
from templates_app.models import MessageClass, Signature


class RegisterQuerySet(ForAccountQuerySet):
    def page(self, *, cursor: UUID | None, limit: int) -> tuple[list[Any], UUID | None]:
        """Newest first, and where the next page begins; ids tell the time."""
        found = self.filter(id__lt=cursor) if cursor else self
        rows = list(found.order_by("-id")[: limit + 1])
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


class SuppressionQuerySet(RegisterQuerySet):
    def in_force(self, now: datetime) -> Self:
        lasts = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now)
        return self.filter(lasts, lifted_at__isnull=True)

    def over(self, now: datetime) -> Self:
        return self.filter(models.Q(expires_at__lte=now) | models.Q(lifted_at__isnull=False))


class Suppression(models.Model):
    """A number that must not be written to: by anybody, by an account, or by an account with one
    signature or in one class. A row is lifted, never deleted."""

    class Source(models.TextChoices):
        REPLY = "reply", _("the recipient replied so")
        COMPLAINT = "complaint", _("complaint")
        CARRIER = "carrier", _("carrier")
        MANUAL = "manual", _("entered by hand")
        IMPORT = "import", _("imported")
        API = "api", _("API")

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    # None: the whole platform's, which only the staff may touch.
    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("account"),
    )
    signature = models.ForeignKey(
        Signature,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("signature"),
    )
    message_class = models.CharField(
        _("class"), max_length=12, blank=True, choices=MessageClass.choices
    )
    number = models.CharField(_("number"), max_length=16)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    # What the recipient wrote, and in which message (messaging.Inbound).
    word = models.CharField(_("word"), max_length=30, blank=True)
    inbound_id = models.UUIDField(_("message from the phone"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("since"))
    created_by = models.CharField(_("by"), max_length=200, blank=True)
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.CharField(_("lifted by"), max_length=200, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suppressed number")
        verbose_name_plural = _("suppressed numbers")
        constraints = [
            # Also what acceptance and claim look numbers up by.
            models.UniqueConstraint(
                fields=["number", "account", "signature", "message_class"],
                condition=models.Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="suppressed_once",
            ),
            models.CheckConstraint(
                condition=models.Q(account__isnull=False) | models.Q(signature__isnull=True),
                name="suppressed_signature_of_account",
            ),
        ]
        indexes = [
            # The customer's list, newest first, and the search for one number in it.
            models.Index(fields=["account", "id"], name="suppressed_by_account"),
            models.Index(fields=["account", "number"], name="suppressed_history"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_binding(self) -> bool:
        """What the recipient, an authority or a carrier has said: a customer cannot undo it."""
        return self.source in (self.Source.REPLY, self.Source.COMPLAINT, self.Source.CARRIER)


class ConsentEntry(models.Model):
    """What somebody agreed to or took back, and the proof. Written once: the database refuses to
    change or delete it. The latest entry of a number counts."""

    class Act(models.TextChoices):
        GRANTED = "granted", _("given")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Source(models.TextChoices):
        FORM = "form", _("form on a page or in an app")
        PAPER = "paper", _("signed on paper")
        PHONE = "phone", _("said on the phone")
        REPLY = "reply", _("the recipient replied so")
        IMPORT = "import", _("imported")
        OTHER = "other", _("another way")

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("account"),
    )
    signature = models.ForeignKey(
        Signature,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("signature"),
    )
    number = models.CharField(_("number"), max_length=16)
    message_class = models.CharField(_("class"), max_length=12, choices=MessageClass.choices)
    act = models.CharField(_("consent"), max_length=9, choices=Act.choices)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    # Which wording was agreed to, and what proves it: a file's name, a page, a message's id.
    text_version = models.CharField(_("version of the text"), max_length=60, blank=True)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)
    at = models.DateTimeField(_("time"))
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.CharField(_("recorded by"), max_length=200)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            models.Index(
                fields=["account", "number", "message_class", "at"], name="consent_of_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.act}"
