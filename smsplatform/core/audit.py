"""Who did what: a row in the transaction of the deed, never changed afterwards."""

from datetime import datetime
from typing import Any

from django.db import models


class AuditEntry(models.Model):
    """`account_id` is a plain number: the kernel knows no app."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=80)
    target = models.CharField(max_length=120)
    account_id = models.BigIntegerField(null=True, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        app_label = "core"
        verbose_name_plural = "audit entries"
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
