"""How long is kept what somebody has left behind."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class RetentionTerm(models.Model):
    """A row for each thing; the staff change its days."""

    class What(models.TextChoices):
        CLOSED_PAPERS = "closed_papers", _("papers of a closed account, from its closing")

    what = models.CharField(_("what"), max_length=20, choices=What.choices, unique=True)
    days = models.PositiveIntegerField(_("days"), validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("term of retention")
        verbose_name_plural = _("terms of retention")

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.days}"
