"""Whose turn it is: what is due is taken fairly, customer by customer, urgent classes first.

The rows of `Due` are walked by their index from one waiting customer to the next, so that a million
messages of one cost the others nothing: a claim gives each an equal share, and what the small ones
leave goes round again.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from messaging.services.routing import Place

# What small customers leave is offered to the others so often; the next claim is never far.
_ROUNDS = 3
# One message in eight of a shared place waits so long for the carrier that is being tried: who is
# quicker would else leave it nothing, and it would be tried for ever.
SHARED_FOR = timedelta(seconds=3)


def take(
    places: Sequence[Place], *, most: int, now: datetime, shared: Collection[Place] = ()
) -> list[UUID]:
    """Takes due messages of these places out of the queue, in the caller's transaction. Of a shared
    place some are left to its own carrier."""
    taken: list[UUID] = []
    for _round in range(_ROUNDS):
        found, has_more = _take(places, shared, most - len(taken), now)
        taken += found
        # Enough for one claim, or all there was.
        if not has_more or 2 * len(taken) >= most:
            break
    return taken


def _take(
    places: Sequence[Place], shared: Collection[Place], most: int, now: datetime
) -> tuple[list[UUID], bool]:
    """And whether somebody got a whole share, and so may have more."""
    routes, steps = (list(column) for column in zip(*places, strict=True))
    values: dict[str, Any] = {
        "routes": routes,
        "steps": steps,
        "shared": [place in shared for place in places],
        "most": most,
        "now": now,
        "waited": now - SHARED_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        rows = cursor.fetchall()
    sizes = Counter((turn, share) for _message_id, turn, share in rows)
    return [row[0] for row in rows], any(size >= share for (_turn, share), size in sizes.items())


# Materialised, because a plan that picks once for each row that it deletes picks too many.
# `turn` finds each waiting customer with one probe of the index. The random order is for a crowd of
# more customers than are claimed at once: nobody is always the last.
_TAKE = """
    WITH RECURSIVE turn (lane, route_id, step, is_shared, account_id) AS (
        SELECT urgency.lane, place.route_id, place.step, place.is_shared, first.account_id
        FROM unnest(ARRAY[0, 1, 2]::smallint[]) AS urgency(lane)
        CROSS JOIN unnest(%(routes)s::int[], %(steps)s::smallint[], %(shared)s::bool[])
            AS place(route_id, step, is_shared)
        CROSS JOIN LATERAL (
            SELECT d.account_id FROM messaging_due d
            WHERE d.lane = urgency.lane AND d.route_id = place.route_id AND d.step = place.step
            ORDER BY d.account_id LIMIT 1
        ) first
        UNION ALL
        SELECT turn.lane, turn.route_id, turn.step, turn.is_shared, next.account_id
        FROM turn CROSS JOIN LATERAL (
            SELECT d.account_id FROM messaging_due d
            WHERE d.lane = turn.lane AND d.route_id = turn.route_id AND d.step = turn.step
              AND d.account_id > turn.account_id
            ORDER BY d.account_id LIMIT 1
        ) next
    ), taken AS MATERIALIZED (
        SELECT picked.message_id, t.share, t.turn
        FROM (
            SELECT turn.*, ceil(%(most)s::numeric / count(*) OVER (PARTITION BY lane)) AS share,
                   row_number() OVER () AS turn
            FROM turn ORDER BY lane, random()
        ) t
        CROSS JOIN LATERAL (
            SELECT d.message_id FROM messaging_due d
            WHERE d.lane = t.lane AND d.route_id = t.route_id AND d.step = t.step
              AND d.account_id = t.account_id AND d.due_at <= %(now)s
              AND (NOT t.is_shared OR d.due_at <= %(waited)s
                   OR get_byte(uuid_send(d.message_id), 15) %% 8 <> 0)
            ORDER BY d.due_at LIMIT t.share FOR UPDATE SKIP LOCKED
        ) picked
        LIMIT %(most)s
    )
    DELETE FROM messaging_due d USING taken WHERE d.message_id = taken.message_id
    RETURNING d.message_id, taken.turn, taken.share
"""
