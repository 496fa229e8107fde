"""Messages from phones."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ForAccountQuerySet
from messaging.models.carrier import Carrier


def _loose(model: Any, **options: Any) -> Any:
    """A reference that the database does not enforce: a dropped month must not be held by it."""
    return models.ForeignKey(
        model, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, **options
    )


class Inbound(models.Model):
    """A message from a phone: stored, then acknowledged. Partitioned by month, by its id."""

    class Outcome(models.TextChoices):
        OPT_OUT = "opt_out", _("opted out")
        OPT_IN = "opt_in", _("opted in again")
        HELP = "help", _("asked for help")
        NONE = "none", _("nothing")
        # Kept as it came, because obeying it failed; somebody has to look.
        FAILED = "failed", _("could not be read")

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    carrier = _loose(Carrier, verbose_name=_("carrier"))
    # E.164 where it is a telephone number, else as it came.
    number = models.CharField(_("from"), max_length=21)
    destination = models.CharField(_("to"), max_length=21, blank=True)
    text = models.TextField(_("text"), blank=True)
    alphabet = models.CharField(_("encoding"), max_length=8)
    parts = models.SmallIntegerField(_("parts"), default=1)
    # False: some parts never came.
    is_complete = models.BooleanField(_("complete"), default=True)
    # Whose recipient wrote; nobody's where no extension and no earlier message tells.
    account = _loose(Account, null=True, verbose_name=_("account"))
    signature_id = models.BigIntegerField(_("signature"), null=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices)
    word = models.CharField(_("word"), max_length=30, blank=True)
    received_at = models.DateTimeField(_("received"))

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("message from a phone")
        verbose_name_plural = _("messages from phones")

    def __str__(self) -> str:
        return str(self.id)


class InboundPart(models.Model):
    """A part of a long message that waits for the others. The bytes are joined before they are
    read: a sender may cut a character in two."""

    carrier = _loose(Carrier, verbose_name=_("carrier"))
    number = models.CharField(_("from"), max_length=21)
    is_international = models.BooleanField(_("international"), default=False)
    destination = models.CharField(_("to"), max_length=21, blank=True)
    reference = models.IntegerField(_("reference"))
    total = models.SmallIntegerField(_("parts"))
    no = models.SmallIntegerField(_("No."))
    alphabet = models.CharField(_("encoding"), max_length=8)
    content = models.BinaryField(_("bytes"))
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("part of a message from a phone")
        verbose_name_plural = _("parts of messages from phones")
        indexes = [
            models.Index(
                fields=["carrier", "number", "destination", "reference"], name="part_to_join"
            ),
            models.Index(fields=["received_at"], name="part_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.no}/{self.total}"


class InboundSeen(models.Model):
    """What came from a carrier lately: it sends again what we could not acknowledge in time."""

    fingerprint = models.BinaryField(primary_key=True, max_length=32)
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("message seen")
        verbose_name_plural = _("messages seen")
        indexes = [models.Index(fields=["seen_at"], name="inbound_seen_by_age")]

    def __str__(self) -> str:
        return bytes(self.fingerprint).hex()
