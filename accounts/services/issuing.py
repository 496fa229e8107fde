"""Keys as their owners handle them: issued with no more than their maker may do, rotated, revoked.

Each act is in the audit trail. A project has at most two living keys of one name, so that programs
can change over from the old one to the new one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Membership, Project
from accounts.services import keys, permissions
from smsplatform.core import audit
from smsplatform.core.errors import DomainError


class KeyNameTaken(DomainError):
    code = "key_name_taken"
    status = 409
    message = _("A key of this name is in use; rotate that one, or choose another name.")


class KeyRotating(DomainError):
    code = "key_rotating"
    status = 409
    message = _("Two keys of this name are in use already; revoke the older one first.")


class KeyEnded(DomainError):
    code = "key_ended"
    status = 409
    message = _("This key is not in use any more; make a new one.")


class ScopeNotYours(DomainError):
    code = "scope_not_yours"
    status = 403
    message = _("This key may do what your role may not: {scopes}. Ask an owner to do it.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new key shall be. `expires_at` is None for a key without end."""

    name: str
    scopes: Sequence[str]
    networks: Sequence[str] = ()
    expires_at: datetime | None = None
    mode: str = ApiKey.Mode.LIVE.value


def issue(*, project: Project, wish: Wish, by: Membership, now: datetime) -> tuple[ApiKey, str]:
    """The key and its text, which nobody can ever read again."""
    with transaction.atomic():
        _lock(project)
        if living(project, now).filter(name=wish.name).exists():
            raise KeyNameTaken(field="name")
        return _make(project, wish, by, now, "apikey.issued")


def rotate(*, key: ApiKey, by: Membership, now: datetime) -> tuple[ApiKey, str]:
    """A second key like this one, for as long a time; the first goes on until it is revoked."""
    lifetime = key.expires_at - key.created_at if key.expires_at else None
    expires_at = now + lifetime if lifetime else None
    wish = Wish(key.name, key.scopes, key.allowed_networks, expires_at, key.mode)
    with transaction.atomic():
        _lock(key.project)
        living_ids = set(
            living(key.project, now).filter(name=key.name).values_list("pk", flat=True)
        )
        if key.pk not in living_ids:
            raise KeyEnded
        if len(living_ids) > 1:
            raise KeyRotating
        return _make(key.project, wish, by, now, "apikey.rotated")


def revoke(*, key: ApiKey, by: Membership, now: datetime) -> bool:
    """True for the one call that did it."""
    with transaction.atomic():
        is_done = keys.revoke(key=key, now=now)
        if is_done:
            _record(key, by, now, "apikey.revoked")
    return is_done


def living(project: Project, now: datetime) -> QuerySet[ApiKey]:
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return ApiKey.objects.filter(lasting, project=project, revoked_at__isnull=True)


def _lock(project: Project) -> None:
    """Keys of one project are made one after the other. Sending waits for none of this."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _make(
    project: Project, wish: Wish, by: Membership, now: datetime, action: str
) -> tuple[ApiKey, str]:
    foreign = set(wish.scopes) - set(permissions.grantable(by.role))
    if foreign:
        raise ScopeNotYours(field="scopes", scopes=", ".join(sorted(foreign)))
    key, text = keys.create(
        project=project,
        name=wish.name,
        scopes=wish.scopes,
        allowed_networks=wish.networks,
        expires_at=wish.expires_at,
        by=by.user,
        mode=wish.mode,
    )
    _record(key, by, now, action)
    return key, text


def _record(key: ApiKey, by: Membership, now: datetime, action: str) -> None:
    audit.record(
        actor=by.user.email,
        action=action,
        target=key.prefix,
        account_id=key.account_id,
        facts={
            "name": key.name,
            "mode": key.mode,
            "scopes": list(key.scopes),
            "networks": key.allowed_networks,
        },
        now=now,
    )
