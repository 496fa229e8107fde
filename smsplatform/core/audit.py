"""Who did what: a row in the transaction of the deed, never changed afterwards."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """`account_id` is a plain number: the kernel knows no app."""

    at = models.DateTimeField(_("time"))
    actor = models.CharField(_("by"), max_length=200)
    action = models.CharField(_("action"), max_length=80)
    target = models.CharField(_("target"), max_length=120)
    account_id = models.BigIntegerField(_("account"), null=True, blank=True)
    facts = models.JSONField(_("facts"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        app_label = "core"
        indexes = [models.Index(fields=["account_id", "at"], name="audit_by_account")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.target}"


def record(
    *,
    actor: str,
    action: str,
    target: str,
    now: datetime,
    account_id: int | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Call it inside the transaction of what it tells of. No secret belongs into `facts`."""
    AuditEntry.objects.create(
        at=now,
        actor=actor,
        action=action,
        target=target,
        account_id=account_id,
        facts=facts or {},
    )


def record_each(
    *,
    actor: str,
    action: str,
    targets: Mapping[str, int | None],
    now: datetime,
    facts: dict[str, Any] | None = None,
) -> None:
    """One deed with many things: an entry for each, in one statement. By target: its account."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now,
            actor=actor,
            action=action,
            target=target,
            account_id=account_id,
            facts=facts or {},
        )
        for target, account_id in targets.items()
    )
