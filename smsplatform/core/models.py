"""Django finds models here."""

from smsplatform.core.audit import AuditEntry

__all__ = ["AuditEntry"]
