"""Batches, messages and what became of them.

Partitioned in the database (messaging/services/partitions.py): by UUIDv7, so by time. No foreign
key points at these tables, and theirs are not enforced: a dropped month must not be held by a row
elsewhere, and a COPY of thousands must not look up each row's account. `manage.py verify` checks.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet, Project
from messaging import states
from messaging.models.carrier import Carrier
from messaging.states import AttemptState, State
from smsplatform.core.states import StateQuerySet
from templates_app.models import MessageClass


def _loose(model: Any, **options: Any) -> Any:
    """A reference that the database does not enforce."""
    return models.ForeignKey(
        model, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, **options
    )


class Batch(models.Model):
    """What one request accepted, in one transaction. Its messages are a range of ids."""

    id = models.UUIDField(primary_key=True, editable=False)
    account = _loose(Account)
    project = _loose(Project)
    source = models.CharField(_("source"), max_length=10)
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    first_id = models.UUIDField()
    last_id = models.UUIDField()
    count = models.IntegerField(_("messages"))
    parts = models.IntegerField(_("parts"))
    price_micros = models.BigIntegerField(_("price, micros"))
    currency = models.CharField(_("currency"), max_length=3)
    accepted_at = models.DateTimeField(_("accepted"))

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return str(self.id)


class IdempotencyKey(models.Model):
    """A customer's key and its batch, which the answer is rebuilt from; only `rejected` is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    body_hash = models.BinaryField(max_length=32)
    batch_id = models.UUIDField()
    rejected = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="idempotency_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key


class MessageQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.MESSAGE


class Message(models.Model):
    """One recipient, one text, 1–10 parts: the customer's unit of status and money.

    What was promised at acceptance (account, number, parts, price, basis, wallet) never changes.
    """

    class OnUnknown(models.TextChoices):
        RESEND = "resend", _("send once more")
        FAIL = "fail", _("give up and refund")

    id = models.UUIDField(primary_key=True, editable=False)
    account = _loose(Account)
    project = _loose(Project)
    batch_id = models.UUIDField()
    position = models.IntegerField(_("index in the request"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    number = models.CharField(_("number"), max_length=16)
    country = models.CharField(_("country"), max_length=2)
    message_class = models.CharField(_("class"), max_length=12, choices=MessageClass.choices)
    template_id = models.BigIntegerField(null=True)
    signature_id = models.BigIntegerField(null=True)
    encoding = models.CharField(_("encoding"), max_length=5)
    parts = models.SmallIntegerField(_("parts"))
    # 0 when a package paid: then it paid `parts`.
    price_micros = models.BigIntegerField(_("price, micros"))
    currency = models.CharField(_("currency"), max_length=3)
    basis = models.CharField(_("charged when"), max_length=10)
    wallet_id = models.BigIntegerField()
    route_id = models.IntegerField()
    carrier_id = models.IntegerField(null=True)
    on_unknown = models.CharField(_("when unknown"), max_length=6, choices=OnUnknown.choices)
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    due_at = models.DateTimeField(_("not before"))
    valid_until = models.DateTimeField(_("valid until"))
    attempts = models.SmallIntegerField(_("attempts"), default=0)
    resends = models.SmallIntegerField(_("resends"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # Why it ended as it did: our code, and the carrier's own.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    carrier_code = models.CharField(_("carrier's code"), max_length=20, blank=True)

    objects = MessageQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_final(self) -> bool:
        return self.state in states.MESSAGE.final or self.state == State.NO_RECEIPT


class MessageText(models.Model):
    """What the recipient reads, signature included. By day: kept shorter than the message."""

    message_id = models.UUIDField(primary_key=True, editable=False)
    text = models.TextField()

    def __str__(self) -> str:
        return str(self.message_id)


class Due(models.Model):
    """What waits to be claimed: inserted at acceptance, deleted by the claim. Small, so fast."""

    message_id = models.UUIDField(primary_key=True, editable=False)
    route_id = models.IntegerField()
    # 0 verification, 1 notice, 2 marketing: urgent first. -1, -2, -3: the same, scheduled.
    lane = models.SmallIntegerField()
    account_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    # The sweeper reads the whole small table for what has expired; an index would cost every row.
    valid_until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "due"
        indexes = [
            # Read by the claim: the due of one route and lane, oldest first.
            models.Index(fields=["route_id", "lane", "due_at"], name="due_by_lane")
        ]

    def __str__(self) -> str:
        return str(self.message_id)


class AttemptQuerySet(StateQuerySet):
    machine = states.ATTEMPT


class Attempt(models.Model):
    """One try of one message at one carrier. `no` counts from 1."""

    pk = models.CompositePrimaryKey("message_id", "no")
    message_id = models.UUIDField()
    no = models.SmallIntegerField()
    carrier = _loose(Carrier)
    state = models.CharField(max_length=12, choices=AttemptState.choices)
    # The life of the sender that claimed it; what an older life left open is recovered.
    epoch = models.BigIntegerField()
    claimed_at = models.DateTimeField()
    submitting_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    # When the resolver decides, while the outcome is unknown.
    decide_at = models.DateTimeField(null=True)
    carrier_code = models.CharField(max_length=20, blank=True)

    objects = AttemptQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.message_id}/{self.no}"


class Part(models.Model):
    """What the carrier called one part. Carriers repeat their ids: only our own are unique here."""

    pk = models.CompositePrimaryKey("message_id", "attempt_no", "no")
    message_id = models.UUIDField()
    attempt_no = models.SmallIntegerField()
    no = models.SmallIntegerField()
    carrier = _loose(Carrier)
    carrier_message_id = models.CharField(max_length=65)
    raw_id = models.CharField(max_length=65)
    # What its receipt said; a message of several parts is delivered when all are.
    receipt_state = models.CharField(max_length=12, blank=True)

    def __str__(self) -> str:
        return f"{self.carrier_id}:{self.carrier_message_id}"


class Receipt(models.Model):
    """A delivery report as it came: stored, then acknowledged, then applied in groups."""

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = _loose(Carrier)
    carrier_message_id = models.CharField(_("carrier's id"), max_length=65)
    raw_id = models.CharField(max_length=65)
    number = models.CharField(_("number"), max_length=21, blank=True)
    # delivered | undelivered | pending: what the carrier's word means to us.
    outcome = models.CharField(_("outcome"), max_length=12)
    carrier_code = models.CharField(_("carrier's code"), max_length=20, blank=True)
    raw = models.TextField(_("as received"), blank=True)
    # Our own, where the carrier echoes it: then the match is exact although no answer came.
    reference = models.CharField(_("our reference"), max_length=64, blank=True, default="")
    received_at = models.DateTimeField(_("received"))
    applied_at = models.DateTimeField(_("applied"), null=True)
    message_id = models.UUIDField(null=True)
    # What it did: messaging.services.receipts.Effect.
    effect = models.CharField(_("effect"), max_length=12, blank=True)

    def __str__(self) -> str:
        return f"{self.carrier_id}:{self.raw_id} {self.outcome}"
