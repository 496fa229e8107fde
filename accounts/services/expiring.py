"""Keys that end soon: whoever may make another one is told in time."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.models import ApiKey
from smsplatform.core import queue

REMINDERS = (7, 1)
_DAY = timedelta(days=1)


def remind_due(*, now: datetime) -> int:
    """7 days and 1 day before the end of a key, each once; returns how many keys."""
    soon = now + REMINDERS[0] * _DAY
    living = ApiKey.objects.filter(revoked_at=None, expires_at__gt=now, expires_at__lte=soon)
    return sum(_remind(key, now) for key in living.order_by("id"))


def _remind(key: ApiKey, now: datetime) -> bool:
    assert key.expires_at is not None  # noqa: S101 - as `remind_due` asks
    step = min(days for days in REMINDERS if key.expires_at - now <= days * _DAY)
    unsaid = Q(reminded_days__isnull=True) | Q(reminded_days__gt=step)
    with transaction.atomic():
        is_mine = ApiKey.objects.filter(unsaid, pk=key.pk).update(reminded_days=step)
        if is_mine:
            queue.enqueue("accounts.tasks.mail_key_ending", key_id=key.pk)
    return bool(is_mine)
