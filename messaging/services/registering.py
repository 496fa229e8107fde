"""What a customer enters into the register and the ledger: whole requests, in one transaction each,
with an audit entry."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from messaging.models import ConsentEntry
from messaging.services import consent, suppression
from messaging.services.consent import NewConsent
from messaging.services.refusals import SignatureUnknown
from messaging.services.suppression import NewSuppression
from smsplatform.core import audit
from smsplatform.core.errors import DomainError
from templates_app.models import Signature

MOST = 1000


class TimeAhead(DomainError):
    code = "time_ahead"
    status = 422
    message = _("A consent is recorded when it was given or taken back, not before.")


class TimePast(DomainError):
    code = "time_past"
    status = 422
    message = _("This time has passed already.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A number that an account wants to leave alone; empty class and signature mean all."""

    number: str
    message_class: str = ""
    signature: str = ""
    expires_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A consent as an account tells it. `at` left out is now."""

    number: str
    message_class: str
    act: str
    source: str
    signature: str = ""
    text_version: str = ""
    evidence: str = ""
    at: datetime | None = None


def suppress(
    *, account_id: int, wanted: Sequence[Wanted], source: str, by: str, now: datetime
) -> int:
    """How many were not in force before. Raises SignatureUnknown or TimePast."""
    name = _field("suppressions")
    for index, one in enumerate(wanted):
        if one.expires_at is not None and one.expires_at <= now:
            raise TimePast(field=name(index, "expires_at"))
    signatures = _signatures(account_id, [one.signature for one in wanted], name)
    rows = [
        NewSuppression(
            number=one.number,
            account_id=account_id,
            signature_id=signatures.get(one.signature),
            message_class=one.message_class,
            source=source,
            created_by=by,
            note=one.note,
            expires_at=one.expires_at,
        )
        for one in wanted
    ]
    with transaction.atomic():
        added = len(suppression.suppress(rows=rows, now=now))
        _note(account_id, "suppressions.added", by, now, {"asked": len(rows), "added": added})
    return added


def record(*, account_id: int, said: Sequence[Said], by: str, now: datetime) -> list[ConsentEntry]:
    """Raises SignatureUnknown or TimeAhead."""
    name = _field("consents")
    for index, one in enumerate(said):
        if one.at is not None and one.at > now:
            raise TimeAhead(field=name(index, "at"))
    signatures = _signatures(account_id, [one.signature for one in said], name)
    entries = [
        NewConsent(
            account_id=account_id,
            number=one.number,
            message_class=one.message_class,
            act=one.act,
            source=one.source,
            at=one.at or now,
            signature_id=signatures.get(one.signature),
            text_version=one.text_version,
            evidence=one.evidence,
        )
        for one in said
    ]
    with transaction.atomic():
        rows = consent.record(entries=entries, by=by, now=now)
        _note(account_id, "consents.recorded", by, now, {"recorded": len(rows)})
    return rows


_Name = Callable[[int, str], str]


def _field(rows: str) -> _Name:
    return lambda index, name: f"{rows}[{index}].{name}"


def _signatures(account_id: int, asked: Collection[str], name: _Name) -> dict[str, int]:
    """Their ids by text; the account's own only."""
    texts = set(asked) - {""}
    rows = Signature.objects.for_account(account_id).filter(text__in=texts) if texts else ()
    found = {row.text: row.id for row in rows}
    for index, text in enumerate(asked):
        if text and text not in found:
            raise SignatureUnknown(field=name(index, "signature"), signature=text)
    return found


def _note(account_id: int, action: str, by: str, now: datetime, facts: dict[str, int]) -> None:
    audit.record(
        actor=by,
        action=action,
        target=f"accounts.account:{account_id}",
        account_id=account_id,
        now=now,
        facts=facts,
    )
