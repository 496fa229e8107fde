"""What comes after an invoice: credit notes, and the fapiao that China's tax office knows it by."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing import states
from billing.models.invoice import MICROS_A_CENT, Invoice
from billing.states import CreditNoteState, FapiaoState
from smsplatform.core.states import StateQuerySet


class CreditNoteQuerySet(StateQuerySet):
    machine = states.CREDIT_NOTE


class CreditNote(models.Model):
    """Money back for an invoice that cannot be changed: one proposes it, another issues it."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="credit_notes", verbose_name=_("invoice")
    )
    # Gapless, from the moment it is issued.
    number = models.BigIntegerField(_("number"), null=True, unique=True, editable=False)
    # Tax included.
    amount_cents = models.BigIntegerField(_("amount, cents"))
    tax_cents = models.BigIntegerField(_("tax, cents"), default=0)
    reason = models.CharField(_("reason"), max_length=500)
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=CreditNoteState.choices,
        default=CreditNoteState.PROPOSED,
    )
    proposed_by = models.CharField(_("proposed by"), max_length=80)
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = CreditNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="credit_note_amount"),
            models.CheckConstraint(
                condition=Q(state="issued", number__isnull=False)
                | (~Q(state="issued") & Q(number__isnull=True)),
                name="credit_note_numbered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number or '–'} → {self.invoice_id}"

    @property
    def amount_micros(self) -> int:
        return self.amount_cents * MICROS_A_CENT


class FapiaoQuerySet(StateQuerySet):
    machine = states.FAPIAO

    def for_account(self, account: Account | int) -> "FapiaoQuerySet":
        return self.filter(account=account)

    def standing(self) -> "FapiaoQuerySet":
        """Asked for or issued: the money is spoken for."""
        return self.in_state(*states.FAPIAO_STANDING)


class Fapiao(models.Model):
    """A request for a fapiao, with the details as they were then, and what finance made of it."""

    class Kind(models.TextChoices):
        NORMAL = "normal", _("general")
        SPECIAL = "special", _("special (deductible)")

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="fapiao", verbose_name=_("account")
    )
    # Either an invoice, or the reference of a top-up: the account's basis says which.
    invoice = models.ForeignKey(
        Invoice,
        null=True,
        on_delete=models.PROTECT,
        related_name="fapiao",
        verbose_name=_("invoice"),
    )
    topup_reference = models.CharField(_("top-up"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.NORMAL)
    amount_cents = models.BigIntegerField(_("amount, cents"))
    title = models.CharField(_("invoice title"), max_length=150)
    tax_number = models.CharField(_("tax number"), max_length=40)
    # Address, phone, bank and bank account, a line for each: a special one needs them.
    details = models.TextField(_("details"), blank=True)
    email = models.EmailField(_("goes to"))
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=FapiaoState.choices,
        default=FapiaoState.REQUESTED,
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    number = models.CharField(_("number"), max_length=20, blank=True)
    # A PDF, or the OFD of the tax office.
    file = models.BinaryField(_("file"), default=b"", editable=False)
    file_name = models.CharField(_("file"), max_length=40, blank=True, editable=False)
    requested_by = models.CharField(_("requested by"), max_length=254)
    requested_at = models.DateTimeField(_("requested"))
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = FapiaoQuerySet.as_manager()

    class Meta:
        verbose_name = _("fapiao")
        verbose_name_plural = _("fapiao")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(state__in=["requested", "issued"]),
                name="one_fapiao_an_invoice",
            ),
            models.UniqueConstraint(
                fields=["account", "topup_reference"],
                condition=Q(state__in=["requested", "issued"]) & ~Q(topup_reference=""),
                name="one_fapiao_a_topup",
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, topup_reference="")
                | (Q(invoice__isnull=True) & ~Q(topup_reference="")),
                name="fapiao_is_for_one_thing",
            ),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="fapiao_amount"),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.title} {self.amount_cents}"
