"""What may be said: signatures and templates with typed variables."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet
from smsplatform.core.states import StateQuerySet
from templates_app import states
from templates_app.states import ReviewState


class MessageClass(models.TextChoices):
    """Also the order of urgency: a code waits for nobody, marketing for everybody."""

    VERIFICATION = "verification", _("verification")
    NOTICE = "notice", _("notice")
    MARKETING = "marketing", _("marketing")


class ReviewQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.REVIEW


class Signature(models.Model):
    """The name that stands before the text, exact to the letter."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="signatures", verbose_name=_("account")
    )
    text = models.CharField(_("signature"), max_length=16)
    state = models.CharField(
        _("state"), max_length=10, choices=ReviewState.choices, default=ReviewState.DRAFT
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [models.UniqueConstraint(fields=["account", "text"], name="signature_once")]

    def __str__(self) -> str:
        return self.text


class Template(models.Model):
    """`variables` lists {"name", "type"} (types: see rendering); the body names them as ${name}."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="templates", verbose_name=_("account")
    )
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=60)
    message_class = models.CharField(_("class"), max_length=12, choices=MessageClass.choices)
    body = models.CharField(_("text"), max_length=500)
    variables = models.JSONField(_("variables"), default=list, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ReviewState.choices, default=ReviewState.DRAFT
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        constraints = [
            models.UniqueConstraint(fields=["account", "code"], name="template_code_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
