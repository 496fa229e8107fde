"""Django finds models here."""

from smsplatform.core.audit import AuditEntry
from smsplatform.core.queue import TaskPulse

__all__ = ["AuditEntry", "TaskPulse"]
