"""Whoever was invited joins: with the login they have, or with one made here.

A new login needs no code by mail: the link came to that address.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, Membership, User
from accounts.services import terms
from accounts.services.terms import Origin
from smsplatform.core import audit
from smsplatform.core.errors import DomainError


class InvitationOver(DomainError):
    code = "invitation_over"
    status = 410
    message = _("This invitation was used or withdrawn, or has run out. Ask for a new one.")


class NotInvited(DomainError):
    code = "not_invited"
    status = 403
    message = _("This invitation is for {email}; sign in with that address.")


class LoginExists(DomainError):
    code = "login_exists"
    status = 409
    message = _("There is a login with this address meanwhile; sign in with it.")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whoever has no login yet, as they tell it. The password is one that may be used."""

    name: str
    password: str
    language: str


def is_for(invitation: Invitation, user: User) -> bool:
    """The address must be theirs, and proven so."""
    addresses = EmailAddress.objects.filter(user=user, verified=True)
    return bool(addresses.filter(email__iexact=invitation.email).exists())


def has_login(invitation: Invitation) -> bool:
    return (
        User.objects.filter(email__iexact=invitation.email).exists()
        or EmailAddress.objects.filter(email__iexact=invitation.email, verified=True).exists()
    )


def accept(*, invitation: Invitation, user: User, now: datetime) -> Membership:
    """Works once. Who belongs to the account already keeps the role they have."""
    if not is_for(invitation, user):
        raise NotInvited(email=invitation.email)
    with transaction.atomic():
        rows = Invitation.objects.valid(now).filter(pk=invitation.pk, nonce=invitation.nonce)
        if not rows.update(accepted_at=now, accepted_by=user):
            raise InvitationOver
        membership, _is_new = Membership.objects.get_or_create(
            user=user, account=invitation.account, defaults={"role": invitation.role}
        )
        audit.record(
            actor=user.email,
            action="member.joined",
            target=f"user:{user.pk}",
            account_id=invitation.account_id,
            facts={"email": invitation.email, "role": membership.role},
            now=now,
        )
    return membership


def register(
    *,
    invitation: Invitation,
    newcomer: Newcomer,
    version_ids: Collection[int],
    origin: Origin,
    now: datetime,
) -> Membership:
    """OutOfDate where the terms changed while they were being read."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                invitation.email,
                newcomer.password,
                name=newcomer.name,
                language=newcomer.language,
            )
            EmailAddress.objects.create(
                user=user, email=invitation.email, verified=True, primary=True
            )
            terms.accept(
                user=user,
                account=invitation.account,
                version_ids=version_ids,
                origin=origin,
                now=now,
                role=invitation.role,
            )
            return accept(invitation=invitation, user=user, now=now)
    except IntegrityError as error:
        raise LoginExists from error
