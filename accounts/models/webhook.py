"""Events, and where they are told."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import states
from accounts.models.company import Account, ForAccountQuerySet
from accounts.states import DeliveryState
from smsplatform.core.states import StateQuerySet


class Event(models.Model):
    """An act of a person, a policy or the resolver. The rows tell what machines do all day."""

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, verbose_name=_("account"))
    kind = models.CharField(_("kind"), max_length=40)
    subject_id = models.UUIDField(_("subject"))
    actor = models.CharField(_("actor"), max_length=200)
    facts = models.JSONField(_("facts"), default=dict)
    created_at = models.DateTimeField(_("time"))

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["subject_id"], name="event_by_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


MOST_PER_POST = 100


class WebhookEndpoint(models.Model):
    """Where an account wants to be told. `kinds` empty means every kind."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="endpoints", verbose_name=_("account")
    )
    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    url = models.CharField(_("address"), max_length=2048)
    kinds = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name=_("kinds")
    )
    sealed_secret = models.TextField(_("secret"), editable=False)
    # Secrets before this one: each {"sealed", "until": seconds since 1970}, signed with as well.
    old_secrets = models.JSONField(default=list, db_default=[], blank=True, editable=False)
    disabled_at = models.DateTimeField(_("disabled"), null=True, blank=True)
    disabled_reason = models.CharField(_("why"), max_length=80, blank=True)
    # Changed or switched on then; nothing where it never was. What happened before it is not told.
    listens_since = models.DateTimeField(_("listens since"), null=True, blank=True)
    tested_at = models.DateTimeField(_("tried"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    # With more than one, a post is an envelope of so many events at most.
    most_per_post = models.PositiveSmallIntegerField(
        _("events per post, at most"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PER_POST)],
    )
    # Consecutive; at two the sender narrows from 64 posts at once to 2.
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(most_per_post__range=(1, MOST_PER_POST)),
                name="endpoint_most_per_post",
            )
        ]

    def __str__(self) -> str:
        return self.url


class DeliveryQuerySet(StateQuerySet):
    machine = states.DELIVERY


class WebhookDelivery(models.Model):
    """One event for one endpoint, and the queue of what is still to be told.

    Partitioned by subject, so that a message's deliveries go when the message goes; the primary key
    in the database is (subject_id, id). `id` is the webhook-id: the same on every try.
    """

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    subject_id = models.UUIDField(_("subject"))
    account = models.ForeignKey(
        Account,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="deliveries",
        verbose_name=_("endpoint"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    payload = models.TextField(_("body"))
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due"))
    # Whoever claimed it may try it until then. No index knows of it, so a claim touches none.
    leased_until = models.DateTimeField(_("being tried until"), null=True)
    last_status = models.PositiveSmallIntegerField(_("last HTTP status"), null=True)
    last_error = models.CharField(_("last error"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("planned"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")

    def __str__(self) -> str:
        return f"{self.kind} → {self.endpoint_id}"
