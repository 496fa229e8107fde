"""Invoices: ranges of the ledger that were closed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet


class Invoice(models.Model):
    """A closed range of one account's ledger: a frozen copy, never computed again."""

    number = models.BigIntegerField(_("number"), unique=True)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("account")
    )
    account_name = models.CharField(_("customer"), max_length=150)
    currency = models.CharField(_("currency"), max_length=3)
    until_date = models.DateField(_("until"))
    from_seq = models.BigIntegerField(_("from entry"))
    to_seq = models.BigIntegerField(_("to entry"))
    # Charges less refunds of the range, exact; the payable cents are rounded by one explicit line.
    net_micros = models.BigIntegerField(_("net, micros"))
    payable_cents = models.BigIntegerField(_("payable, cents"))
    closed_at = models.DateTimeField(_("closed"))

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.UniqueConstraint(fields=["account", "from_seq"], name="invoice_range"),
            models.CheckConstraint(
                condition=Q(to_seq__gte=F("from_seq")), name="invoice_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class InvoiceLine(models.Model):
    """A GROUP BY of the range; one `rounding` line makes whole cents of the sum."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="lines", verbose_name=_("invoice")
    )
    position = models.PositiveSmallIntegerField(_("line"))
    kind = models.CharField(_("kind"), max_length=16)
    project_name = models.CharField(_("project"), max_length=80, blank=True)
    message_class = models.CharField(_("class"), max_length=12, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    unit = models.CharField(_("unit"), max_length=6)
    unit_price_micros = models.BigIntegerField(_("price a part, micros"))
    parts = models.BigIntegerField(_("parts"))
    count = models.BigIntegerField(_("messages"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.position}"
