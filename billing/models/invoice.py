"""Invoices: ranges of the ledger that were closed, and what is printed on them."""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet, Project
from billing.models.ledger import Wallet
from smsplatform.core import money

MICROS_A_CENT = money.MICROS // 100


class DocumentNumber(models.Model):
    """The last number of a series that was given out. Whoever takes the next one holds this row
    until the document is committed: a sequence would leave a gap at each rollback."""

    class Series(models.TextChoices):
        INVOICE = "invoice", _("invoice")
        CREDIT_NOTE = "credit_note", _("credit note")

    series = models.CharField(_("series"), primary_key=True, max_length=12, choices=Series.choices)
    last = models.BigIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("document number")
        verbose_name_plural = _("document numbers")

    def __str__(self) -> str:
        return f"{self.series} {self.last}"


class Seller(models.Model):
    """Who the operator of the platform is, as its invoices say from a day on."""

    from_date = models.DateField(_("from"), unique=True)
    name = models.CharField(_("registered name"), max_length=150)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    bank = models.CharField(_("bank and account"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    """What part of a price is tax for customers of a country, from a day on."""

    country = models.CharField(_("country"), max_length=2)
    from_date = models.DateField(_("from"))
    name = models.CharField(_("name"), max_length=20, default="VAT")
    # Of the net price: 600 is 6 %.
    basis_points = models.PositiveIntegerField(_("hundredths of a per cent"))

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.UniqueConstraint(fields=["country", "from_date"], name="tax_rate_once"),
            models.CheckConstraint(condition=Q(basis_points__lte=10_000), name="tax_rate_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.name} {self.basis_points}"


class FapiaoBasis(models.TextChoices):
    CONSUMPTION = "consumption", _("what was used")
    TOPUP = "topup", _("what was paid in")


class BillingDetails(models.Model):
    """Whom an account's invoices are made out to, and by when they are paid."""

    account = models.OneToOneField(
        Account,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="billing_details",
        verbose_name=_("account"),
    )
    title = models.CharField(_("invoice title"), max_length=150)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    bank = models.CharField(_("bank"), max_length=100, blank=True)
    bank_account = models.CharField(_("bank account"), max_length=40, blank=True)
    email = models.EmailField(_("invoices go to"), blank=True)
    # Never both: it stays while a fapiao stands.
    fapiao_basis = models.CharField(
        _("fapiao for"),
        max_length=12,
        choices=FapiaoBasis.choices,
        default=FapiaoBasis.CONSUMPTION,
    )
    # None: everything was paid before it was sent, and nothing falls due.
    due_days = models.PositiveSmallIntegerField(_("days to pay"), null=True, blank=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("billing details")
        verbose_name_plural = _("billing details")

    def __str__(self) -> str:
        return self.title


class Invoice(models.Model):
    """A closed range of one account's ledger: a frozen copy, never computed again."""

    number = models.BigIntegerField(_("number"), unique=True)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("account")
    )
    account_name = models.CharField(_("customer"), max_length=150)
    buyer_tax_number = models.CharField(
        _("customer's tax number"), max_length=40, blank=True, default="", db_default=""
    )
    # As printed, a line for each fact.
    buyer_text = models.TextField(_("customer's details"), blank=True, default="", db_default="")
    seller_name = models.CharField(
        _("seller"), max_length=150, blank=True, default="", db_default=""
    )
    seller_tax_number = models.CharField(
        _("seller's tax number"), max_length=40, blank=True, default="", db_default=""
    )
    seller_text = models.TextField(_("seller's details"), blank=True, default="", db_default="")
    currency = models.CharField(_("currency"), max_length=3)
    # The zone's days that it covers; `until_date` is the first that it does not.
    timezone = models.CharField(
        _("time zone"), max_length=40, blank=True, default="", db_default=""
    )
    from_date = models.DateField(_("from"), null=True)
    until_date = models.DateField(_("until"))
    from_seq = models.BigIntegerField(_("from entry"))
    to_seq = models.BigIntegerField(_("to entry"))
    # Charges less refunds of the range, exact; the payable cents are rounded by one explicit line.
    net_micros = models.BigIntegerField(_("net, micros"))
    payable_cents = models.BigIntegerField(_("payable, cents"))
    # Part of the payable cents: prices include it.
    tax_name = models.CharField(_("tax"), max_length=20, blank=True, default="", db_default="")
    tax_basis_points = models.PositiveIntegerField(
        _("tax, hundredths of a per cent"), default=0, db_default=0
    )
    tax_cents = models.BigIntegerField(_("tax, cents"), default=0, db_default=0)
    due_date = models.DateField(_("due"), null=True)
    closed_at = models.DateTimeField(_("closed"))
    # SHA-256 in hex of the line that `invoicing.fingerprint` makes of it and its lines.
    hash = models.CharField(_("fingerprint"), max_length=64, blank=True, default="", db_default="")

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

    @property
    def last_date(self) -> date:
        return self.until_date - timedelta(days=1)

    @property
    def payable_micros(self) -> int:
        return self.payable_cents * MICROS_A_CENT

    @property
    def tax_micros(self) -> int:
        return self.tax_cents * MICROS_A_CENT

    @property
    def tax_percent(self) -> str:
        return money.text(self.tax_basis_points * MICROS_A_CENT)


class InvoiceLine(models.Model):
    """A GROUP BY of the range; one `rounding` line makes whole cents of the sum."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="lines", verbose_name=_("invoice")
    )
    position = models.PositiveSmallIntegerField(_("line"))
    kind = models.CharField(_("kind"), max_length=16)
    # As it was called then; whose entries they are, the key says.
    project_name = models.CharField(_("project"), max_length=80, blank=True)
    project = models.ForeignKey(
        Project,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("project"),
    )
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

    @property
    def is_money(self) -> bool:
        return self.unit == Wallet.Unit.MICROS

    @property
    def amount_text(self) -> str:
        """Money as an exact decimal, parts as a whole number."""
        return money.text(self.amount) if self.is_money else str(self.amount)
