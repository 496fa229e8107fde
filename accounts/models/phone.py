"""Numbers that somebody says they hold, and the codes by which they show it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.company import Account, ForAccountQuerySet


class PhoneCode(models.Model):
    """A code on its way to a number. Only a keyed hash of it is kept; sealed, until it is sent."""

    class Purpose(models.TextChoices):
        PERSON = "person", _("a person's own phone")
        HANDLER = "handler", _("the handler of a qualification")
        TRIAL = "trial", _("a number to try the platform with")

    number = models.CharField(_("number"), max_length=20)
    purpose = models.CharField(_("purpose"), max_length=8, choices=Purpose.choices)
    # As the audit writes it: `user:5`, `key:7`.
    asked_by = models.CharField(_("asked for by"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    digest = models.CharField(max_length=64, editable=False)
    sealed_code = models.TextField(editable=False, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # Why it could not be sent: the code of the refusal.
    refusal = models.CharField(_("not sent because"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("asked for"))
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("code to a phone")
        verbose_name_plural = _("codes to phones")
        indexes = [
            models.Index(fields=["number", "created_at"], name="code_by_number"),
            models.Index(fields=["asked_by", "created_at"], name="code_by_asker"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.created_at:%Y-%m-%d %H:%M}"


class TrialNumber(models.Model):
    """A phone of its own that an account tries the platform with before it is live: proved, and of
    one account at a time."""

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="+", verbose_name=_("account")
    )
    number = models.CharField(_("number"), max_length=20)
    proved_at = models.DateTimeField(_("proved"))
    # As the audit writes it: `user:5`, `key:7`.
    proved_by = models.CharField(_("proved by"), max_length=40)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("trial number")
        verbose_name_plural = _("trial numbers")
        constraints = [models.UniqueConstraint(fields=["number"], name="trial_number_once")]

    def __str__(self) -> str:
        return self.number
