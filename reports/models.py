"""What happened, counted: rebuilt from the messages for any day that is still kept."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet, Project


class DailyStat(models.Model):
    """Messages accepted on one day of the account's zone, by what a report groups them by."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, verbose_name=_("account"))
    project = models.ForeignKey(Project, on_delete=models.CASCADE, verbose_name=_("project"))
    date = models.DateField(_("day"))
    country = models.CharField(_("country"), max_length=2)
    message_class = models.CharField(_("class"), max_length=12)
    state = models.CharField(_("state"), max_length=12)
    currency = models.CharField(_("currency"), max_length=3)
    messages = models.BigIntegerField(_("messages"))
    parts = models.BigIntegerField(_("parts"))
    price_micros = models.BigIntegerField(_("price, micros"))

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("daily figure")
        verbose_name_plural = _("daily figures")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "account",
                    "date",
                    "project",
                    "country",
                    "message_class",
                    "state",
                    "currency",
                ],
                name="daily_stat_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.date} {self.state} {self.messages}"


class HourlyStat(models.Model):
    """Messages of the account's day in progress, by the hour of acceptance: for accounts that have
    too many to be counted for a page. The next count replaces the whole day."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, verbose_name=_("account"))
    hour_at = models.DateTimeField(_("hour"))
    state = models.CharField(_("state"), max_length=12)
    messages = models.BigIntegerField(_("messages"))
    counted_at = models.DateTimeField(_("counted"))

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("hourly figure")
        verbose_name_plural = _("hourly figures")
        constraints = [
            models.UniqueConstraint(fields=["account", "hour_at", "state"], name="hourly_stat_once")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.hour_at} {self.state} {self.messages}"


class Violation(models.Model):
    """An invariant (services/invariants) that was found broken. It stays open until somebody of the
    staff has looked into it: what broke a while ago is no longer seen by the frequent look, and is
    still wrong.
    """

    invariant = models.CharField(_("invariant"), max_length=3)
    # Of the last look; see services/verification.MOST_ROWS.
    found = models.PositiveIntegerField(_("rows found"))
    rows = models.JSONField(_("the first rows"), encoder=DjangoJSONEncoder)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    closed_at = models.DateTimeField(_("looked into"), null=True)

    class Meta:
        verbose_name = _("broken invariant")
        verbose_name_plural = _("broken invariants")
        constraints = [
            models.UniqueConstraint(
                fields=["invariant"],
                condition=models.Q(closed_at__isnull=True),
                name="violation_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.invariant
