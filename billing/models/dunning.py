"""What customers who pay afterwards still owe, and when they are reminded of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing import states
from billing.models.invoice import Invoice
from billing.states import ReceivableState
from smsplatform.core.states import StateQuerySet


class DunningStep(models.Model):
    """A reminder, so many days after an invoice fell due. Finance sets them."""

    days_after_due = models.PositiveSmallIntegerField(_("days after it fell due"), unique=True)
    text = models.CharField(_("what the mail says"), max_length=500)

    class Meta:
        verbose_name = _("reminder of invoices")
        verbose_name_plural = _("reminders of invoices")

    def __str__(self) -> str:
        return f"{self.days_after_due}"


class ReceivableQuerySet(StateQuerySet):
    machine = states.RECEIVABLE


class Receivable(models.Model):
    """An invoice that falls due, until it is paid or written off."""

    invoice = models.OneToOneField(
        Invoice,
        on_delete=models.PROTECT,
        related_name="receivable",
        verbose_name=_("invoice"),
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="receivables", verbose_name=_("account")
    )
    due_date = models.DateField(_("due"))
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=ReceivableState.choices,
        default=ReceivableState.OPEN,
    )
    # The days of the last reminder that was sent; none before the first.
    reminded_days = models.PositiveSmallIntegerField(_("reminded after, days"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = ReceivableQuerySet.as_manager()

    class Meta:
        verbose_name = _("unpaid invoice")
        verbose_name_plural = _("unpaid invoices")
        indexes = [
            # The reminders.
            models.Index(
                fields=["due_date"],
                condition=models.Q(state="open"),
                name="receivable_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.due_date}"
