"""What is on sale, who bought it, what payment providers and banks told about it."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet
from billing import states
from billing.models.ledger import Package, Wallet
from billing.states import LineState, NoticeState, OrderState
from smsplatform.core import money
from smsplatform.core.states import StateQuerySet


class RefundRule(models.TextChoices):
    """What a buyer may get back of what was not used."""

    FULL = "full", _("the whole price, while nothing was used")
    PRO_RATA = "pro_rata", _("the price of what was not used")
    NONE = "none", _("nothing")


class OfferQuerySet(models.QuerySet["Offer"]):
    def public(self, *, samples: bool) -> "OfferQuerySet":
        """In the order of the catalogue. A sample is for demonstrations only."""
        found = self.filter(is_on_sale=True)
        found = found if samples else found.filter(is_sample=False)
        return found.select_related("package").order_by("position", "id")

    def on_sale(self, currency: str, *, samples: bool) -> "OfferQuerySet":
        return self.public(samples=samples).filter(currency=currency)


class Offer(models.Model):
    """One line of the catalogue: a package, or money for the balance. Where least and most differ,
    the buyer says how much."""

    name = models.CharField(_("name"), max_length=80)
    package = models.ForeignKey(
        Package,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        verbose_name=_("package"),
        help_text=_("Empty: what is paid goes to the balance."),
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    least_micros = models.BigIntegerField(_("least, micros"))
    most_micros = models.BigIntegerField(_("most, micros"))
    refund_rule = models.CharField(
        _("refunds"),
        max_length=8,
        choices=RefundRule.choices,
        default=RefundRule.PRO_RATA,
        db_default=RefundRule.PRO_RATA,
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_on_sale = models.BooleanField(_("on sale"), default=True)
    is_sample = models.BooleanField(
        _("sample"), default=False, help_text=_("Can be bought in a demonstration only.")
    )

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.CheckConstraint(
                condition=Q(least_micros__gt=0, most_micros__gte=F("least_micros")),
                name="offer_amounts",
            ),
            models.CheckConstraint(
                condition=Q(package__isnull=True) | Q(most_micros=F("least_micros")),
                name="package_has_one_price",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_fixed(self) -> bool:
        return self.least_micros == self.most_micros


class OrderQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.ORDER


class Order(models.Model):
    """What was bought and for how much: a frozen copy of the offer."""

    class Method(models.TextChoices):
        STRIPE = "stripe", _("card, Alipay or WeChat Pay")
        TRANSFER = "transfer", _("bank transfer")

    public_id = models.UUIDField(_("public ID"), default=uuid4, unique=True, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="orders", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=80)
    package = models.ForeignKey(
        Package, null=True, on_delete=models.PROTECT, verbose_name=_("package")
    )
    # Where a package's parts went, once it is paid.
    wallet = models.ForeignKey(
        Wallet, null=True, on_delete=models.PROTECT, verbose_name=_("wallet")
    )
    amount_micros = models.BigIntegerField(_("amount, micros"))
    currency = models.CharField(_("currency"), max_length=3)
    reversed_micros = models.BigIntegerField(_("taken back, micros"), default=0)
    coupon = models.ForeignKey(
        "billing.Coupon", null=True, on_delete=models.PROTECT, verbose_name=_("coupon")
    )
    # What the amount is less than the offer's price.
    discount_micros = models.BigIntegerField(_("discount, micros"), default=0, db_default=0)
    # As the offer said when it was bought.
    refund_rule = models.CharField(
        _("refunds"),
        max_length=8,
        choices=RefundRule.choices,
        default=RefundRule.PRO_RATA,
        db_default=RefundRule.PRO_RATA,
    )
    state = models.CharField(
        _("state"), max_length=16, choices=OrderState.choices, default=OrderState.OPEN
    )
    method = models.CharField(_("method"), max_length=10, choices=Method.choices)
    # By a saved card, because the balance had fallen below a line.
    is_automatic = models.BooleanField(_("automatic"), default=False, db_default=False)
    # What the buyer writes on a bank transfer, and we find the order by.
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    # Of the form that was posted: a double click finds the first one's order.
    form_key = models.UUIDField(_("form"))
    # The provider's keys: of its checkout, and of the money.
    checkout_key = models.CharField(_("checkout"), max_length=255, blank=True)
    payment_key = models.CharField(_("payment"), max_length=255, blank=True)
    paid_with = models.CharField(_("paid with"), max_length=40, blank=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, verbose_name=_("placed by")
    )
    created_at = models.DateTimeField(_("placed"))
    expires_at = models.DateTimeField(_("open until"))
    paid_at = models.DateTimeField(_("paid at"), null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["account", "form_key"], name="one_order_a_form"),
            models.UniqueConstraint(
                fields=["method", "checkout_key"],
                condition=~Q(checkout_key=""),
                name="one_order_a_checkout",
            ),
            models.UniqueConstraint(
                fields=["method", "payment_key"],
                condition=~Q(payment_key=""),
                name="one_order_a_payment",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(is_automatic=True, state="open"),
                name="one_automatic_open",
            ),
            models.CheckConstraint(condition=Q(amount_micros__gt=0), name="order_amount"),
            models.CheckConstraint(
                condition=Q(reversed_micros__gte=0, reversed_micros__lte=F("amount_micros")),
                name="order_reversed",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="orders_of_account"),
            # Read by the sweeper that closes what nobody paid.
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="orders_to_expire"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def ledger_reference(self) -> str:
        """Of the one entry that credits it."""
        return f"order:{self.public_id}"

    @property
    def is_open(self) -> bool:
        return self.state == OrderState.OPEN


class Reversal(models.Model):
    """Money of an order that a provider took back, each once: a refund, or a dispute."""

    class Kind(models.TextChoices):
        REFUND = "refund", _("refund")
        DISPUTE = "dispute", _("dispute")

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="reversals", verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    key = models.CharField(_("provider's key"), max_length=255)
    amount_micros = models.BigIntegerField(_("amount, micros"))
    # What of it was taken from the package and what from the balance.
    parts = models.BigIntegerField(_("parts"), default=0)
    money_micros = models.BigIntegerField(_("from the balance, micros"), default=0)
    booked_at = models.DateTimeField(_("booked"))
    # A dispute that was won, a refund that failed: all of it was given back.
    returned_at = models.DateTimeField(_("returned"), null=True)

    class Meta:
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        constraints = [
            models.UniqueConstraint(fields=["order", "key"], name="one_reversal"),
            models.CheckConstraint(condition=Q(amount_micros__gt=0), name="reversal_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ProviderNoticeQuerySet(StateQuerySet):
    machine = states.NOTICE


class ProviderNotice(models.Model):
    """An event of a provider, stored by its id before it is answered. It only says where to look:
    what is true is asked of the provider."""

    provider = models.CharField(_("provider"), max_length=10)
    key = models.CharField(_("event"), max_length=255)
    kind = models.CharField(_("kind"), max_length=80)
    checkout_key = models.CharField(_("checkout"), max_length=255, blank=True)
    payment_key = models.CharField(_("payment"), max_length=255, blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=NoticeState.choices, default=NoticeState.WAITING
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received"))

    objects = ProviderNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice of a provider")
        verbose_name_plural = _("notices of providers")
        constraints = [models.UniqueConstraint(fields=["provider", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notices_due")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Difference(models.Model):
    """What a provider says and we do not, or the other way round: a person looks into it."""

    class Kind(models.TextChoices):
        UNKNOWN = "unknown", _("paid, and no order of ours")
        AMOUNT = "amount", _("another amount or currency than ordered")
        LATE = "late", _("credited only now: its notice had not come")
        MISSING = "missing", _("credited here, and not paid at the provider")
        REVERSED = "reversed", _("more taken back than was paid")

    provider = models.CharField(_("provider"), max_length=10)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    key = models.CharField(_("provider's key"), max_length=255)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, verbose_name=_("order"))
    theirs_micros = models.BigIntegerField(_("theirs, micros"), default=0)
    ours_micros = models.BigIntegerField(_("ours, micros"), default=0)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    found_at = models.DateTimeField(_("found"))
    settled_at = models.DateTimeField(_("settled"), null=True, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        constraints = [
            models.UniqueConstraint(fields=["provider", "kind", "key"], name="difference_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class BankLineQuerySet(StateQuerySet):
    machine = states.LINE


class BankLine(models.Model):
    """Money that came to our bank account, as a statement says. `key` is the bank's, or a digest
    of the line: a statement that is read twice adds nothing."""

    key = models.CharField(_("bank's key"), max_length=80, unique=True)
    booked_date = models.DateField(_("booked on"))
    amount_micros = models.BigIntegerField(_("amount, micros"))
    currency = models.CharField(_("currency"), max_length=3)
    payer = models.CharField(_("payer"), max_length=200, blank=True)
    text = models.CharField(_("text"), max_length=400, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=LineState.choices, default=LineState.UNMATCHED
    )
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("order")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    imported_at = models.DateTimeField(_("imported"))

    objects = BankLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a bank statement")
        verbose_name_plural = _("lines of bank statements")
        constraints = [
            models.CheckConstraint(condition=Q(amount_micros__gt=0), name="bank_line_amount")
        ]

    def __str__(self) -> str:
        return f"{self.booked_date} {money.text(self.amount_micros)} {self.currency}"
