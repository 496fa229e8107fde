"""A person's own phone: there when a code that went to it came back."""

from datetime import datetime

from django.db import transaction

from accounts.models import PhoneCode, User
from accounts.services import phone_codes
from smsplatform.core import audit

_PURPOSE = PhoneCode.Purpose.PERSON


def confirm(*, user: User, number: str, code: str, now: datetime) -> None:
    """CodeWrong where the code is not the one; the phone stays as it was."""
    by = f"user:{user.pk}"
    phone_codes.prove(number=number, purpose=_PURPOSE, by=by, code=code, now=now)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(phone=number, phone_proved_at=now)
        _record(user, "proved", now)


def remove(*, user: User, now: datetime) -> None:
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(phone="", phone_proved_at=None)
        _record(user, "removed", now)


def _record(user: User, verb: str, now: datetime) -> None:
    target = f"accounts.user:{user.pk}"
    audit.record(actor=f"user:{user.pk}", action=f"phone.{verb}", target=target, now=now)
