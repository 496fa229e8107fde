"""What proves who a company is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import states
from accounts.models.company import Account, ForAccountQuerySet
from accounts.states import QualificationState
from smsplatform.core.states import StateQuerySet


class QualificationQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.QUALIFICATION


class Qualification(models.Model):
    """What proves who the company is. The approved version stays in force until replaced."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        PERSON = "person", _("person")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="qualifications", verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.COMPANY)
    name = models.CharField(_("registered name"), max_length=150)
    # 统一社会信用代码 in China, the company number elsewhere.
    registration_number = models.CharField(_("registration number"), max_length=40)
    country = models.CharField(_("country"), max_length=2, default="CN")
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=QualificationState.choices,
        default=QualificationState.DRAFT,
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_until_date = models.DateField(_("valid until"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = QualificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "registration_number", "version"], name="qualification_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
