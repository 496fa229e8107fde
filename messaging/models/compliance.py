"""What staff decide about the rules that a message has to pass."""

from zoneinfo import available_timezones

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet
from templates_app.models import MessageClass


def check_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("There is no time zone “%(name)s”."), params={"name": name})


class SendingHours(models.Model):
    """A country's hours for a class: `opens_at` included, `closes_at` not. Where a country has many
    zones a number does not tell which, so it has to be within the hours in all of them."""

    country = models.CharField(_("country"), max_length=2)
    message_class = models.CharField(
        _("class"), max_length=12, choices=MessageClass.choices, default=MessageClass.MARKETING
    )
    opens_at = models.TimeField(_("opens"))
    closes_at = models.TimeField(_("closes"))
    zones = ArrayField(
        models.CharField(max_length=40, validators=[check_zone]), verbose_name=_("time zones")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("sending hours")
        verbose_name_plural = _("sending hours")
        constraints = [
            models.UniqueConstraint(fields=["country", "message_class"], name="hours_once"),
            models.CheckConstraint(
                condition=models.Q(opens_at__lt=models.F("closes_at")), name="hours_in_order"
            ),
            models.CheckConstraint(condition=models.Q(zones__len__gt=0), name="hours_have_zones"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.get_message_class_display()}"


class RuleSwitch(models.Model):
    """A rule that staff turned off, or on again, for an account, a country, both, or everybody."""

    rule = models.CharField(_("rule"), max_length=40)
    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        verbose_name=_("account"),
        help_text=_("Empty means every account."),
    )
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("Empty means every country.")
    )
    is_on = models.BooleanField(_("on"), default=False)
    reason = models.CharField(_("why"), max_length=200)

    class Meta:
        verbose_name = _("rule switch")
        verbose_name_plural = _("rule switches")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "account", "country"],
                name="rule_switch_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.rule


class OpenedCountry(models.Model):
    """A country that an account may send to, beside its own."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="+", verbose_name=_("account")
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        validators=[RegexValidator(r"^[A-Z]{2}$")],
        help_text=_("Two capital letters, such as GB."),
    )
    opened_at = models.DateTimeField(_("since"))
    opened_by = models.CharField(_("by"), max_length=200, blank=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("opened country")
        verbose_name_plural = _("opened countries")
        constraints = [
            models.UniqueConstraint(fields=["account", "country"], name="country_opened_once")
        ]

    def __str__(self) -> str:
        return self.country
