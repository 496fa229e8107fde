"""People are invited to act for an account: by mail, with a role, for seven days.

The link is signed and works once. Nobody gives a role that may more than their own.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Invitation, Membership, Role, User
from accounts.services import permissions
from smsplatform.core import audit, queue
from smsplatform.core.errors import DomainError

VALID_FOR = timedelta(days=7)
# An account's name is its own choice and goes to whom it likes: mails must not become a nuisance.
MOST_A_DAY = 50
MOST_A_DAY_NOT_LIVE = 5
BETWEEN_MAILS = timedelta(minutes=10)
_SALT = "accounts.invitation"


class RoleNotYours(DomainError):
    code = "role_not_yours"
    status = 403
    message = _("This role may do what yours may not; ask an owner.")


class AlreadyMember(DomainError):
    code = "already_member"
    status = 409
    message = _("Whoever has this address belongs to the account already.")


class AlreadyInvited(DomainError):
    code = "already_invited"
    status = 409
    message = _("There is an invitation for this address already: send that one again.")


class TooManyInvitations(DomainError):
    code = "too_many_invitations"
    status = 429
    message = _("At most {most} people are invited in a day; go on tomorrow.")


class SentJustNow(DomainError):
    code = "sent_just_now"
    status = 429
    message = _("It was sent a few minutes ago; wait ten minutes before you send it again.")


def invite(*, email: str, role: str, language: str, by: Membership, now: datetime) -> Invitation:
    """`language` is that of the mail, unless we know which one they prefer."""
    email = email.strip().lower()
    check_appoints(by, role)
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(pk=by.account_id)
        _check_new(account, email, now)
        known = User.objects.filter(email__iexact=email).first()
        invitation = Invitation.objects.create(
            account=account,
            email=email,
            role=role,
            language=(known and known.language) or language,
            nonce=_nonce(),
            invited_by=by.user,
            created_at=now,
            sent_at=now,
            expires_at=now + VALID_FOR,
        )
        _record(invitation, by, now, "invitation.sent")
        _mail(invitation)
    return invitation


def resend(*, invitation: Invitation, by: Membership, now: datetime) -> None:
    """With a new link, for seven days from now; the one before is worth nothing."""
    check_appoints(by, invitation.role)
    with transaction.atomic():
        rows = Invitation.objects.waiting().filter(sent_at__lte=now - BETWEEN_MAILS)
        changes = {"nonce": _nonce(), "sent_at": now, "expires_at": now + VALID_FOR}
        if not rows.filter(pk=invitation.pk).update(**changes):
            raise SentJustNow
        _record(invitation, by, now, "invitation.sent_again")
        _mail(invitation)


def withdraw(*, invitation: Invitation, by: Membership, now: datetime) -> bool:
    """True for the one call that did it."""
    with transaction.atomic():
        rows = Invitation.objects.waiting().filter(pk=invitation.pk)
        is_done = bool(rows.update(withdrawn_at=now))
        if is_done:
            _record(invitation, by, now, "invitation.withdrawn")
    return is_done


def withdraw_unfounded(*, member: Membership, role: str, by: Membership, now: datetime) -> None:
    """What a member has sent and, with this role, could not send: else whoever is removed comes
    back by an invitation of their own. In the transaction that changes the role."""
    sent = Invitation.objects.for_account(member.account_id).waiting()
    unfounded = sent.filter(invited_by=member.user_id).exclude(
        role__in=permissions.appointable(role)
    )
    for invitation in unfounded:
        withdraw(invitation=invitation, by=by, now=now)


def token(invitation: Invitation) -> str:
    """What its link ends in."""
    return signing.dumps([str(invitation.public_id), invitation.nonce], salt=_SALT)


def find(token: str, *, now: datetime) -> Invitation | None:
    """None for a link that was used, replaced, withdrawn, has run out or was made up."""
    try:
        public_id, nonce = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
        rows = Invitation.objects.valid(now).filter(public_id=UUID(public_id), nonce=nonce)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found: Invitation | None = rows.select_related("account", "invited_by").first()
    return found


def check_appoints(by: Membership, role: str) -> None:
    if role not in permissions.appointable(by.role):
        raise RoleNotYours(field="role")


def _check_new(account: Account, email: str, now: datetime) -> None:
    if Membership.objects.for_account(account).filter(user__email__iexact=email).exists():
        raise AlreadyMember(field="email")
    invitations = Invitation.objects.for_account(account)
    if invitations.waiting().filter(email=email).exists():
        raise AlreadyInvited(field="email")
    most = MOST_A_DAY if account.is_live else MOST_A_DAY_NOT_LIVE
    if invitations.filter(created_at__gt=now - timedelta(days=1)).count() >= most:
        raise TooManyInvitations(most=most)


def _nonce() -> str:
    return secrets.token_hex(16)


def _mail(invitation: Invitation) -> None:
    queue.enqueue("accounts.tasks.mail_invitation", invitation_id=invitation.pk)


def _record(invitation: Invitation, by: Membership, now: datetime, action: str) -> None:
    audit.record(
        actor=by.user.email,
        action=action,
        target=f"accounts.invitation:{invitation.pk}",
        account_id=invitation.account_id,
        facts={"email": invitation.email, "role": Role(invitation.role).value},
        now=now,
    )
