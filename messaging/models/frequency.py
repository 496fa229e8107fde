"""How often one number may be written to, and the numbers that no cap counts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from templates_app.models import MessageClass


class FrequencyCap(models.Model):
    """A limit as staff set it. An account's own replaces the general one of the same counting."""

    class Per(models.TextChoices):
        """What is counted together, always for one number and one class."""

        SIGNATURE = "signature", _("number and signature")
        TEMPLATE = "template", _("number, signature and template")
        # Across all customers: a number is not bombed by many of them together.
        PLATFORM = "platform", _("number, whoever sends")

    class Window(models.TextChoices):
        """Minutes and hours are those of the clock in `zone`; the day is the last 24 hours."""

        MINUTE = "minute", _("clock minute")
        HOUR = "hour", _("clock hour")
        DAY = "day", _("24 hours")

    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        verbose_name=_("account"),
        help_text=_("Empty means every account that has none of its own."),
    )
    country = models.CharField(_("country"), max_length=2, blank=True)
    message_class = models.CharField(_("class"), max_length=12, choices=MessageClass.choices)
    per = models.CharField(_("counted per"), max_length=10, choices=Per.choices)
    window = models.CharField(_("window"), max_length=10, choices=Window.choices)
    most = models.PositiveSmallIntegerField(_("at most"))
    zone = models.CharField(_("zone of the clock"), max_length=40, default="Asia/Shanghai")
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("frequency cap")
        verbose_name_plural = _("frequency caps")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "country", "message_class", "per", "window"],
                name="frequency_cap_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~models.Q(per="platform", account__isnull=False),
                name="platform_cap_is_general",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_message_class_display()}: {self.most} · {self.get_window_display()}"


class CapExemption(models.Model):
    """A number that no cap counts, for one account or for all: a tester's, a monitor's."""

    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, verbose_name=_("account")
    )
    number = models.CharField(_("number"), max_length=16)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("number without caps")
        verbose_name_plural = _("numbers without caps")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "number"], name="exempt_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.number


class NumberDay(models.Model):
    """When a number was written to on one day (UTC), by anybody, where a platform cap counts it.

    Partitioned by day and dropped two days later; the primary key in the database is (day, number,
    message_class).
    """

    # The smallest UUIDv7 of the day: what the tables of a day are cut by.
    day = models.UUIDField(_("day"), primary_key=True, editable=False)
    number = models.CharField(_("number"), max_length=16)
    message_class = models.CharField(_("class"), max_length=12)
    # Milliseconds since 1970, ascending.
    hits = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("times"))

    class Meta:
        verbose_name = _("day of a number")
        verbose_name_plural = _("days of numbers")

    def __str__(self) -> str:
        return self.number
