"""What recipients abroad see a message come from: a country's rules, and what was registered."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from templates_app.models.signature import Signature

_COUNTRY = RegexValidator("^[A-Z]{2}$", _("Two capital letters, like GB."))


class SenderRule(models.Model):
    """What a country's operators let stand as the sender."""

    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        unique=True,
        validators=[_COUNTRY],
        help_text=_("Empty means every country without a row of its own."),
    )
    takes_names = models.BooleanField(_("names"), default=True, db_default=True)
    takes_numbers = models.BooleanField(_("telephone numbers"), default=True, db_default=True)
    takes_short_codes = models.BooleanField(_("short codes"), default=True, db_default=True)
    longest_name = models.PositiveSmallIntegerField(
        _("longest name"), default=11, db_default=11, help_text=_("No carrier takes more than 11.")
    )
    # Where it is, only what is written down for the very country is sent.
    must_register = models.BooleanField(_("must be registered"), default=False, db_default=False)
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("rule of sender IDs")
        verbose_name_plural = _("rules of sender IDs")

    def __str__(self) -> str:
        return self.country or str(_("every other country"))


class SenderID(models.Model):
    """As whom a signature's messages come in a country; its own name does where no row says so."""

    signature = models.ForeignKey(
        Signature, on_delete=models.CASCADE, related_name="sender_ids", verbose_name=_("signature")
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[_COUNTRY],
        help_text=_("Empty means every country without a row of its own."),
    )
    address = models.CharField(
        _("sender ID"),
        max_length=16,
        help_text=_("A name like Acme, a number like +447700900123 or a short code like 88802."),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)

    class Meta:
        verbose_name = _("sender ID")
        verbose_name_plural = _("sender IDs")
        constraints = [
            models.UniqueConstraint(fields=["signature", "country"], name="sender_once_a_country")
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.country}".strip()
