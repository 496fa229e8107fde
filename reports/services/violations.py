"""The look that nobody has to ask for: what is found broken is logged, kept, and shown to staff."""

import json
import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from reports.models import Violation
from reports.services import retention, verification
from reports.services.verification import INVARIANTS, Finding
from smsplatform.core.errors import Sentence

log = logging.getLogger(__name__)

RECENT = timedelta(minutes=15)
KEPT_ROWS = 5
_ONE_DAY = timedelta(days=1)
_OF_A_TIME = [invariant for invariant in INVARIANTS if invariant.is_of_a_time]
_OF_ALL = [invariant for invariant in INVARIANTS if not invariant.is_of_a_time]


def look_at_recent(*, now: datetime) -> int:
    """What was accepted or booked in the last quarter of an hour. Returns how many are broken."""
    return _keep(verification.check(since=now - RECENT, now=now), now)


def look_at_all(*, now: datetime) -> int:
    """What holds for everything or not at all: balances, invoices, the database's own promises."""
    return _keep(verification.check(since=None, now=now, invariants=_OF_ALL), now)


def look_at_day(*, day: date, now: datetime) -> int:
    """One day (UTC) of everything else; days together are the whole."""
    since = datetime.combine(day, time(), UTC)
    found = verification.check(since=since, until=since + _ONE_DAY, now=now, invariants=_OF_A_TIME)
    return _keep(found, now)


def day_before(day: date) -> date | None:
    """None when nothing older is kept."""
    oldest = retention.kept_since()
    before = day - _ONE_DAY
    return before if oldest is not None and before >= oldest.date() else None


def still_open() -> list[tuple[Violation, Sentence]]:
    """What nobody has looked into yet, each with what must hold."""
    return [
        (violation, sentence(violation))
        for violation in Violation.objects.filter(closed_at__isnull=True).order_by("invariant")
    ]


def sentence(violation: Violation) -> Sentence:
    """Empty for an invariant that an older version had."""
    known = {invariant.id: invariant.sentence for invariant in INVARIANTS}
    return known.get(violation.invariant, "")


def close(*, violation: Violation, now: datetime) -> bool:
    """Somebody has looked into it. True for the one call that did it."""
    still_open = Violation.objects.filter(pk=violation.pk, closed_at__isnull=True)
    return bool(still_open.update(closed_at=now))


def _keep(findings: Iterable[Finding], now: datetime) -> int:
    broken = [finding for finding in findings if not finding.is_well]
    for finding in broken:
        rows = json.dumps(finding.rows[:KEPT_ROWS], cls=DjangoJSONEncoder)
        log.error("invariant %s: %s %s", finding.invariant.id, finding.invariant.sentence, rows)
        _open(finding, now)
    return len(broken)


def _open(finding: Finding, now: datetime) -> None:
    seen = {
        "found": len(finding.rows),
        "rows": finding.rows[:KEPT_ROWS],
        "last_seen_at": now,
    }
    with transaction.atomic():
        Violation.objects.update_or_create(
            invariant=finding.invariant.id,
            closed_at=None,
            defaults=seen,
            create_defaults={**seen, "first_seen_at": now},
        )
