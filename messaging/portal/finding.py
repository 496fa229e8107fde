"""The search box of the shell: where what somebody typed is shown."""

import re
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from accounts.models import Account
from messaging import queries
from smsplatform.core.text import numbers

_PHONE = re.compile(r"[+\d\s().-]+")


def address(*, typed: str, account: Account) -> str:
    """One message's life if it is its id; else the list, by batch, number or reference."""
    if found := _as_id(typed):
        if queries.has_message(account=account, message_id=found):
            return reverse("message-detail", args=[found])
        return _filtered(batch=str(found))
    if _is_number(typed, account):
        return _filtered(number=typed)
    return _filtered(reference=typed)


def _filtered(**question: str) -> str:
    return f"{reverse('message-list')}?{urlencode(question)}"


def _as_id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _is_number(typed: str, account: Account) -> bool:
    """A reference may be all digits too: only what is a mobile number counts as one."""
    if not _PHONE.fullmatch(typed):
        return False
    try:
        numbers.parse(typed, region=account.country)
    except numbers.NumberError:
        return False
    return True
