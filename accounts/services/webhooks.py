"""What customers are told: planned with the event, claimed and recorded by whoever posts.

Signed as Standard Webhooks say. At least once, in any order: `webhook-id` is the same on each try.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from standardwebhooks import Webhook

from accounts.models import Account, WebhookDelivery, WebhookEndpoint
from accounts.states import DeliveryState
from smsplatform.core import bulk, ids, vault
from smsplatform.core.remember import for_a_second

# Seconds from one try to the next: ten tries in 75.6 hours, each ±20 %.
RETRY_AFTER_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
JITTER = 0.2
# How long a poster may hold a delivery; what it did not record by then is tried again.
LEASE = timedelta(seconds=60)
# How many may be under way at an endpoint that answers, and at one that failed twice.
AT_ONCE = 32
AT_ONCE_FAILING = 2
MOST_CLAIMED = 1000
# A customer who asked for silence (410) gets it.
GONE = 410

NOTIFY_CHANNEL = "accounts_webhook"

_COLUMNS = (
    "id",
    "subject_id",
    "account_id",
    "endpoint_id",
    "kind",
    "payload",
    "state",
    "tries",
    "due_at",
    "last_error",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something an account may want to know. `payload` is the body, as it will be posted."""

    account_id: int
    subject_id: UUID
    kind: str
    payload: str


@dataclass(frozen=True, slots=True)
class Post:
    """A delivery that the caller may now try, until its lease ends."""

    id: UUID
    subject_id: UUID
    endpoint_id: int
    url: str
    secret: str
    payload: str
    tries: int
    is_failing: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a post. `status` is None where there was no answer; `error` says why."""

    post: Post
    status: int | None
    error: str = ""
    retry_after_seconds: int = 0

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class _Endpoint:
    id: int
    kinds: frozenset[str]

    def wants(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


def create_endpoint(
    *, account: Account, url: str, secret: str, kinds: Sequence[str] = ()
) -> WebhookEndpoint:
    """`secret`: `whsec_` and base64 of 24 to 64 random bytes. The caller has vetted the address."""
    Webhook(secret)
    return WebhookEndpoint.objects.create(
        account=account, url=url, kinds=list(kinds), sealed_secret=vault.seal(secret)
    )


def plan(events: Sequence[Event], *, now: datetime) -> None:
    """A delivery for each event and endpoint that wants it; in the transaction of the event."""
    planned = [
        (event, endpoint.id)
        for event in events
        for endpoint in _endpoints(event.account_id)
        if endpoint.wants(event.kind)
    ]
    if not planned:
        return
    delivery_ids = ids.series(now, len(planned))
    bulk.copy(
        "accounts_webhookdelivery",
        _COLUMNS,
        (
            (
                delivery_id,
                event.subject_id,
                event.account_id,
                endpoint_id,
                event.kind,
                event.payload,
                DeliveryState.PENDING.value,
                0,
                now,
                "",
                now,
            )
            for delivery_id, (event, endpoint_id) in zip(delivery_ids, planned, strict=True)
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {NOTIFY_CHANNEL}")


def claim(*, most_each: int, now: datetime, rooms: Mapping[int, int] | None = None) -> list[Post]:
    """Due deliveries of every endpoint, at most so many of each; leased to the caller.

    `rooms`: of endpoints whose posts the caller holds already, how many more it can take. A failing
    endpoint is offered two at a time, so that it costs nobody else their turn.
    """
    rooms = rooms or {}
    values: dict[str, Any] = {
        "now": now,
        "lease": now + LEASE,
        "each": most_each,
        "failing": AT_ONCE_FAILING,
        "known": list(rooms),
        "rooms": list(rooms.values()),
        "most": MOST_CLAIMED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        rows = cursor.fetchall()
    return [_post(row) for row in rows]


_CLAIM = """
    UPDATE accounts_webhookdelivery d SET due_at = %(lease)s, tries = d.tries + 1
    FROM (
        SELECT e.id AS endpoint_id, e.url, e.sealed_secret, e.failures > 1 AS is_failing,
               picked.subject_id, picked.id
        FROM accounts_webhookendpoint e
        LEFT JOIN unnest(%(known)s::bigint[], %(rooms)s::int[]) AS held(id, room)
            ON held.id = e.id
        CROSS JOIN LATERAL (
            SELECT p.subject_id, p.id FROM accounts_webhookdelivery p
            WHERE p.endpoint_id = e.id AND p.state = 'pending' AND p.due_at <= %(now)s
            ORDER BY p.due_at
            LIMIT least(coalesce(held.room, %(each)s),
                        CASE WHEN e.failures > 1 THEN %(failing)s ELSE %(most)s END)
            FOR UPDATE SKIP LOCKED
        ) picked
        WHERE e.disabled_at IS NULL AND coalesce(held.room, 1) > 0
        LIMIT %(most)s
    ) c
    WHERE d.subject_id = c.subject_id AND d.id = c.id AND d.state = 'pending'
    RETURNING d.id, d.subject_id, c.endpoint_id, c.url, d.payload, d.tries, c.is_failing,
              c.sealed_secret
