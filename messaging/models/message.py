"""Batches, messages and what became of them.

Partitioned in the database (messaging/services/partitions.py): by UUIDv7, so by time. No foreign
key points at these tables, and theirs are not enforced: a dropped month must not be held by a row
elsewhere, and a COPY of thousands must not look up each row's account. `manage.py verify` checks.
"""

from collections.abc import Sequence
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

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    account = _loose(Account, verbose_name=_("account"))
    project = _loose(Project, verbose_name=_("project"))
    source = models.CharField(_("source"), max_length=10)
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    first_id = models.UUIDField(_("first message"))
    last_id = models.UUIDField(_("last message"))
    count = models.IntegerField(_("messages"))
    parts = models.IntegerField(_("parts"))
    price_micros = models.BigIntegerField(_("price, micros"))
    currency = models.CharField(_("currency"), max_length=3)
    accepted_at = models.DateTimeField(_("accepted"))

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")

    def __str__(self) -> str:
        return str(self.id)


class IdempotencyKey(models.Model):
    """A customer's key and its batch, which the answer is rebuilt from; only `rejected` is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, verbose_name=_("account"))
    key = models.CharField(_("key"), max_length=255)
    body_hash = models.BinaryField(max_length=32)
    batch_id = models.UUIDField(_("batch"))
    rejected = models.JSONField(_("rejected rows"), default=list)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="idempotency_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key


class MessageQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.MESSAGE

    def advance(self, state: str, *, returning: Sequence[str] = (), **changes: Any) -> list[Any]:
        changes["rare_state"] = states.rare(state)
        return super().advance(state, returning=returning, **changes)


class Message(models.Model):
    """One recipient, one text, 1–10 parts: the customer's unit of status and money.

    What was promised at acceptance (account, number, parts, price, basis, wallet) never changes.
    """

    class OnUnknown(models.TextChoices):
        RESEND = "resend", _("send once more")
        FAIL = "fail", _("give up and refund")

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    account = _loose(Account, verbose_name=_("account"))
    project = _loose(Project, verbose_name=_("project"))
    batch_id = models.UUIDField(_("batch"))
    position = models.IntegerField(_("index in the request"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    number = models.CharField(_("number"), max_length=16)
    country = models.CharField(_("country"), max_length=2)
    # Whose network the number was given to; empty where the country's numbers do not tell.
    operator = models.CharField(_("operator"), max_length=12, blank=True)
    message_class = models.CharField(_("class"), max_length=12, choices=MessageClass.choices)
    template_id = models.BigIntegerField(_("template"), null=True)
    signature_id = models.BigIntegerField(_("signature"), null=True)
    encoding = models.CharField(_("encoding"), max_length=5)
    parts = models.SmallIntegerField(_("parts"))
    # 0 when a package paid: then it paid `parts`.
    price_micros = models.BigIntegerField(_("price, micros"))
    currency = models.CharField(_("currency"), max_length=3)
    basis = models.CharField(_("charged when"), max_length=10)
    wallet_id = models.BigIntegerField(_("wallet"))
    # The row of a price list that was quoted, also where a package paid.
    rate_id = models.BigIntegerField(_("price row"), null=True)
    route_id = models.IntegerField(_("route"))
    # The step of the route that it was dealt to, or had to go on to.
    step = models.SmallIntegerField(_("step"), default=0)
    carrier_id = models.IntegerField(_("carrier"), null=True)
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

    # What its index (message_by_state) holds of the state: see states.rare. Written by `advance`.
    rare_state = models.CharField(max_length=12, blank=True, db_default="", editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_final(self) -> bool:
        return self.state in states.MESSAGE.final or self.state == State.NO_RECEIPT


class MessageText(models.Model):
    """What the recipient reads, signature included. By day: kept shorter than the message."""

    message_id = models.UUIDField(_("message"), primary_key=True, editable=False)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("message text")
        verbose_name_plural = _("message texts")

    def __str__(self) -> str:
        return str(self.message_id)


class Due(models.Model):
    """What waits to be claimed: inserted at acceptance, deleted by the claim. Small, so fast."""

    message_id = models.UUIDField(_("message"), primary_key=True, editable=False)
    route_id = models.IntegerField(_("route"))
    # 0 verification, 1 notice, 2 marketing: urgent first. -1, -2, -3: the same, scheduled.
    lane = models.SmallIntegerField(_("lane"))
    step = models.SmallIntegerField(_("step"), default=0)
    account_id = models.BigIntegerField(_("account"))
    due_at = models.DateTimeField(_("not before"))
    # The sweeper reads the whole small table for what has expired; an index would cost every row.
    valid_until = models.DateTimeField(_("valid until"))

    class Meta:
        verbose_name = _("due message")
        verbose_name_plural = _("due messages")
        indexes = [
            # Walked by the claim from customer to customer, each one's oldest first.
            models.Index(
                fields=["lane", "route_id", "step", "account_id", "due_at"], name="due_by_turn"
            ),
            models.Index(fields=["due_at"], condition=models.Q(lane__lt=0), name="due_scheduled"),
        ]

    def __str__(self) -> str:
        return str(self.message_id)


class AttemptQuerySet(StateQuerySet):
    machine = states.ATTEMPT


class Attempt(models.Model):
    """One try of one message at one carrier. `no` counts from 1."""

    pk = models.CompositePrimaryKey("message_id", "no")
    message_id = models.UUIDField(_("message"))
    no = models.SmallIntegerField(_("No."))
    carrier = _loose(Carrier, verbose_name=_("carrier"))
    state = models.CharField(_("state"), max_length=12, choices=AttemptState.choices)
    # The life of the sender that claimed it; what an older life left open is recovered.
    epoch = models.BigIntegerField(_("epoch"))
    claimed_at = models.DateTimeField(_("claimed"))
    submitting_at = models.DateTimeField(_("submitting"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    # When the resolver decides, while the outcome is unknown.
    decide_at = models.DateTimeField(_("decided by"), null=True)
    carrier_code = models.CharField(_("carrier's code"), max_length=20, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.message_id}/{self.no}"


class Part(models.Model):
    """What the carrier called one part. Carriers repeat their ids: only our own are unique here."""

    pk = models.CompositePrimaryKey("message_id", "attempt_no", "no")
    message_id = models.UUIDField(_("message"))
    attempt_no = models.SmallIntegerField(_("attempt"))
    no = models.SmallIntegerField(_("No."))
    carrier = _loose(Carrier, verbose_name=_("carrier"))
    carrier_message_id = models.CharField(_("carrier's id"), max_length=65)
    raw_id = models.CharField(_("ID as received"), max_length=65)
    # What its receipt said; a message of several parts is delivered when all are.
    receipt_state = models.CharField(_("receipt"), max_length=12, blank=True)

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")

    def __str__(self) -> str:
        return f"{self.carrier_id}:{self.carrier_message_id}"


class Receipt(models.Model):
    """A delivery report as it came: stored, then acknowledged, then applied in groups."""

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    carrier = _loose(Carrier, verbose_name=_("carrier"))
    carrier_message_id = models.CharField(_("carrier's id"), max_length=65)
    raw_id = models.CharField(_("ID as received"), max_length=65)
    number = models.CharField(_("number"), max_length=21, blank=True)
    # delivered | undelivered | pending: what the carrier's word means to us.
    outcome = models.CharField(_("outcome"), max_length=12)
    carrier_code = models.CharField(_("carrier's code"), max_length=20, blank=True)
    raw = models.TextField(_("as received"), blank=True)
    # Our own, where the carrier echoes it: then the match is exact although no answer came.
    reference = models.CharField(_("our reference"), max_length=64, blank=True, default="")
    received_at = models.DateTimeField(_("received"))
    applied_at = models.DateTimeField(_("applied"), null=True)
    message_id = models.UUIDField(_("message"), null=True)
    # What it did: messaging.services.receipts.Effect.
    effect = models.CharField(_("effect"), max_length=12, blank=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")

    def __str__(self) -> str:
        return f"{self.carrier_id}:{self.raw_id} {self.outcome}"
