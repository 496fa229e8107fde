"""The countries that an account may send to beside its own: a fence against toll fraud."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import phonenumbers
from django.db import transaction

from accounts.models import Account
from billing.services import pricing
from messaging.models import OpenedCountry
from messaging.services.validation import SendRequest
from smsplatform.core import audit
from smsplatform.core.remember import each_for_a_second

Opened = Mapping[int, frozenset[str]]


def of_requests(requests: Sequence[SendRequest]) -> Opened:
    """By account; asked only for those that write to another country than their own."""
    abroad = {
        request.key.account_id
        for request in requests
        if any(row.number and row.number.country != request.key.country for row in request.rows)
    }
    return opened(abroad) if abroad else {}


@each_for_a_second
def opened(account_ids: Collection[int]) -> Opened:
    found: dict[int, set[str]] = {account_id: set() for account_id in account_ids}
    rows = OpenedCountry.objects.filter(account_id__in=list(account_ids))
    for account_id, country in rows.values_list("account_id", "country"):
        found[account_id].add(country)
    return {account_id: frozenset(countries) for account_id, countries in found.items()}


def priced(*, account: Account, now: datetime) -> list[str]:
    """Those that a list names which this account pays by; one that names none prices all."""
    book = pricing.load(account_ids=[account.pk], now=now)
    named = book.countries(account_id=account.pk, currency=account.currency)
    return sorted(phonenumbers.SUPPORTED_REGIONS if "" in named else named)


def open_country(*, account_id: int, country: str, by: str, now: datetime) -> bool:
    """False where it was open before."""
    with transaction.atomic():
        _row, is_new = OpenedCountry.objects.get_or_create(
            account_id=account_id, country=country, defaults={"opened_at": now, "opened_by": by}
        )
        if is_new:
            _note("country.opened", account_id, country, by, now)
    return is_new


def close_country(*, account_id: int, country: str, by: str, now: datetime) -> bool:
    """From the next second on. What was accepted for it is sent."""
    with transaction.atomic():
        gone, _kinds = OpenedCountry.objects.filter(account_id=account_id, country=country).delete()
        if gone:
            _note("country.closed", account_id, country, by, now)
    return bool(gone)


def _note(action: str, account_id: int, country: str, by: str, now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        target=f"accounts.account:{account_id}",
        account_id=account_id,
        now=now,
        facts={"country": country},
    )
