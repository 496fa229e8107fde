"""What the tests of `verify` ask, and rows of webhooks."""

from datetime import timedelta

from accounts.models import WebhookDelivery, WebhookEndpoint
from messaging.models import Due
from reports.services import verification
from smsplatform.core import ids


def broken(now, since=None, until=None):
    return {
        finding.invariant.id
        for finding in verification.check(since=since, until=until, now=now)
        if not finding.is_well
    }


def healthy(row, now):
    """What a fault is planted into was whole before: else the plant would prove nothing."""
    assert broken(now) == set()
    return row


def wait(message):
    return Due.objects.create(
        message_id=message.id,
        route_id=1,
        lane=1,
        account_id=message.account_id,
        due_at=message.due_at,
        valid_until=message.valid_until,
    )


def endpoint(account, now, **fields):
    row = WebhookEndpoint.objects.create(account=account, url="https://a.example/", **fields)
    WebhookEndpoint.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=2))
    return row


def delivery(endpoint, message, now, **fields):
    return WebhookDelivery.objects.create(
        **{
            "id": ids.one(now),
            "subject_id": message.id,
            "account_id": endpoint.account_id,
            "endpoint": endpoint,
            "kind": f"message.{message.state}",
            "payload": "{}",
            "due_at": now,
            "created_at": now,
            **fields,
        }
    )
