"""Webhook endpoints as their customers handle them: added, changed, paused, given a new secret.

Each act is in the audit trail, by its host: a path may hold a secret of the customer's.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, WebhookDelivery, WebhookEndpoint
from accounts.services import announcing, webhooks
from accounts.states import DeliveryState
from smsplatform.core import audit, vault
from smsplatform.core.errors import DomainError, Invalid, Problem, Sentence
from smsplatform.core.http import UrlRefused, check_url

MOST_ENDPOINTS = 10
# So long the posts carry the signatures of both, the new secret and the one before.
BOTH_VALID = timedelta(hours=24)
_MOST_OLD_SECRETS = 2

_REFUSED: dict[str, Sentence] = {
    "url_too_long": _("The address is too long: at most 2,048 characters."),
    "url_characters": _("The address contains a character that does not belong there."),
    "url_scheme": _("The address must begin with https://."),
    "url_malformed": _("The address is not complete; write it like https://example.com/sms."),
    "url_userinfo": _("The address must not contain a user name or password."),
    "url_port": _("This port cannot be used; 443 is best."),
    "url_host": _("This host cannot be used: it is not a public name."),
    "url_address": _("This host cannot be used: it is not a public address."),
}


class TooManyEndpoints(DomainError):
    code = "too_many_endpoints"
    status = 409
    message = _("An account has at most {most} endpoints; remove one first.")


class EndpointKnown(DomainError):
    code = "endpoint_known"
    status = 409
    message = _("This address is told already; change that endpoint.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an endpoint shall be. No `kinds` means every kind."""

    url: str
    kinds: Sequence[str] = ()
    most_per_post: int = 1


def living(account: Account) -> QuerySet[Any]:
    """Paused ones too."""
    return WebhookEndpoint.objects.for_account(account).filter(removed_at__isnull=True)


def add(
    *, account: Account, wish: Wish, by: Membership, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its secret, which nobody can ever read again."""
    url, secret = _vetted(wish.url), _secret()
    with transaction.atomic():
        _lock(account)
        if living(account).count() >= MOST_ENDPOINTS:
            raise TooManyEndpoints(most=MOST_ENDPOINTS)
        _check_new(account, url)
        endpoint = webhooks.create_endpoint(
            account=account,
            url=url,
            secret=secret,
            kinds=wish.kinds,
            most_per_post=wish.most_per_post,
        )
        _record(endpoint, by, now, "added")
    return endpoint, secret


def change(*, endpoint: WebhookEndpoint, wish: Wish, by: Membership, now: datetime) -> None:
    """What waits is told at the new address; what it newly wants it is told from now on."""
    url = _vetted(wish.url)
    with transaction.atomic():
        _lock(endpoint.account)
        if url != endpoint.url:
            _check_new(endpoint.account, url)
        endpoint.url, endpoint.kinds = url, list(wish.kinds)
        endpoint.most_per_post = wish.most_per_post
        endpoint.failures, endpoint.listens_since = 0, now
        endpoint.save(update_fields=["url", "kinds", "most_per_post", "failures", "listens_since"])
        _record(endpoint, by, now, "changed")


def rotate(*, endpoint: WebhookEndpoint, by: Membership, now: datetime) -> str:
    """A new secret; posts are signed with the one before too, for a day."""
    secret = _secret()
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        valid = [old for old in row.old_secrets if old["until"] > now.timestamp()]
        until = (now + BOTH_VALID).timestamp()
        valid.append({"sealed": row.sealed_secret, "until": until})
        row.old_secrets = valid[-_MOST_OLD_SECRETS:]
        row.sealed_secret = vault.seal(secret)
        row.save(update_fields=["sealed_secret", "old_secrets"])
        _record(row, by, now, "rotated")
    return secret


def pause(*, endpoint: WebhookEndpoint, by: Membership, now: datetime) -> bool:
    """True for the one call that did it. What happens meanwhile is not told; what waits, waits."""
    return _switch(endpoint, by, now, "paused", disabled_at=now, disabled_reason="paused")


def resume(*, endpoint: WebhookEndpoint, by: Membership, now: datetime) -> bool:
    """True for the one call that did it. What waited is due now."""
    changes = {"disabled_at": None, "disabled_reason": "", "failures": 0, "listens_since": now}
    with transaction.atomic():
        is_done = _switch(endpoint, by, now, "resumed", **changes)
        if is_done:
            waiting = WebhookDelivery.objects.in_state(DeliveryState.PENDING)
            waiting.filter(endpoint=endpoint, due_at__lt=now).update(due_at=now)
            announcing.ring()
    return is_done


def remove(*, endpoint: WebhookEndpoint, by: Membership, now: datetime) -> bool:
    """For good: what it still waits for is never told. True for the one call that did it."""
    changes = {"disabled_at": now, "disabled_reason": "removed", "removed_at": now}
    return _switch(endpoint, by, now, "removed", **changes)


def _switch(
    endpoint: WebhookEndpoint, by: Membership, now: datetime, deed: str, **changes: Any
) -> bool:
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, removed_at__isnull=True)
    if deed != "removed":
        rows = rows.filter(disabled_at__isnull=deed == "paused")
    with transaction.atomic():
        is_done = bool(rows.update(**changes))
        if is_done:
            _record(endpoint, by, now, deed)
    return is_done


def _vetted(url: str) -> str:
    """As it will be called. What its name leads to is asked anew at each post."""
    own_names = {urlsplit(settings.BASE_URL).hostname or "", *settings.ALLOWED_HOSTS}
    try:
        target = check_url(
            url, allowed=settings.OUTGOING_EXCEPTIONS, own_names=frozenset(own_names)
        )
    except UrlRefused as refused:
        raise Invalid(errors=[Problem(refused.code, _REFUSED[refused.code], "url")]) from refused
    return target.url


def _check_new(account: Account, url: str) -> None:
    if living(account).filter(url=url).exists():
        raise EndpointKnown(field="url")


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _lock(account: Account) -> None:
    """Endpoints of one account are made one after the other. Sending waits for none of this."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def _record(endpoint: WebhookEndpoint, by: Membership, now: datetime, deed: str) -> None:
    audit.record(
        actor=by.user.email,
        action=f"webhook.{deed}",
        target=f"accounts.webhookendpoint:{endpoint.pk}",
        account_id=endpoint.account_id,
        facts={"host": urlsplit(endpoint.url).hostname, "kinds": list(endpoint.kinds)},
        now=now,
    )
