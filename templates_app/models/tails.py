"""The words by which a reader refuses more, where a country demands them."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from templates_app.models.choices import MessageClass


class OptOutTail(models.Model):
    """What every message of a class to a country ends with, unless its text says so already."""

    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[RegexValidator("^[A-Z]{2}$", _("Two capital letters, like CN."))],
        help_text=_("Empty means every country without a row of its own."),
    )
    message_class = models.CharField(
        _("class"),
        max_length=12,
        choices=MessageClass.choices,
        default=MessageClass.MARKETING,
        db_default="marketing",
    )
    text = models.CharField(
        _("words"), max_length=60, help_text=_("Counted as part of every message.")
    )
    # Operators take these too; however they are spaced and punctuated.
    accepted = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("also accepted"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Separated by commas. A text that says one of them gets nothing appended."),
    )
    is_last = models.BooleanField(
        _("must stand last"),
        default=True,
        db_default=True,
        help_text=_("Otherwise they may stand anywhere in the text."),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)

    class Meta:
        verbose_name = _("words to opt out")
        verbose_name_plural = _("words to opt out")
        constraints = [
            models.UniqueConstraint(fields=["country", "message_class"], name="tail_once")
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.text}".strip()
