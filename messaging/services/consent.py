"""The ledger of consents: who agreed to what, when, to which wording. Entries are only added."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from messaging.models import ConsentEntry
from smsplatform.core import ids
from templates_app.models import MessageClass

Act = ConsentEntry.Act


@dataclass(frozen=True, slots=True)
class NewConsent:
    account_id: int
    number: str
    message_class: str
    act: str
    source: str
    at: datetime
    signature_id: int | None = None
    text_version: str = ""
    evidence: str = ""


def record(*, entries: Iterable[NewConsent], by: str, now: datetime) -> list[ConsentEntry]:
    """In the caller's transaction, in their order."""
    wanted = list(entries)
    rows = [
        ConsentEntry(
            id=entry_id,
            account_id=one.account_id,
            number=one.number,
            message_class=one.message_class,
            signature_id=one.signature_id,
            act=one.act,
            source=one.source,
            text_version=one.text_version,
            evidence=one.evidence,
            at=one.at,
            recorded_at=now,
            recorded_by=by,
        )
        for entry_id, one in zip(ids.series(now, len(wanted)), wanted, strict=True)
    ]
    return list(ConsentEntry.objects.bulk_create(rows))


class Consents:
    """What numbers said last to accounts, for all signatures or for one."""

    def __init__(self, rows: Iterable[tuple[int, str, int | None, str, datetime, UUID]] = ()):
        self._said = {
            (account_id, number, signature_id): (at, entry_id, act)
            for account_id, number, signature_id, act, at, entry_id in rows
        }

    def covers(self, account_id: int, number: str, signature_id: int | None) -> bool:
        """The latest counts, whether it was said of this signature or of all."""
        keys = ((account_id, number, None), (account_id, number, signature_id))
        last = max((self._said[key] for key in keys if key in self._said), default=None)
        return last is not None and last[2] == Act.GRANTED


def current_of(pairs: Collection[tuple[int, str]]) -> Consents:
    """What these numbers said of advertising to these accounts: one question, whatever their
    number. An old consent that is recorded late does not undo a later withdrawal."""
    if not pairs:
        return Consents()
    accounts, numbers = (list(column) for column in zip(*set(pairs), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [accounts, numbers, MessageClass.MARKETING.value])
        return Consents(cursor.fetchall())


# OFFSET 0 has the index asked once for each number.
_LATEST = """
    SELECT v.account_id, v.number, c.signature_id, c.act, c.at, c.id
    FROM unnest(%s::bigint[], %s::text[]) AS v(account_id, number)
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (e.signature_id) e.signature_id, e.act, e.at, e.id
        FROM messaging_consententry e
        WHERE e.account_id = v.account_id AND e.number = v.number AND e.message_class = %s
        ORDER BY e.signature_id, e.at DESC, e.id DESC
        OFFSET 0
    ) c
"""


def evidence_of(inbound_id: UUID) -> str:
    """What proves that a recipient said so."""
    return f"inbound:{inbound_id}"
