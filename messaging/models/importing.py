"""Files of numbers and consents on their way into the register and the ledger."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet
from messaging import states
from messaging.states import ImportState
from smsplatform.core.states import StateQuerySet


class ImportQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.IMPORT


class Import(models.Model):
    """One file. What was understood of it is looked at before it is applied, once."""

    class What(models.TextChoices):
        SUPPRESSIONS = "suppressions", _("numbers that must not be written to")
        CONSENTS = "consents", _("consents")

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account")
    )
    what = models.CharField(_("what"), max_length=12, choices=What.choices)
    name = models.CharField(_("file name"), max_length=120)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.READING
    )
    # Why the file was refused altogether.
    problem = models.CharField(_("why refused"), max_length=40, blank=True)
    # As they stand in the file: what they mean is asked of messaging.services.columns.
    headings = models.JSONField(_("headings"), default=list, blank=True)
    understood = models.PositiveIntegerField(_("understood"), default=0)
    refused = models.PositiveIntegerField(_("not understood"), default=0)
    # Of those understood: taken in so far, and how many changed something.
    applied = models.PositiveIntegerField(_("applied"), default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    last_line = models.PositiveIntegerField(_("applied up to line"), default=0)
    created_by = models.CharField(_("by"), max_length=200)
    created_at = models.DateTimeField(_("uploaded"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["account", "id"], name="import_by_account")]

    def __str__(self) -> str:
        return self.name


class ImportFile(models.Model):
    """The bytes, until a task has read them."""

    owner = models.OneToOneField(
        Import, primary_key=True, on_delete=models.CASCADE, verbose_name=_("import")
    )
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")

    def __str__(self) -> str:
        return str(self.owner_id)


class ImportRow(models.Model):
    """A line of the file, the first below the headings being 2: what it means, or why it is
    refused and what stood there."""

    owner = models.ForeignKey(
        Import, on_delete=models.CASCADE, related_name="rows", verbose_name=_("import")
    )
    line = models.PositiveIntegerField(_("line"))
    problem = models.CharField(_("why refused"), max_length=40, blank=True)
    field = models.CharField(_("column"), max_length=20, blank=True)
    values = models.JSONField(_("values"), default=dict)

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        constraints = [models.UniqueConstraint(fields=["owner", "line"], name="import_line_once")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.line}"
