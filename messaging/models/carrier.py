"""Carriers, the routes that name them, and the lease that decides who holds a carrier's wire."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Project
from templates_app.models import MessageClass


class Carrier(models.Model):
    """One account at one operator or aggregator. The password is sealed (core.vault)."""

    class Kind(models.TextChoices):
        SMPP = "smpp", _("SMPP bind")
        HTTP = "http", _("HTTP, own simulator's dialect")

    class IdSpelling(models.TextChoices):
        """How a message's id is written in the answer, and then in the receipt."""

        ALIKE = "alike", _("alike in answers and receipts")
        HEX_ANSWERS = "hex_answers", _("hexadecimal in answers, decimal in receipts")
        DECIMAL_ANSWERS = "decimal_answers", _("decimal in answers, hexadecimal in receipts")

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    host = models.CharField(_("host"), max_length=200)
    port = models.PositiveIntegerField(_("port"))
    system_id = models.CharField(_("system id"), max_length=64, blank=True)
    sealed_password = models.TextField(_("password"), blank=True, editable=False)
    # Submissions that may wait for their answer at once, and per second.
    window = models.PositiveIntegerField(_("window"), default=50)
    rate_per_second = models.PositiveIntegerField(_("rate per second"), default=100)
    # What its words mean where they differ from the usual table: {"0x0000000B": "throttled"}.
    answers = models.JSONField(_("meaning of its answers"), default=dict, blank=True)
    id_spelling = models.CharField(
        _("spelling of its ids"),
        max_length=16,
        choices=IdSpelling.choices,
        default=IdSpelling.ALIKE,
    )
    # What recipients see before a signature's extension code; replies come to both together.
    access_code = models.CharField(
        _("access code"), max_length=14, blank=True, default="", db_default=""
    )
    takes_extensions = models.BooleanField(
        _("takes extension codes"),
        default=False,
        db_default=False,
        help_text=_("In mainland China messages come from the access code and the extension."),
    )
    takes_sender_ids = models.BooleanField(
        _("takes sender IDs"),
        default=False,
        db_default=False,
        help_text=_("Abroad messages come from the sender ID of their signature."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")

    def __str__(self) -> str:
        return self.name


class Health(models.Model):
    """Whether a carrier may be used now: its circuit breaker, kept by services/health.py."""

    class Circuit(models.TextChoices):
        CLOSED = "closed", _("working")
        OPEN = "open", _("not used")
        HALF_OPEN = "half_open", _("being tried")

    class Resends(models.TextChoices):
        """What becomes of unknown outcomes whose policy is to send once more."""

        AUTOMATIC = "automatic", _("sent once more")
        HELD = "held", _("held until somebody decides")
        FAIL = "fail", _("given up and refunded")

    carrier = models.OneToOneField(
        Carrier, on_delete=models.CASCADE, primary_key=True, verbose_name=_("carrier")
    )
    circuit = models.CharField(
        _("circuit"), max_length=10, choices=Circuit.choices, default=Circuit.CLOSED
    )
    changed_at = models.DateTimeField(_("since"), null=True)
    # When others took its messages over, or it took them back: never twice within a minute.
    switched_at = models.DateTimeField(_("last switched"), null=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    resends = models.CharField(
        _("resends"), max_length=10, choices=Resends.choices, default=Resends.AUTOMATIC
    )
    resends_at = models.DateTimeField(_("resends decided"), null=True)

    class Meta:
        verbose_name = _("health of a carrier")
        verbose_name_plural = _("health of carriers")

    def __str__(self) -> str:
        return f"{self.carrier_id}: {self.circuit}"


class Route(models.Model):
    """Who and where to carriers, in order. Empty means any; the most specific wins."""

    class Prefers(models.TextChoices):
        ORDER = "order", _("priority, then weight")
        PRICE = "price", _("the cheapest")

    name = models.CharField(_("name"), max_length=60, unique=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    message_class = models.CharField(
        _("class"), max_length=12, blank=True, choices=MessageClass.choices
    )
    operator = models.CharField(_("operator"), max_length=12, blank=True)
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.CASCADE, verbose_name=_("project")
    )
    prefers = models.CharField(
        _("prefers"), max_length=6, choices=Prefers.choices, default=Prefers.ORDER
    )
    priority = models.IntegerField(_("priority"), default=0)
    # For accounts that are not live yet: its carriers reach no phone, or, where it is for trials,
    # those that these accounts proved to hold.
    is_sandbox = models.BooleanField(_("sandbox"), default=False, db_default=False)
    is_trial = models.BooleanField(_("trial numbers"), default=False, db_default=False)
    is_active = models.BooleanField(_("active"), default=True)
    carriers = models.ManyToManyField(
        Carrier, through="RouteCarrier", related_name="routes", verbose_name=_("carriers")
    )

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_trial=False) | models.Q(is_sandbox=True),
                name="trials_are_of_the_sandbox",
            )
        ]

    def __str__(self) -> str:
        return self.name


class RouteCarrier(models.Model):
    """A step of a route. Messages are dealt to the steps of the lowest priority by weight, at
    acceptance; a step whose carrier is down is served by the next."""

    route = models.ForeignKey(
        Route, on_delete=models.CASCADE, related_name="steps", verbose_name=_("route")
    )
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, related_name="steps", verbose_name=_("carrier")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    priority = models.PositiveSmallIntegerField(_("priority"), default=0)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    # What the carrier takes for one part.
    cost_micros = models.BigIntegerField(_("cost, micros"), null=True, blank=True)

    class Meta:
        verbose_name = _("carrier of a route")
        verbose_name_plural = _("carriers of a route")
        constraints = [
            models.UniqueConstraint(fields=["route", "carrier"], name="carrier_once_a_route"),
            models.UniqueConstraint(fields=["route", "position"], name="one_carrier_a_position"),
        ]

    def __str__(self) -> str:
        return f"{self.route_id}.{self.position}: {self.carrier_id}"


class Lease(models.Model):
    """Who may do what only one may: hold a bind, post webhooks. By database time.

    A successor takes it when the heartbeat is older than 10 s, raises `epoch` and ends the old
    owner's database session; what an older epoch still writes touches no row.
    """

    name = models.CharField(_("name"), primary_key=True, max_length=60)
    owner = models.CharField(_("owner of the lease"), max_length=80)
    epoch = models.BigIntegerField(_("epoch"), default=0)
    heartbeat_at = models.DateTimeField(_("heartbeat"))
    backend_pid = models.IntegerField(_("database session"), default=0)

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")

    def __str__(self) -> str:
        return f"{self.name}: {self.owner} #{self.epoch}"
