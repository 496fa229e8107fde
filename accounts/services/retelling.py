"""What is told at a customer's wish: an event to try an endpoint with, and what was given up."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, WebhookDelivery, WebhookEndpoint
from accounts.services import announcing
from accounts.states import DeliveryState
from smsplatform.core import audit, ids
from smsplatform.core.errors import DomainError

TEST_KIND = "endpoint.test"
# Whoever tries an endpoint of somebody else's shall not flood it.
BETWEEN_TESTS = timedelta(seconds=10)
MOST_AT_ONCE = 1000


class EndpointPaused(DomainError):
    code = "endpoint_paused"
    status = 409
    message = _("This endpoint is paused; resume it first.")


class TestedJustNow(DomainError):
    code = "tested_just_now"
    status = 429
    message = _("A test event was sent a moment ago; wait ten seconds.")


def send_test(*, endpoint: WebhookEndpoint, by: Membership, now: datetime) -> UUID:
    """An event that tells of nothing, to this endpoint only, whatever kinds it wants."""
    _check_is_on(endpoint)
    event_id = ids.one(now)
    data = {"id": str(event_id), "sent_by": by.user.email}
    payload = json.dumps({"type": TEST_KIND, "timestamp": now.isoformat(), "data": data})
    waited = Q(tested_at__isnull=True) | Q(tested_at__lte=now - BETWEEN_TESTS)
    with transaction.atomic():
        if not WebhookEndpoint.objects.filter(waited, pk=endpoint.pk).update(tested_at=now):
            raise TestedJustNow
        event = announcing.Event(endpoint.account_id, event_id, TEST_KIND, payload)
        announcing.announce_to(endpoint_id=endpoint.pk, event=event, now=now)
    return event_id


def replay(
    *,
    endpoint: WebhookEndpoint,
    by: Membership,
    now: datetime,
    delivery_ids: Collection[UUID] | None = None,
) -> int:
    """Tell what was given up once more, as if for the first time; without ids all of it, the
    newest thousand at once. Returns how many."""
    _check_is_on(endpoint)
    given_up = WebhookDelivery.objects.filter(endpoint=endpoint, state=DeliveryState.DEAD)
    if delivery_ids is not None:
        given_up = given_up.filter(id__in=delivery_ids)
    found = list(given_up.order_by("-id").values_list("subject_id", "id")[:MOST_AT_ONCE])
    if not found:
        return 0
    # Subjects narrow the search to the partitions that hold them.
    rows = WebhookDelivery.objects.filter(
        subject_id__among=[subject_id for subject_id, _id in found],
        id__among=[delivery_id for _subject_id, delivery_id in found],
    )
    with transaction.atomic():
        moved = rows.advance(
            DeliveryState.PENDING, tries=0, due_at=now, leased_until=None, finished_at=None
        )
        announcing.ring()
        audit.record(
            actor=by.user.email,
            action="webhook.replayed",
            target=f"accounts.webhookendpoint:{endpoint.pk}",
            account_id=endpoint.account_id,
            facts={"count": len(moved)},
            now=now,
        )
    return len(moved)


def _check_is_on(endpoint: WebhookEndpoint) -> None:
    if endpoint.disabled_at is not None:
        raise EndpointPaused
