"""Templates, their versions, and the links and numbers they may name."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from smsplatform.core.states import StateQuerySet
from templates_app import states
from templates_app.models.choices import Market, MessageClass
from templates_app.models.signature import ReviewQuerySet
from templates_app.states import ReviewState, VersionState


class Template(models.Model):
    """What is in force, ready to be rendered without a join; before the first approval, the draft.

    `variables` lists {"name", "type"} (types: see variables); the body names them as ${name}.
    """

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="templates", verbose_name=_("account")
    )
    public_id = models.UUIDField(
        _("public ID"), default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False
    )
    code = models.CharField(_("code"), max_length=40)
    # The same text in another language has the same code; who is asked for none reads the main one.
    locale = models.CharField(_("language"), max_length=12, default="zh-Hans", db_default="zh-Hans")
    is_main = models.BooleanField(_("main language"), default=True, db_default=True)
    name = models.CharField(_("name"), max_length=60)
    message_class = models.CharField(_("class"), max_length=12, choices=MessageClass.choices)
    market = models.CharField(
        _("market"), max_length=13, choices=Market.choices, default=Market.CHINA, db_default="china"
    )
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
            models.UniqueConstraint(
                fields=["account", "code", "locale"], name="template_once_a_language"
            ),
            models.UniqueConstraint(
                fields=["account", "code"],
                condition=models.Q(is_main=True),
                name="one_main_language",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class VersionQuerySet(StateQuerySet):
    machine = states.VERSION


class TemplateVersion(models.Model):
    """One wording of a template on its way through review. What was decided is never changed."""

    template = models.ForeignKey(
        Template, on_delete=models.CASCADE, related_name="versions", verbose_name=_("template")
    )
    number = models.PositiveIntegerField(_("number"))
    body = models.CharField(_("text"), max_length=500)
    variables = models.JSONField(_("variables"), default=list, blank=True)
    # When and to whom it is sent, for the reviewer.
    remark = models.CharField(_("remark"), max_length=200, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=VersionState.choices, default=VersionState.DRAFT
    )
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_by = models.CharField(_("by"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"))

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a template")
        verbose_name_plural = _("versions of templates")
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["template"],
                condition=models.Q(state__in=["draft", "in_review"]),
                name="one_open_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} v{self.number}"


class BoundItem(models.Model):
    """A link or a number that a version may name: operators file it together with its owner."""

    class Kind(models.TextChoices):
        LINK = "link", _("link")
        NUMBER = "number", _("telephone number")

    version = models.ForeignKey(
        TemplateVersion, on_delete=models.CASCADE, related_name="bound", verbose_name=_("version")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    value = models.CharField(_("link or number"), max_length=255)
    owner = models.CharField(_("owner"), max_length=150, blank=True)
    owner_number = models.CharField(_("registration number"), max_length=40, blank=True)
    # ICP 备案号 of the domain: operators of China demand it.
    icp_number = models.CharField(_("ICP number"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("bound link or number")
        verbose_name_plural = _("bound links and numbers")
        constraints = [
            models.UniqueConstraint(fields=["version", "kind", "value"], name="bound_once")
        ]

    def __str__(self) -> str:
        return self.value
