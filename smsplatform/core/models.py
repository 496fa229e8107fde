"""Django finds models here."""

from smsplatform.core.audit import AuditEntry
from smsplatform.core.queue import TaskPulse
from smsplatform.core.review.models import (
    CalendarDay,
    CannedReply,
    Item,
    ReviewReason,
    WorkingHours,
)

__all__ = [
    "AuditEntry",
    "CalendarDay",
    "CannedReply",
    "Item",
    "ReviewReason",
    "TaskPulse",
    "WorkingHours",
]
