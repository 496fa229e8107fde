"""What customers are told: planned with the event, claimed and recorded by whoever posts.

Signed as Standard Webhooks say. At least once, in any order: `webhook-id` is the same on each try.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
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


def claim(*, most_each: int, now: datetime) -> list[Post]:
    """Due deliveries of every endpoint, at most so many of each; leased to the caller.

    A failing endpoint is offered two at a time, so that it costs nobody else their turn.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "lease": now + LEASE, "most": most_each})
        rows = cursor.fetchall()
    return [Post(*[*row[:4], vault.unseal(row[4]), *row[5:]]) for row in rows]


_CLAIM = """
    UPDATE accounts_webhookdelivery d SET due_at = %(lease)s, tries = d.tries + 1
    FROM accounts_webhookendpoint e CROSS JOIN LATERAL (
        SELECT p.subject_id, p.id FROM accounts_webhookdelivery p
        WHERE p.endpoint_id = e.id AND p.state = 'pending' AND p.due_at <= %(now)s
        ORDER BY p.due_at LIMIT CASE WHEN e.failures > 1 THEN 2 ELSE %(most)s END
        FOR UPDATE SKIP LOCKED
    ) picked
    WHERE e.disabled_at IS NULL
      AND d.subject_id = picked.subject_id AND d.id = picked.id AND d.state = 'pending'
    RETURNING d.id, d.subject_id, e.id, e.url, e.sealed_secret, d.payload, d.tries,
              e.failures > 1
"""


def headers(post: Post, *, now: datetime) -> dict[str, str]:
    """The signature covers the id, this try's time and the body."""
    return {
        "Content-Type": "application/json",
        "webhook-id": str(post.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(post.secret).sign(str(post.id), now, post.payload),
    }


def record(results: Sequence[Result], *, now: datetime) -> None:
    """All results of a group in one transaction. Recording one twice changes nothing."""
    with transaction.atomic():
        _record_delivered([one for one in results if one.is_delivered], now)
        for result in results:
            if not result.is_delivered:
                _record_failed(result, now)
        _count_failures(results, now)


def _record_delivered(results: Sequence[Result], now: datetime) -> None:
    by_status: dict[int | None, list[Result]] = {}
    for result in results:
        by_status.setdefault(result.status, []).append(result)
    for status, group in by_status.items():
        _rows(group).advance(
            DeliveryState.DELIVERED, finished_at=now, last_status=status, last_error=""
        )


def _record_failed(result: Result, now: datetime) -> None:
    rows = _rows([result])
    told: dict[str, Any] = {"last_status": result.status, "last_error": result.error[:120]}
    tries = result.post.tries
    if tries > len(RETRY_AFTER_SECONDS) or result.status == GONE:
        rows.advance(DeliveryState.DEAD, finished_at=now, **told)
        return
    seconds = RETRY_AFTER_SECONDS[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    due_at = now + timedelta(seconds=max(seconds, result.retry_after_seconds))
    rows.filter(state=DeliveryState.PENDING).update(due_at=due_at, **told)


def _count_failures(results: Sequence[Result], now: datetime) -> None:
    """One success ends a row of failures; 410 ends the endpoint."""
    delivered = {one.post.endpoint_id for one in results if one.is_delivered}
    failed = {one.post.endpoint_id for one in results} - delivered
    endpoints = WebhookEndpoint.objects
    endpoints.filter(id__in=delivered, failures__gt=0).update(failures=0)
    for endpoint in endpoints.filter(id__in=failed):
        endpoints.filter(id=endpoint.id).update(failures=endpoint.failures + 1)
    gone = {one.post.endpoint_id for one in results if one.status == GONE}
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