"""


def _post(row: tuple[Any, ...]) -> Post:
    delivery_id, subject_id, endpoint_id, url, payload, tries, is_failing, sealed = row
    try:
        secret = vault.unseal(sealed)
    except vault.Unreadable:
        secret = ""
    return Post(delivery_id, subject_id, endpoint_id, url, secret, payload, tries, is_failing)


def give_back(posts: Sequence[Post], *, now: datetime) -> None:
    """Claimed and not tried: due at once, and no try is counted."""
    rows = [(one.subject_id, one.id, one.tries, one.tries - 1, now, None, "") for one in posts]
    _put_off(rows)


@lru_cache(maxsize=1024)
def _signer(secret: str) -> Webhook:
    return Webhook(secret)


def headers(post: Post, *, now: datetime) -> dict[str, str]:
    """The signature covers the id, this try's time and the body. ValueError without a secret."""
    if not post.secret:
        raise ValueError("the secret cannot be read")
    return {
        "Content-Type": "application/json",
        "webhook-id": str(post.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": _signer(post.secret).sign(str(post.id), now, post.payload),
    }


def record(results: Sequence[Result], *, now: datetime) -> None:
    """All results of a group in one transaction. Recording one twice changes nothing."""
    with transaction.atomic():
        ended: dict[tuple[DeliveryState, int | None, str], list[Result]] = {}
        for one in results:
            if one.is_delivered:
                ended.setdefault((DeliveryState.DELIVERED, one.status, ""), []).append(one)
            elif _is_last(one):
                ended.setdefault((DeliveryState.DEAD, one.status, one.error), []).append(one)
        for (state, status, error), group in ended.items():
            _rows(group).advance(state, finished_at=now, last_status=status, last_error=error[:120])
        again = [one for one in results if not one.is_delivered and not _is_last(one)]
        _put_off([_retry(one, now) for one in again])
        _count_failures(results, now)


def _is_last(one: Result) -> bool:
    return one.post.tries > len(RETRY_AFTER_SECONDS) or one.status == GONE


def _retry(one: Result, now: datetime) -> tuple[Any, ...]:
    post = one.post
    jitter = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    seconds = max(RETRY_AFTER_SECONDS[post.tries - 1] * jitter, one.retry_after_seconds)
    due_at = now + timedelta(seconds=seconds)
    return post.subject_id, post.id, post.tries, post.tries, due_at, one.status, one.error[:120]


_PUT_OFF = """
    UPDATE accounts_webhookdelivery d
    SET tries = v.new_tries, due_at = v.due_at, last_error = v.error,
        last_status = coalesce(v.status, CASE WHEN v.error = '' THEN d.last_status END)
    FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::timestamptz[], %s::int[],
                %s::text[])
        AS v(subject_id, id, tries, new_tries, due_at, status, error)
    WHERE d.subject_id = ANY(%s::uuid[]) AND d.subject_id = v.subject_id AND d.id = v.id
      AND d.state = 'pending' AND d.tries = v.tries
"""


def _put_off(rows: Sequence[tuple[Any, ...]]) -> None:
    """Unless somebody else has claimed it since, because our lease had ended."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_PUT_OFF, [*columns, columns[0]])


def _count_failures(results: Sequence[Result], now: datetime) -> None:
    """One success ends a row of failures; 410 ends the endpoint."""
    delivered = {one.post.endpoint_id for one in results if one.is_delivered}
    failed = {one.post.endpoint_id for one in results} - delivered
    gone = {one.post.endpoint_id for one in results if one.status == GONE}
    endpoints = WebhookEndpoint.objects
    if delivered:
        endpoints.filter(id__in=delivered, failures__gt=0).update(failures=0)
    if failed:
        endpoints.filter(id__in=failed).update(failures=F("failures") + 1)
    if gone:
        endpoints.filter(id__in=gone, disabled_at__isnull=True).update(
            disabled_at=now, disabled_reason="answered 410 Gone"
        )


def _rows(results: Sequence[Result]) -> Any:
    """Subjects narrow the search to the partitions that hold them."""
    return WebhookDelivery.objects.filter(
        subject_id__among=[one.post.subject_id for one in results],
        id__among=[one.post.id for one in results],
    )


@for_a_second
def _endpoints(account_id: int) -> list[_Endpoint]:
    rows = WebhookEndpoint.objects.filter(account=account_id, disabled_at__isnull=True)
    return [_Endpoint(row.id, frozenset(row.kinds)) for row in rows]
