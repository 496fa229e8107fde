"""What whoever registers agrees to, in versions; who agreed to which; and who tried to register."""

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.company import Account, ForAccountQuerySet
from accounts.models.person import User


class TermsQuerySet(models.QuerySet[Any]):
    def in_force(self) -> "TermsQuerySet":
        """The newest of each kind that has begun, by the database's time."""
        begun = self.filter(in_force_at__lte=Now())
        return begun.order_by("kind", "-in_force_at", "-id").distinct("kind")


class TermsVersion(models.Model):
    """A text that was ever agreed to is never changed: what changes is a new version."""

    class Kind(models.TextChoices):
        TERMS = "terms", _("terms of service")
        ANTI_SPAM = "anti_spam", _("anti-spam undertaking")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    version = models.CharField(_("version"), max_length=20)
    # By language, as LANGUAGES names them; paragraphs are parted by an empty line.
    texts = models.JSONField(_("texts"))
    in_force_at = models.DateTimeField(_("in force from"))

    objects = TermsQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of terms")
        verbose_name_plural = _("versions of terms")
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="terms_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"


class Acceptance(models.Model):
    """Who agreed for which account, when and from where."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("user"))
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="acceptances", verbose_name=_("account")
    )
    version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, verbose_name=_("version"))
    at = models.DateTimeField(_("time"))
    address = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    # Somebody who was invited agrees for themselves; for the account only who may bind it.
    binds_account = models.BooleanField(_("binds the account"), default=True, db_default=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("acceptance of terms")
        verbose_name_plural = _("acceptances of terms")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "account", "version", "binds_account"], name="accepted_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.version}"


class SignupTry(models.Model):
    """One answer to the registration form: enough to know a flood by, for a day.

    Kept: a keyed fingerprint of the address (of a network of /64 where it is IPv6), never the
    address; which form it answered; whether it led to an account; when.
    """

    fingerprint = models.CharField(_("fingerprint of the address"), max_length=64)
    ticket = models.CharField(_("form"), max_length=32, blank=True)
    has_registered = models.BooleanField(_("led to an account"))
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("registration attempt")
        verbose_name_plural = _("registration attempts")
        indexes = [models.Index(fields=["fingerprint", "at"], name="signup_tries_of_address")]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(has_registered=True), name="ticket_used_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.fingerprint[:8]}"
