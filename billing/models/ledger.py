"""Wallets and the ledger: what came in, what it paid for."""

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet, Project


class LedgerHead(models.Model):
    """The end of an account's ledger, and the lock that every movement of its money takes first."""

    account = models.OneToOneField(
        Account,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="ledger_head",
        verbose_name=_("account"),
    )
    seq = models.BigIntegerField(_("last entry"), default=0)
    # SHA-256 of the last entry's line; 32 zero bytes before the first.
    hash = models.BinaryField(max_length=32, default=bytes(32), editable=False)
    # Where its months begin and end, whatever the account's pages show.
    timezone = models.CharField(
        _("billing time zone"),
        max_length=40,
        default="Asia/Shanghai",
        db_default="Asia/Shanghai",
    )

    class Meta:
        verbose_name = _("ledger head")
        verbose_name_plural = _("ledger heads")

    def __str__(self) -> str:
        return f"{self.account} #{self.seq}"


class Package(models.Model):
    """Parts sold together. `message_class` and `country` empty mean any."""

    name = models.CharField(_("name"), max_length=80)
    parts = models.PositiveIntegerField(_("parts"))
    price_micros = models.BigIntegerField(_("price, micros"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    message_class = models.CharField(_("class"), max_length=12, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    valid_days = models.PositiveIntegerField(_("valid for, days"), default=365)
    is_on_sale = models.BooleanField(_("on sale"), default=True)
    is_trial = models.BooleanField(
        _("trial"),
        default=False,
        db_default=False,
        help_text=_("A gift to every account that registers."),
    )

    class Meta:
        verbose_name = _("package")
        verbose_name_plural = _("packages")
        constraints = [
            models.CheckConstraint(condition=Q(price_micros__gte=0), name="package_price")
        ]

    def __str__(self) -> str:
        return self.name


class Wallet(models.Model):
    """Counts micros of one currency (the balance) or parts of one scope (a package)."""

    class Unit(models.TextChoices):
        MICROS = "micros", _("money")
        PARTS = "parts", _("parts")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="wallets", verbose_name=_("account")
    )
    unit = models.CharField(_("unit"), max_length=6, choices=Unit.choices)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    balance = models.BigIntegerField(_("balance"), default=0)
    # How far a charge may take the balance; below zero for a credit line.
    floor = models.BigIntegerField(_("floor"), default=0)
    package = models.ForeignKey(
        Package, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("package")
    )
    message_class = models.CharField(_("class"), max_length=12, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    is_gift = models.BooleanField(_("gift"), default=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "currency"],
                condition=Q(unit="micros"),
                name="one_balance_a_currency",
            ),
            models.CheckConstraint(
                condition=Q(unit="parts", currency="") | (Q(unit="micros") & ~Q(currency="")),
                name="money_has_a_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.balance} {self.currency or self.unit}"


def _unchecked(model: Any, **options: Any) -> Any:
    """A reference that the database neither checks, which cost a fifth of what accepting a message
    costs it, nor finds entries by: books are opened by it, and `verify` looks after it (I18)."""
    return models.ForeignKey(
        model, on_delete=models.PROTECT, db_constraint=False, db_index=False, **options
    )


class Entry(models.Model):
    """One movement of one wallet, appended once and never changed: the database refuses it."""

    class Kind(models.TextChoices):
        CHARGE = "charge", _("charge")
        REFUND = "refund", _("refund")
        TOPUP = "topup", _("top-up")
        PACKAGE = "package", _("package")
        ADJUSTMENT = "adjustment", _("adjustment")
        # Of money that a bank or a card took back; alone it may go below the floor.
        REVERSAL = "topup_reversal", _("top-up taken back")
        TIER_ADJUSTMENT = "tier_adjustment", _("tier adjustment")

    account = _unchecked(Account, related_name="entries", verbose_name=_("account"))
    seq = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    wallet = _unchecked(Wallet, related_name="entries", verbose_name=_("wallet"))
    # In the wallet's unit: micros or parts. `balance_after` is the wallet's.
    amount = models.BigIntegerField(_("amount"))
    balance_after = models.BigIntegerField(_("balance after"))
    project = _unchecked(Project, null=True, verbose_name=_("project"))
    message_class = models.CharField(_("class"), max_length=12, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    unit_price_micros = models.BigIntegerField(_("price a part, micros"), default=0)
    # The row of a price list that this is the price of; none where a package paid.
    rate_id = models.BigIntegerField(_("price"), null=True)
    parts = models.BigIntegerField(_("parts"), default=0)
    count = models.IntegerField(_("messages"), default=0)
    # What it was for, as a plain string: "batch:<id>", "message:<id>", "topup:<id>".
    reference = models.CharField(_("reference"), max_length=80)
    line = models.SmallIntegerField(_("line"), default=0)
    actor = models.CharField(_("by"), max_length=80, blank=True)
    booked_at = models.DateTimeField(_("booked"))
    previous_hash = models.BinaryField(max_length=32, editable=False)
    hash = models.BinaryField(max_length=32, editable=False)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], name="ledger_seq"),
            models.UniqueConstraint(fields=["kind", "reference", "line"], name="booked_once"),
            models.CheckConstraint(
                condition=(Q(kind__in=["charge", "topup_reversal"]) & Q(amount__lte=0))
                | (Q(kind__in=["refund", "topup", "package"]) & Q(amount__gte=0))
                | Q(kind__in=["adjustment", "tier_adjustment"]),
                name="entry_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.kind} {self.amount}"

    @property
    def billed(self) -> int:
        """With a bill's sign: a charge is positive."""
        return -self.amount

    @property
    def batch_id(self) -> UUID | None:
        return self._named("batch:")

    @property
    def message_id(self) -> UUID | None:
        return self._named("message:")

    def _named(self, kind: str) -> UUID | None:
        """Nothing where the reference is of another kind."""
        if not self.reference.startswith(kind):
            return None
        try:
            return UUID(self.reference.removeprefix(kind))
        except ValueError:
            return None
