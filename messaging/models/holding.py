"""Messages that a reviewer has to read before they may leave."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet
from messaging import states
from messaging.states import HoldState
from smsplatform.core.states import StateQuerySet

# The kind on the review desk.
REVIEWED_AS = "message"


class HoldQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.HOLD


class Hold(models.Model):
    """What one request has in review: those of its messages between two ids that are.

    Requests of an account that say the same share one review, that of the first of them.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, verbose_name=_("account"))
    batch_id = models.UUIDField(_("batch"), unique=True)
    first_id = models.UUIDField(_("first message"))
    last_id = models.UUIDField(_("last message"))
    count = models.IntegerField(_("messages"))
    # Of all that is said, so that who says the same again is recognised.
    fingerprint = models.BinaryField(max_length=32)
    words = ArrayField(models.CharField(max_length=80), verbose_name=_("words"))
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=HoldState.choices,
        default=HoldState.WAITING,
        db_default="waiting",
    )
    valid_until = models.DateTimeField(_("valid until"))
    held_at = models.DateTimeField(_("held"))
    # The first hold of its review; empty until the desk was asked, a second later.
    review_id = models.BigIntegerField(_("review"), null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    # Of a rejection: {"code", "field", "text"} each.
    reasons = models.JSONField(
        _("reasons"), default=list, db_default=models.Value([], models.JSONField())
    )

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("held request")
        verbose_name_plural = _("held requests")
        indexes = [
            # What waits for somebody, and nothing else.
            models.Index(
                fields=["state", "valid_until"],
                condition=Q(state__in=["waiting", "passing", "rejecting"]),
                name="hold_open",
            ),
            models.Index(fields=["review_id"], name="hold_by_review"),
            # What was said before.
            models.Index(fields=["account", "fingerprint"], name="hold_by_content"),
        ]

    def __str__(self) -> str:
        return str(self.batch_id)
