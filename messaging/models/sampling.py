"""Samples of what was sent, for reviewers: whether it is what was approved."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet
from templates_app.models import MessageClass


class SampleShare(models.Model):
    """How much of what is sent in a customer's own words is looked at. The most special one counts:
    an account's before everybody's, a class's before all of them."""

    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        verbose_name=_("account"),
        help_text=_("Empty means every account."),
    )
    message_class = models.CharField(
        _("class"),
        max_length=12,
        blank=True,
        choices=MessageClass.choices,
        help_text=_("Empty means every class."),
    )
    one_in = models.PositiveIntegerField(
        _("one message in"), default=1000, validators=[MinValueValidator(1)]
    )
    new_one_in = models.PositiveIntegerField(
        _("one message in, of a new account"), default=50, validators=[MinValueValidator(1)]
    )
    new_for_days = models.PositiveSmallIntegerField(_("an account is new for days"), default=14)
    is_daily = models.BooleanField(_("at least one a day"), default=True)
    most_a_day = models.PositiveSmallIntegerField(
        _("at most a day, of an account"), default=20, help_text=_("0 means none at all.")
    )

    class Meta:
        verbose_name = _("share of samples")
        verbose_name_plural = _("shares of samples")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "message_class"], name="share_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(one_in__gte=1, new_one_in__gte=1), name="share_of_something"
            ),
        ]

    def __str__(self) -> str:
        whose = self.account or _("everybody")
        return f"{whose} · {self.get_message_class_display() or _('every class')}"


class Sample(models.Model):
    """A message whose words a reviewer looks at. The words stay where they are, and go when they
    go: this outlives them."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, verbose_name=_("account"))
    message_id = models.UUIDField(_("message"), unique=True)
    message_class = models.CharField(_("class"), max_length=12, choices=MessageClass.choices)
    template_id = models.BigIntegerField(_("template"), null=True)
    taken_at = models.DateTimeField(_("taken"))
    # When it was put before the desk.
    asked_at = models.DateTimeField(_("asked"), null=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        indexes = [
            models.Index(fields=["account", "taken_at"], name="sample_by_account"),
            models.Index(
                fields=["id"], condition=models.Q(asked_at__isnull=True), name="sample_to_ask"
            ),
        ]

    def __str__(self) -> str:
        return str(self.message_id)


class SampleMark(models.Model):
    """One row: until when what was accepted has been looked through."""

    looked_until = models.DateTimeField(_("looked through until"))

    class Meta:
        verbose_name = _("mark of samples")
        verbose_name_plural = _("marks of samples")

    def __str__(self) -> str:
        return f"{self.looked_until:%Y-%m-%d %H:%M}"
