"""What customers are told, after it was announced: claimed and recorded by whoever posts.

Signed as Standard Webhooks say. At least once, in any order: `webhook-id` is the same on each try.
"""

import hmac
import random
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F
from standardwebhooks import Webhook

from accounts.models import Account, WebhookDelivery, WebhookEndpoint
from accounts.states import DeliveryState
from smsplatform.core import vault

# Seconds from one try to the next: ten tries in 75.6 hours, each ±20 %.
RETRY_AFTER_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
JITTER = 0.2
# How long a poster may hold a delivery; what it did not record by then is tried again.
LEASE = timedelta(seconds=60)
# How many may be under way at an endpoint that answers, and at one that failed twice.
AT_ONCE = 64
AT_ONCE_FAILING = 2
MOST_CLAIMED = 1000
# A customer who asked for silence (410) gets it.
GONE = 410


class Endpoint(NamedTuple):
    """Where posts go, as it stood lately. `kinds` empty means every kind."""

    id: int
    url: str
    key: bytes  # to sign with; empty where the secret cannot be read
    is_failing: bool
    most_per_post: int
    kinds: frozenset[str] = frozenset()
    # Secrets before this one, each with the end of its time in seconds since 1970.
    old_keys: tuple[tuple[bytes, float], ...] = ()

    def wants(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


class Delivery(NamedTuple):
    """What the caller may now try, until its lease ends. Ids stay text: nobody needs more."""

    id: str
    subject_id: str
    payload: str
    tries: int


class Share(NamedTuple):
    """What one endpoint gets of a claim."""

    endpoint: Endpoint
    deliveries: list[Delivery]


class Post(NamedTuple):
    """What goes out in one request."""

    endpoint: Endpoint
    deliveries: Sequence[Delivery]


class Result(NamedTuple):
    """What came of a post. `status` is None where there was no answer; `error` says why."""

    post: Post
    status: int | None
    error: str = ""
    retry_after_seconds: int = 0

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def create_endpoint(
    *,
    account: Account,
    url: str,
    secret: str,
    kinds: Sequence[str] = (),
    most_per_post: int = 1,
) -> WebhookEndpoint:
    """`secret`: `whsec_` and base64 of 24 to 64 random bytes. The caller has vetted the address."""
    Webhook(secret)
    return WebhookEndpoint.objects.create(
        account=account,
        url=url,
        kinds=list(kinds),
        sealed_secret=vault.seal(secret),
        most_per_post=most_per_post,
    )


def claim(*, most_each: int, now: datetime, rooms: Mapping[int, int] | None = None) -> list[Share]:
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
    shares: dict[int, list[Delivery]] = {}
    for endpoint_id, *fields in rows:
        shares.setdefault(endpoint_id, []).append(Delivery._make(fields))
    found = endpoints(id__in=list(shares)) if shares else []
    return [Share(endpoint, shares[endpoint.id]) for endpoint in found]


# Keys go into the UPDATE as arrays: joined, they would be looked for among all that is pending.
_CLAIM = """
    WITH picked AS MATERIALIZED (
        SELECT due.subject_id, due.id
        FROM accounts_webhookendpoint e
        LEFT JOIN unnest(%(known)s::bigint[], %(rooms)s::int[]) AS held(id, room)
            ON held.id = e.id
        CROSS JOIN LATERAL (
            SELECT p.subject_id, p.id FROM accounts_webhookdelivery p
            WHERE p.endpoint_id = e.id AND p.state = 'pending' AND p.due_at <= %(now)s
              AND (p.leased_until IS NULL OR p.leased_until <= %(now)s)
            ORDER BY p.due_at
            LIMIT least(coalesce(held.room, %(each)s),
                        CASE WHEN e.failures > 1 THEN %(failing)s ELSE %(most)s END)
            FOR UPDATE SKIP LOCKED
        ) due
        WHERE e.disabled_at IS NULL AND coalesce(held.room, 1) > 0
        LIMIT %(most)s
    )
    UPDATE accounts_webhookdelivery d SET leased_until = %(lease)s, tries = d.tries + 1
    WHERE d.subject_id = ANY(ARRAY(SELECT subject_id FROM picked))
      AND d.id = ANY(ARRAY(SELECT id FROM picked)) AND d.state = 'pending'
    RETURNING d.endpoint_id, d.id::text, d.subject_id::text, d.payload, d.tries
"""


def endpoints(**which: Any) -> list[Endpoint]:
    rows = WebhookEndpoint.objects.filter(**which).values_list(
        "id", "url", "sealed_secret", "failures", "most_per_post", "kinds", "old_secrets"
    )
    return [
        Endpoint(pk, url, _key(sealed), failures > 1, most, frozenset(kinds), _old_keys(old))
        for pk, url, sealed, failures, most, kinds, old in rows
    ]


def _old_keys(old_secrets: Sequence[Mapping[str, Any]]) -> tuple[tuple[bytes, float], ...]:
    read = [(_key(one["sealed"]), one["until"]) for one in old_secrets]
    return tuple((key, until) for key, until in read if key)


@lru_cache(maxsize=4096)
def _key(sealed_secret: str) -> bytes:
    try:
        return b64decode(vault.unseal(sealed_secret).removeprefix("whsec_"))
    except (vault.Unreadable, ValueError):
        return b""


def give_back(deliveries: Sequence[Delivery], *, now: datetime) -> None:
    """Claimed and not tried: due at once, and no try is counted."""
    _put_off(
        [(one.subject_id, one.id, one.tries, one.tries - 1, now, None, "") for one in deliveries]
    )


def body(post: Post) -> bytes:
    """An event alone, or an envelope of events for an endpoint that takes several.

    In the envelope each event begins with its delivery's id: what it would have been posted under.
    """
    if post.endpoint.most_per_post == 1:
        [delivery] = post.deliveries
        return delivery.payload.encode()
    events = ",".join(f'{{"id":"{one.id}",{one.payload[1:]}' for one in post.deliveries)
    return f'{{"type":"events","events":[{events}]}}'.encode()


def headers(post: Post, body: bytes, *, at: int) -> bytes:
    """Lines of a request's head. The signature covers the id, this try's time and the body.

    `at`: seconds since 1970. As the library `standardwebhooks` signs, which takes 20 µs for it.
    """
    webhook_id = post.deliveries[0].id.encode()
    signed = b"%b.%d.%b" % (webhook_id, at, body)
    signatures = _signature(post.endpoint.key, signed)
    for key, until in post.endpoint.old_keys:
        if at < until:
            signatures += b" " + _signature(key, signed)
    return (
        b"Content-Type: application/json\r\n"
        b"webhook-id: %b\r\nwebhook-timestamp: %d\r\nwebhook-signature: %b\r\n"
    ) % (webhook_id, at, signatures)


def _signature(key: bytes, signed: bytes) -> bytes:
    return b"v1," + b64encode(hmac.digest(key, signed, "sha256"))


def record(results: Sequence[Result], *, now: datetime) -> None:
    """All results of a group in one transaction. Recording one twice changes nothing."""
    ended: dict[tuple[DeliveryState, int | None, str], list[Delivery]] = {}
    again: list[tuple[Any, ...]] = []
    for one in results:
        if one.is_delivered:
            key = (DeliveryState.DELIVERED, one.status, "")
            ended.setdefault(key, []).extend(one.post.deliveries)
            continue
        jitter = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
        for delivery in one.post.deliveries:
            if delivery.tries > len(RETRY_AFTER_SECONDS) or one.status == GONE:
                ended.setdefault((DeliveryState.DEAD, one.status, one.error), []).append(delivery)
            else:
                again.append(_retry(delivery, one, now, jitter))
    with transaction.atomic():
        for (state, status, error), group in ended.items():
            changes = {"finished_at": now, "last_status": status, "last_error": error[:120]}
            # Who asks for no key gets none parsed: half of what recording costs here.
            _rows(group).advance(state, returning=["tries"], **changes)
        _put_off(again)
        _count_failures(results, now)


def _retry(delivery: Delivery, result: Result, now: datetime, jitter: float) -> tuple[Any, ...]:
    seconds = RETRY_AFTER_SECONDS[delivery.tries - 1] * jitter
    due_at = now + timedelta(seconds=max(seconds, result.retry_after_seconds))
    tries = delivery.tries
    key = (delivery.subject_id, delivery.id)
    return *key, tries, tries, due_at, result.status, result.error[:120]


_PUT_OFF = """
    UPDATE accounts_webhookdelivery d
    SET tries = v.new_tries, due_at = v.due_at, leased_until = NULL, last_error = v.error,
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
    delivered = {one.post.endpoint.id for one in results if one.is_delivered}
    failed = {one.post.endpoint.id for one in results} - delivered
    gone = {one.post.endpoint.id for one in results if one.status == GONE}
    endpoints = WebhookEndpoint.objects
    if delivered:
        endpoints.filter(id__in=delivered, failures__gt=0).update(failures=0)
    if failed:
        endpoints.filter(id__in=failed).update(failures=F("failures") + 1)
    if gone:
        endpoints.filter(id__in=gone, disabled_at__isnull=True).update(
            disabled_at=now, disabled_reason="answered 410 Gone"
        )


def _rows(deliveries: Sequence[Delivery]) -> Any:
    """Subjects narrow the search to the partitions that hold them."""
    return WebhookDelivery.objects.filter(
        subject_id__among=[one.subject_id for one in deliveries],
        id__among=[one.id for one in deliveries],
    )
