"""What was accepted and may never go: its account was stopped for good, or what it was approved by
is no longer approved. A claim finds out when its turn comes; here all that waits is looked through
at once, also what is scheduled or in review, so that nobody waits for their money.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from accounts.states import AccountState
from messaging.services import cancelling, ending
from messaging.services.ending import Ending
from messaging.states import State
from templates_app.states import ReviewState

MOST = 500
# Before all that there are.
BEGINNING = UUID(int=0)

# What `reason` asks, of a message m. What reaches no phone needs nobody's approval.
COLUMNS = """
    a.state,
    CASE WHEN r.is_sandbox IS NOT true THEN t.state END,
    CASE WHEN r.is_sandbox IS NOT true THEN s.state END
"""
JOINS = """
    JOIN accounts_account a ON a.id = m.account_id
    LEFT JOIN messaging_route r ON r.id = m.route_id
    LEFT JOIN templates_app_template t ON t.id = m.template_id
    LEFT JOIN templates_app_signature s ON s.id = m.signature_id
"""

_GONE = (AccountState.FROZEN, AccountState.CLOSED)
_USABLE = (None, ReviewState.APPROVED)


def reason(*, account_state: str, template_state: str | None, signature_state: str | None) -> str:
    """Why such a message may never go; empty where it may go, now or later."""
    if account_state in _GONE:
        return "account_closed"
    if template_state not in _USABLE:
        return "template_withdrawn"
    return "" if signature_state in _USABLE else "signature_withdrawn"


def cancel(*, account_id: int, after: UUID, now: datetime) -> UUID | None:
    """Of the account's messages after that one, one group. Returns the last that was looked at:
    call it again with that; None when there are no more."""
    with transaction.atomic():
        queued = _look(_QUEUED, account_id, after)
        reviewed = _look(_REVIEWED, account_id, after)
        # Both are walked by their ids; neither runs ahead of the other.
        last = min((rows[-1][0] for rows in (queued, reviewed) if len(rows) == MOST), default=None)
        seen = [row for row in [*queued, *reviewed] if last is None or row[0] <= last]
        _cancel(account_id, seen, now)
    return last


def _look(sql: str, account_id: int, after: UUID) -> list[tuple[UUID, str]]:
    """Each with why it may not go, if so."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"account": account_id, "after": str(after), "most": MOST})
        return [
            (
                message_id,
                reason(account_state=account, template_state=template, signature_state=signature),
            )
            for message_id, account, template, signature in cursor.fetchall()
        ]


# A claim under way holds its rows, and judges them itself.
_QUEUED = f"""
    WITH waiting AS MATERIALIZED (
        SELECT message_id FROM messaging_due
        WHERE account_id = %(account)s AND message_id > %(after)s::uuid
        ORDER BY message_id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    SELECT m.id, {COLUMNS} FROM messaging_message m {JOINS}
    WHERE m.id = ANY(ARRAY(SELECT message_id FROM waiting))
    ORDER BY m.id
"""  # noqa: S608 - all ours
_REVIEWED = f"""
    SELECT m.id, {COLUMNS} FROM messaging_message m {JOINS}
    WHERE m.account_id = %(account)s AND m.rare_state = 'review' AND m.id > %(after)s::uuid
    ORDER BY m.id LIMIT %(most)s
"""  # noqa: S608


def _cancel(account_id: int, seen: Sequence[tuple[UUID, str]], now: datetime) -> None:
    groups: dict[str, list[UUID]] = {}
    for message_id, why in seen:
        if why:
            groups.setdefault(why, []).append(message_id)
    ended = ending.end(
        [Ending(found, State.CANCELLED, why) for why, found in groups.items()], now=now
    )
    cancelling.take(account_id, [one.id for one in ended])
