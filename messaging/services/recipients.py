"""Whose recipient writes to us: the extension code that was written to tells the signature; else it
is whoever wrote to that number last."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from messaging.models import Carrier
from messaging.services.suppression import Scope
from smsplatform.core import ids
from templates_app.models import Signature

# An answer to what came longer ago is an answer to nobody.
ANSWERED_WITHIN = timedelta(hours=72)
# Six digits: templates_app.Signature.extension.
_EXTENSION_DIGITS = 6


class Owner(NamedTuple):
    """Nobody where nothing tells."""

    account_id: int | None = None
    signature_id: int | None = None
    signature: str = ""

    @property
    def scope(self) -> Scope:
        return Scope(self.account_id, self.signature_id)


def owners(*, carrier_id: int, pairs: Sequence[tuple[str, str]], now: datetime) -> list[Owner]:
    """Of pairs of a sender's number and the number that was written to, in their order."""
    by_extension = _by_extension(carrier_id, {destination for _number, destination in pairs})
    left = {number for number, destination in pairs if destination not in by_extension}
    by_number = _by_last_message(left, now) if left else {}
    return [
        by_extension.get(destination) or by_number.get(number) or Owner()
        for number, destination in pairs
    ]


def _by_extension(carrier_id: int, destinations: Collection[str]) -> dict[str, Owner]:
    code = Carrier.objects.values_list("access_code", flat=True).get(pk=carrier_id)
    extensions = {each: found for each in destinations if (found := _extension(each, code))}
    if not extensions:
        return {}
    rows = Signature.objects.filter(extension__in=set(extensions.values()))
    owned = {row.extension: Owner(row.account_id, row.id, row.text) for row in rows}
    return {each: owned[number] for each, number in extensions.items() if number in owned}


def _extension(destination: str, code: str) -> int | None:
    """The digits behind the carrier's own; a sender may have added more of theirs."""
    digits = destination.removeprefix("+").removeprefix(code)[:_EXTENSION_DIGITS]
    is_behind = bool(code) and destination.removeprefix("+").startswith(code)
    is_whole = len(digits) == _EXTENSION_DIGITS and digits.isascii() and digits.isdigit()
    return int(digits) if is_behind and is_whole else None


def _by_last_message(numbers: Collection[str], now: datetime) -> dict[str, Owner]:
    """No index knows a number without its account, for every message would pay for it; so each
    account is asked. Replies are few, and with extension codes this is never asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LAST, {"numbers": list(numbers), "since": ids.first_at(now - ANSWERED_WITHIN)}
        )
        return {number: Owner(account_id) for number, account_id in cursor.fetchall()}


_LAST = """
    SELECT DISTINCT ON (v.number) v.number, m.account_id
    FROM unnest(%(numbers)s::text[]) v(number)
    CROSS JOIN accounts_account a
    CROSS JOIN LATERAL (
        SELECT account_id, id FROM messaging_message
        WHERE account_id = a.id AND number = v.number AND id >= %(since)s AND attempts > 0
        ORDER BY id DESC LIMIT 1
    ) m
    ORDER BY v.number, m.id DESC
"""
