"""The ledger of consents: who agreed to what, when, to which wording. Entries are only added."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from messaging.models import ConsentEntry
from smsplatform.core import ids

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


def current(
    *, account_id: int, numbers: Collection[str], message_class: str
) -> Mapping[tuple[str, int | None], ConsentEntry]:
    """The latest entry by number and signature; without a signature it is for all of them. An old
    consent that is recorded late does not undo a later withdrawal."""
    found = ConsentEntry.objects.for_account(account_id).filter(
        number__in=list(numbers), message_class=message_class
    )
    return {(row.number, row.signature_id): row for row in found.order_by("at", "id")}


def evidence_of(inbound_id: UUID) -> str:
    """What proves that a recipient said so."""
    return f"inbound:{inbound_id}"
