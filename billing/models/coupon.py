"""What a package costs less for who knows a word."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.order import Offer


class Coupon(models.Model):
    """Off the price of packages: so many of a hundred, or so much of one currency. Each account
    uses it once."""

    code = models.CharField(
        _("code"), max_length=30, unique=True, help_text=_("In capitals and digits.")
    )
    percent = models.PositiveSmallIntegerField(_("percent"), default=0)
    off_micros = models.BigIntegerField(_("off, micros"), default=0)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    offer = models.ForeignKey(
        Offer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        verbose_name=_("offer"),
        help_text=_("Empty: any package."),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    most_uses = models.PositiveIntegerField(_("at most, times"), default=100)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lt=100, off_micros=0, currency="")
                | (Q(percent=0, off_micros__gt=0) & ~Q(currency="")),
                name="coupon_is_one_of_two",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="coupon_ends"),
            models.CheckConstraint(condition=Q(code__regex="^[A-Z0-9]{4,30}$"), name="coupon_code"),
        ]

    def __str__(self) -> str:
        return self.code

    def is_for(self, offer: Offer, now: datetime) -> bool:
        return (
            offer.package_id is not None
            and self.offer_id in (None, offer.pk)
            and self.currency in ("", offer.currency)
            and self.starts_at <= now < self.ends_at
        )
