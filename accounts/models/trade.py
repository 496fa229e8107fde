"""Trades whose messages may not be sent, or not without a permit."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models.qualification import QualificationDocument


class Trade(models.Model):
    """Known by words in what a company writes and in its name, and by the sector of a word list.

    Whoever looks like it is shown to the reviewer with what it lacks; at once refused is only what
    the staff say so of.
    """

    class Ban(models.TextChoices):
        EVERYTHING = "everything", _("everything")
        PERMIT = "permit", _("all but verification codes, unless the permit is approved")

    name = models.CharField(_("name, in English"), max_length=80, unique=True)
    name_zh = models.CharField(_("name, in Chinese"), max_length=80)
    words = ArrayField(models.CharField(max_length=80), verbose_name=_("words"), default=list)
    sector = models.CharField(
        _("sector"), max_length=40, blank=True, help_text=_("As word lists name it.")
    )
    ban = models.CharField(_("what it may not send"), max_length=10, choices=Ban.choices)
    permit = models.CharField(
        _("permit"), max_length=16, blank=True, choices=QualificationDocument.Purpose.choices
    )
    is_refused_at_once = models.BooleanField(
        _("refused at submission"),
        default=False,
        help_text=_("Templates only; else the reviewer is shown it, and decides."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("trade")
        verbose_name_plural = _("trades")
        constraints = [
            models.CheckConstraint(
                condition=(Q(ban="permit") & ~Q(permit="")) | Q(ban="everything", permit=""),
                name="trade_names_its_permit",
            )
        ]

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name
