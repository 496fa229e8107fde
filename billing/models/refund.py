"""Money of an order that the staff give back."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing import states
from billing.models.order import Order
from billing.states import RefundState
from smsplatform.core.states import StateQuerySet


class RefundQuerySet(StateQuerySet):
    machine = states.REFUND


class Refund(models.Model):
    """`key` is ours: the provider says it back, so that the reversal booked for it is known."""

    key = models.UUIDField(_("key"), default=uuid4, unique=True, editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("order")
    )
    amount_micros = models.BigIntegerField(_("amount, micros"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(
        _("state"), max_length=6, choices=RefundState.choices, default=RefundState.ASKED
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name=_("asked by")
    )
    created_at = models.DateTimeField(_("asked at"))
    done_at = models.DateTimeField(_("done at"), null=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(condition=Q(amount_micros__gt=0), name="refund_amount")
        ]
        indexes = [
            # Read by the sweeper that asks providers again.
            models.Index(fields=["created_at"], condition=Q(state="asked"), name="refunds_asked")
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.key}"
