"""What sending costs whom: lists of prices, each in versions that hold from an instant on."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing import states
from billing.states import VersionState
from smsplatform.core.states import StateQuerySet

COUNTRY = RegexValidator(r"^[A-Z]{2}$", _("Write two letters, such as CN."))
PREFIX = RegexValidator(r"^[1-9][0-9]{0,14}$", _("Write digits only, with the country's first."))
CURRENCY = RegexValidator(r"^[A-Z]{3}$", _("Write three letters, such as CNY."))


class CustomerGroup(models.Model):
    """Customers who have prices in common."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """An account is in one group at most: what it pays must not depend on an order of groups."""

    group = models.ForeignKey(
        CustomerGroup, on_delete=models.CASCADE, related_name="members", verbose_name=_("group")
    )
    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, related_name="price_group", verbose_name=_("account")
    )

    class Meta:
        verbose_name = _("member of a group")
        verbose_name_plural = _("members of a group")

    def __str__(self) -> str:
        return f"{self.group}: {self.account}"


class PriceList(models.Model):
    """One customer's contract, a group's list, or everybody's; asked in this order.

    A sample shows what a list looks like. It comes last, and charges no live account.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY", validators=[CURRENCY])
    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="contracts",
        verbose_name=_("account"),
        help_text=_("Whose contract it is."),
    )
    group = models.ForeignKey(
        CustomerGroup,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lists",
        verbose_name=_("group"),
        help_text=_("Whose list it is; neither account nor group: everybody's."),
    )
    is_sample = models.BooleanField(
        _("sample"), default=False, help_text=_("No live account is charged by it.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        constraints = [
            models.CheckConstraint(
                condition=Q(account__isnull=True) | Q(group__isnull=True), name="list_one_owner"
            ),
            models.CheckConstraint(
                condition=Q(is_sample=False) | Q(account__isnull=True, group__isnull=True),
                name="sample_is_nobodys",
            ),
            models.UniqueConstraint(
                fields=["account", "currency"],
                condition=Q(account__isnull=False),
                name="one_contract_a_currency",
            ),
            models.UniqueConstraint(
                fields=["group", "currency"],
                condition=Q(group__isnull=False),
                name="one_group_list_a_currency",
            ),
            models.UniqueConstraint(
                fields=["currency", "is_sample"],
                condition=Q(account__isnull=True, group__isnull=True),
                name="one_list_a_currency",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PriceVersionQuerySet(StateQuerySet):
    machine = states.VERSION

    def in_force(self, now: object) -> "PriceVersionQuerySet":
        """Of each list what holds at this instant: what was published last of what has begun."""
        begun = self.filter(state=VersionState.PUBLISHED, valid_from__lte=now)
        return begun.order_by("list_id", "-valid_from", "-number").distinct("list_id")


class PriceVersion(models.Model):
    """All prices of a list from an instant on, until its next version begins."""

    list = models.ForeignKey(
        PriceList, on_delete=models.PROTECT, related_name="versions", verbose_name=_("price list")
    )
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(
        _("state"), max_length=10, choices=VersionState.choices, default=VersionState.DRAFT
    )
    valid_from = models.DateTimeField(_("in force from"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    # The last who changed a price of it: somebody else publishes.
    edited_by = models.BigIntegerField(_("last edited by"), null=True, editable=False)
    published_by = models.BigIntegerField(_("published by"), null=True, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = PriceVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a price list")
        verbose_name_plural = _("versions of price lists")
        constraints = [models.UniqueConstraint(fields=["list", "number"], name="list_version_once")]

    def __str__(self) -> str:
        return f"{self.list} · {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.state == VersionState.DRAFT


class Rate(models.Model):
    """What one part costs. Empty country, prefix, class or route mean any: the longest prefix wins,
    then who names the country, the class, the route."""

    class Basis(models.TextChoices):
        ACCEPTED = "accepted", _("accepted by the carrier")
        DELIVERED = "delivered", _("delivered")

    class Route(models.TextChoices):
        SHARED = "shared", _("shared")
        DEDICATED = "dedicated", _("dedicated")
        SANDBOX = "sandbox", _("sandbox")

    class TierMode(models.TextChoices):
        NONE = "", _("none")
        MARGINAL = "marginal", _("each part at the price of its tier")
        ALL_UNITS = "all_units", _("all parts at the price of the tier reached")

    version = models.ForeignKey(
        PriceVersion, on_delete=models.CASCADE, related_name="rates", verbose_name=_("version")
    )
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[COUNTRY])
    # The first digits of the number in E.164, without its plus.
    prefix = models.CharField(_("prefix"), max_length=15, blank=True, validators=[PREFIX])
    message_class = models.CharField(_("class"), max_length=12, blank=True)
    route = models.CharField(_("route"), max_length=10, blank=True, choices=Route.choices)
    price_micros = models.BigIntegerField(_("price a part, micros"))
    # No contract and no group's list may ask less for what this row prices.
    floor_micros = models.BigIntegerField(_("floor, micros"), default=0)
    basis = models.CharField(
        _("charged when"), max_length=10, choices=Basis.choices, default=Basis.DELIVERED
    )
    tier_mode = models.CharField(
        _("tiers"), max_length=10, blank=True, choices=TierMode.choices, default=TierMode.NONE
    )
    # Rows of a list that name the same are counted together, month by month.
    tier_scope = models.CharField(_("counted as"), max_length=20, blank=True)
    # Beyond so many parts of a month, this price.
    tier_parts = ArrayField(
        models.BigIntegerField(), default=list, blank=True, verbose_name=_("tiers, parts")
    )
    tier_micros = ArrayField(
        models.BigIntegerField(), default=list, blank=True, verbose_name=_("tiers, micros")
    )

    # What a copy takes over.
    CONTENT = (
        "country", "prefix", "message_class", "route", "price_micros", "floor_micros", "basis",
        "tier_mode", "tier_scope", "tier_parts", "tier_micros",
    )  # fmt: skip

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "country", "prefix", "message_class", "route"],
                name="one_rate_a_destination",
            ),
            models.CheckConstraint(
                condition=Q(floor_micros__gte=0, price_micros__gte=F("floor_micros")),
                name="rate_floor",
            ),
            models.CheckConstraint(
                condition=Q(tier_mode="", tier_scope="", tier_parts=[], tier_micros=[])
                | (~Q(tier_mode="") & ~Q(tier_scope="") & Q(tier_parts__len=F("tier_micros__len"))),
                name="rate_tiers",
            ),
        ]

    def __str__(self) -> str:
        where = f"{self.country or '*'} {self.prefix}".strip()
        return f"{where} {self.message_class or '*'} {self.price_micros}"

    @property
    def tiers(self) -> tuple[tuple[int, int], ...]:
        """Above so many parts of a month, this price; ascending."""
        return tuple(zip(self.tier_parts, self.tier_micros, strict=True))


class TierCount(models.Model):
    """How many parts of a month an account has paid by prices that are counted together: charged,
    less what was given back. Changed under the ledger's lock only."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, verbose_name=_("account"))
    list = models.ForeignKey(PriceList, on_delete=models.PROTECT, verbose_name=_("price list"))
    scope = models.CharField(_("counted as"), max_length=20)
    # Its first day, in the billing time zone.
    month = models.DateField(_("month"))
    parts = models.BigIntegerField(_("parts"), default=0)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("count of a tier")
        verbose_name_plural = _("counts of tiers")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "list", "scope", "month"], name="one_count_a_month"
            )
        ]
        indexes = [
            models.Index(
                fields=["month"], condition=Q(closed_at__isnull=True), name="tiers_to_close"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.scope} {self.month:%Y-%m}: {self.parts}"
