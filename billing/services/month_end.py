"""The end of a month in each ledger's zone: what was booked in it becomes an invoice.

Nothing can be written into what is closed: an entry gets the number after the ledger's last one,
the database takes each number once and changes none. What comes late lies in the next range.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from accounts.models import Account
from billing.services import invoicing
from billing.services.counting import month_after, month_of
from billing.services.months import SETTLED_AFTER
from smsplatform.core.errors import DomainError

_log = logging.getLogger(__name__)

# The first entry of each ledger that no invoice has: two steps of an index for a ledger.
_OPEN = """
    SELECT h.account_id, h.timezone, e.booked_at
    FROM billing_ledgerhead h
    LEFT JOIN LATERAL (
        SELECT i.to_seq FROM billing_invoice i
        WHERE i.account_id = h.account_id ORDER BY i.from_seq DESC LIMIT 1
    ) closed ON true
    JOIN billing_entry e ON e.account_id = h.account_id AND e.seq = coalesce(closed.to_seq, 0) + 1
    WHERE e.booked_at < date_trunc('month', %s AT TIME ZONE h.timezone) AT TIME ZONE h.timezone
    ORDER BY h.account_id
"""


class _Ledger(NamedTuple):
    account_id: int
    timezone: str
    first_at: datetime


def close_ended(*, now: datetime) -> int:
    """Every month that has ended and is not closed yet; returns how many invoices that made. One
    ledger that cannot be closed holds up no other."""
    return sum(_close(ledger, until, now) for ledger, until in _ended(now))


def _ended(now: datetime) -> Iterator[tuple[_Ledger, date]]:
    """Whoever took the time before the month ended has booked by SETTLED_AFTER."""
    settled = now - SETTLED_AFTER
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [settled])
        ledgers = [_Ledger._make(row) for row in cursor.fetchall()]
    for ledger in ledgers:
        until = month_after(month_of(ledger.first_at, ledger.timezone))
        while until <= month_of(settled, ledger.timezone):
            yield ledger, until
            until = month_after(until)


def _close(ledger: _Ledger, until: date, now: datetime) -> bool:
    account = Account.objects.get(pk=ledger.account_id)
    try:
        return invoicing.close(account=account, until_date=until, now=now) is not None
    except DomainError as error:
        _log.error("account %s is not closed until %s: %s", account.pk, until, error.sentence())
        return False
