"""API keys."""

import ipaddress

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.company import Account, ForAccountQuerySet, Project
from accounts.models.person import User


class Scope(models.TextChoices):
    """What a key may do."""

    SEND = "messages:send", _("send messages")
    READ = "messages:read", _("read messages")
    BALANCE = "balance:read", _("read the balance")
    TEMPLATES_READ = "templates:read", _("read signatures and templates")
    TEMPLATES_WRITE = "templates:write", _("write and submit signatures and templates")
    SUPPRESSIONS_READ = "suppressions:read", _("read suppressed numbers")
    SUPPRESSIONS_WRITE = "suppressions:write", _("suppress numbers and lift that")
    CONSENTS_READ = "consents:read", _("read consents")
    CONSENTS_WRITE = "consents:write", _("record consents")
    QUALIFICATIONS_READ = "qualifications:read", _("read the company's papers")
    QUALIFICATIONS_WRITE = "qualifications:write", _("write and submit the company's papers")
    TRIAL_NUMBERS = "trial_numbers:write", _("keep the numbers to try with")


def check_network(text: str) -> None:
    """An address or a network, whose host bits are nil."""
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        told = _("%(line)s is no address and no network, such as 192.0.2.7 or 192.0.2.0/24.")
        raise ValidationError(told, params={"line": text}) from error


class ApiKey(models.Model):
    """Shown once, stored as SHA-256: 256 random bits need no slow hash."""

    class Mode(models.TextChoices):
        """Whatever a sandbox key sends reaches no phone and costs nothing."""

        LIVE = "live", _("live")
        SANDBOX = "sandbox", _("sandbox")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="api_keys", verbose_name=_("account")
    )
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="api_keys", verbose_name=_("project")
    )
    name = models.CharField(_("name"), max_length=80)
    mode = models.CharField(
        _("mode"), max_length=8, choices=Mode.choices, default=Mode.LIVE, db_default=Mode.LIVE
    )
    # What people and logs may see: enough to recognise a key, nothing to use it.
    prefix = models.CharField(_("prefix"), max_length=24, unique=True)
    digest = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope.choices),
        default=list,
        verbose_name=_("scopes"),
    )
    allowed_networks = ArrayField(
        models.CharField(max_length=43, validators=[check_network]),
        default=list,
        blank=True,
        verbose_name=_("IP list"),
    )
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    # Its people were told so many days before its end; the next time is nearer.
    reminded_days = models.PositiveSmallIntegerField(_("reminded"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    # To the minute.
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
