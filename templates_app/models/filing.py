"""How signatures are handed in with operators, and what comes back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Qualification, User
from smsplatform.core.states import StateQuerySet
from templates_app import states
from templates_app.models.signature import SignatureFiling
from templates_app.states import FilingState, ImportState

_Operator = SignatureFiling.Operator
_RESULTS = [choice for choice in FilingState.choices if choice[0] != FilingState.NOT_FILED]


class FilingTerms(models.Model):
    """How an operator works: staff set it as it changes."""

    operator = models.CharField(
        _("operator"), max_length=10, choices=_Operator.choices, unique=True
    )
    # Working days, by the staff's calendar.
    answer_days = models.PositiveSmallIntegerField(_("answers within, working days"), default=15)
    most_signatures = models.PositiveSmallIntegerField(_("signatures in a pack"), default=200)

    class Meta:
        verbose_name = _("terms of an operator")
        verbose_name_plural = _("terms of operators")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer_days__range=(1, 250), most_signatures__range=(1, 500)),
                name="filing_terms_within_reason",
            )
        ]

    def __str__(self) -> str:
        return str(self.get_operator_display())


class FilingPack(models.Model):
    """Signatures that were handed in together. Its files are made anew from what is kept here:
    neither its lines nor the papers of a judged qualification ever change."""

    operator = models.CharField(_("operator"), max_length=10, choices=_Operator.choices)
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, verbose_name=_("by"), related_name="+"
    )
    created_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("pack for an operator")
        verbose_name_plural = _("packs for operators")

    def __str__(self) -> str:
        return f"{self.get_operator_display()} {self.created_at:%Y-%m-%d} #{self.pk}"


class FilingLine(models.Model):
    """One signature as it was handed in: `cells` by the names of packing.COLUMNS; its people stand
    in the qualification."""

    pack = models.ForeignKey(
        FilingPack, on_delete=models.CASCADE, related_name="lines", verbose_name=_("pack")
    )
    filing = models.ForeignKey(
        SignatureFiling, on_delete=models.PROTECT, related_name="lines", verbose_name=_("filing")
    )
    qualification = models.ForeignKey(
        Qualification,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("qualification"),
    )
    # Results name it where they do not repeat our reference.
    credit_code = models.CharField(_("credit code"), max_length=40, blank=True)
    cells = models.JSONField(_("cells"))

    class Meta:
        verbose_name = _("line of a pack")
        verbose_name_plural = _("lines of packs")
        constraints = [
            models.UniqueConstraint(fields=["pack", "filing"], name="filing_once_in_a_pack")
        ]

    def __str__(self) -> str:
        return f"{self.pack_id}: {self.filing_id}"


class FilingWord(models.Model):
    """How operators write a result; each writes it otherwise."""

    word = models.CharField(_("word"), max_length=40, unique=True)
    state = models.CharField(_("means"), max_length=16, choices=_RESULTS)

    class Meta:
        verbose_name = _("word for a result")
        verbose_name_plural = _("words for results")

    def __str__(self) -> str:
        return self.word


class ImportQuerySet(StateQuerySet):
    machine = states.IMPORT


class FilingImport(models.Model):
    """A table of results as it was understood. `rows` are [row, filing, state, reason, note] each,
    `problems` [row, code, what stood there]."""

    operator = models.CharField(_("operator"), max_length=10, choices=_Operator.choices)
    name = models.CharField(_("file name"), max_length=120)
    digest = models.CharField(_("SHA-256"), max_length=64)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.READ
    )
    rows = models.JSONField(_("rows"), default=list)
    problems = models.JSONField(_("rows that were not understood"), default=list)
    moved = models.PositiveIntegerField(_("moved"), default=0)
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, verbose_name=_("by"), related_name="+"
    )
    created_at = models.DateTimeField(_("read"))
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("results of an operator")
        verbose_name_plural = _("results of operators")

    def __str__(self) -> str:
        return f"{self.get_operator_display()} {self.name}"
