"""Carriers, the routes that name them, and the lease that decides who holds a carrier's wire."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from templates_app.models import MessageClass


class Carrier(models.Model):
    """One account at one operator or aggregator. The password is sealed (core.vault)."""

    class Kind(models.TextChoices):
        SMPP = "smpp", _("SMPP bind")
        HTTP = "http", _("HTTP, own simulator's dialect")

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    host = models.CharField(_("host"), max_length=200)
    port = models.PositiveIntegerField(_("port"))
    system_id = models.CharField(_("system id"), max_length=64, blank=True)
    sealed_password = models.TextField(_("password"), blank=True, editable=False)
    # Submissions that may wait for their answer at once, and per second.
    window = models.PositiveIntegerField(_("window"), default=50)
    rate_per_second = models.PositiveIntegerField(_("rate per second"), default=100)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """A country and class to carriers, in order. Empty means any; the most specific wins."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    message_class = models.CharField(
        _("class"), max_length=12, blank=True, choices=MessageClass.choices
    )
    priority = models.IntegerField(_("priority"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    carriers = models.ManyToManyField(
        Carrier, through="RouteCarrier", related_name="routes", verbose_name=_("carriers")
    )

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")

    def __str__(self) -> str:
        return self.name


class RouteCarrier(models.Model):
    route = models.ForeignKey(
        Route, on_delete=models.CASCADE, related_name="steps", verbose_name=_("route")
    )
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, related_name="steps", verbose_name=_("carrier")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

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
