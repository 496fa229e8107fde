"""The look that nobody has to ask for: what is found broken is logged, kept, and shown to staff."""

import json
import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from reports.models import Violation
from reports.services import retention, verification
from reports.services.verification import INVARIANTS, Finding
from smsplatform.core.errors import Sentence

log = logging.getLogger(__name__)

RECENT = timedelta(minutes=15)
KEPT_ROWS = 5
# A task has a minute, others wait behind it, and the last slice begins just before the end.
SLICE = timedelta(hours=3)
SECONDS_AT_ONCE = 15.0
_OF_A_TIME = [invariant for invariant in INVARIANTS if invariant.is_of_a_time]
_OF_ALL = [invariant for invariant in INVARIANTS if not invariant.is_of_a_time]


def look_at_recent(*, now: datetime) -> int:
    """What was accepted or booked in the last quarter of an hour. Returns how many are broken."""
    return _keep(verification.check(since=now - RECENT, now=now), now)


def look_at_all(*, now: datetime) -> int:
    """What holds for everything or not at all: balances, invoices, the database's own promises."""
    return _keep(verification.check(since=None, now=now, invariants=_OF_ALL), now)


def look_back(*, until: datetime, now: datetime) -> datetime | None:
    """Everything else, slice by slice from `until` back, for as long as a task may take; slices
    together are the whole. Returns where to go on, None when all that is kept was looked at.
    """
    oldest = retention.kept_since() or until
    started = time.monotonic()
    while until > oldest and time.monotonic() - started < SECONDS_AT_ONCE:
        since = until - SLICE
        found = verification.check(since=since, until=until, now=now, invariants=_OF_A_TIME)
        _keep(found, now)
        until = since
    return until if until > oldest else None


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
