"""What operators of mainland China remember a signature by: that something is sent with it.

Noted by the hour from what was sent, never by the message.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from messaging.states import State
from smsplatform.core import ids
from templates_app.services import filing

# Noted once a day: what was noted today need not be looked for again.
_NOTED_FOR = timedelta(days=1)
_LATELY = timedelta(hours=2)
# A message may have been accepted a month before it was sent; looked for where much time is gone.
_LONG_QUIET = timedelta(days=90)
_LONG_AGO = timedelta(days=31)
_TAKEN = (State.SENT, State.DELIVERED, State.UNDELIVERED, State.NO_RECEIPT)


def note_recent(*, now: datetime) -> int:
    return _note(filing.quiet(since=now - _NOTED_FOR), now - _LATELY, now)


def note_scheduled(*, now: datetime) -> int:
    return _note(filing.quiet(since=now - _LONG_QUIET), now - _LONG_AGO, now)


def _note(quiet: Collection[tuple[int, str]], since: datetime, now: datetime) -> int:
    if not quiet:
        return 0
    values: dict[str, Any] = {
        "signatures": sorted({signature_id for signature_id, _operator in quiet}),
        "since": ids.first_at(since),
        "until": ids.first_at(now + timedelta(minutes=5)),
        "taken": list(map(str, _TAKEN)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_USED, values)
        used = set(cursor.fetchall())
    return filing.note_uses(uses=sorted(used.intersection(quiet)), at=now)


_USED = """
    SELECT DISTINCT signature_id, operator FROM messaging_message m
    WHERE id >= %(since)s AND id < %(until)s AND signature_id = ANY(%(signatures)s)
      AND operator <> '' AND state = ANY(%(taken)s)
      AND NOT EXISTS (SELECT FROM messaging_route r WHERE r.id = m.route_id AND r.is_sandbox)
"""
