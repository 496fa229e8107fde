"""A card that a customer let a provider keep, and when it may be charged."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet


class AutoTopup(models.Model):
    """When the balance falls below a line, so much is paid by the saved card. The card itself is
    the provider's: we keep its keys there."""

    account = models.OneToOneField(
        Account,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="auto_topup",
        verbose_name=_("account"),
    )
    is_on = models.BooleanField(_("on"), default=False)
    below_micros = models.BigIntegerField(_("below, micros"), default=0)
    amount_micros = models.BigIntegerField(_("amount, micros"), default=0)
    month_most_micros = models.BigIntegerField(_("at most in 30 days, micros"), default=0)
    customer_key = models.CharField(_("customer"), max_length=255, blank=True)
    method_key = models.CharField(_("card's key"), max_length=255, blank=True)
    method_label = models.CharField(_("card"), max_length=80, blank=True)
    # Where a card is being saved.
    checkout_key = models.CharField(_("checkout"), max_length=255, blank=True)
    # Why it was turned off by itself: the provider's code.
    stopped_by = models.CharField(_("stopped by"), max_length=80, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, verbose_name=_("agreed by")
    )
    agreed_at = models.DateTimeField(_("agreed at"), null=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("automatic top-up")
        verbose_name_plural = _("automatic top-ups")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_on=False)
                | (
                    Q(below_micros__gt=0, amount_micros__gt=0)
                    & Q(month_most_micros__gte=F("amount_micros"))
                    & ~Q(method_key="")
                ),
                name="auto_topup_is_whole",
            )
        ]
        indexes = [
            # Read by notices of the provider.
            models.Index(
                fields=["checkout_key"], condition=~Q(checkout_key=""), name="cards_being_saved"
            )
        ]

    def __str__(self) -> str:
        return str(self.account)
