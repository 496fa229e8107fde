"""Who acts for an account: roles are changed, people leave. There is always an owner.

Nobody gives or takes a role that may more than their own.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, Role
from accounts.services import inviting
from smsplatform.core import audit
from smsplatform.core.errors import DomainError

# A visit is noted no more often: a write for each page would cost more than it tells.
_VISIT = timedelta(hours=1)


class LastOwner(DomainError):
    code = "last_owner"
    status = 409
    message = _("This is the only owner of the account; make somebody else an owner first.")


class MemberGone(DomainError):
    code = "member_gone"
    status = 409
    message = _("They do not belong to the account any more.")


def change_role(*, member: Membership, role: str, by: Membership, now: datetime) -> None:
    inviting.check_appoints(by, role)
    with transaction.atomic():
        held = _held(member)
        inviting.check_appoints(by, held.role)
        if held.role == Role.OWNER and role != Role.OWNER:
            _check_not_last(held)
        Membership.objects.filter(pk=held.pk).update(role=role)
        inviting.withdraw_unfounded(member=held, role=role, by=by, now=now)
        _record(held, by, now, "member.role_changed", before=held.role, role=role)


def remove(*, member: Membership, by: Membership, now: datetime) -> None:
    """From their next page on. Keys that they made go on: those are the account's."""
    with transaction.atomic():
        held = _held(member)
        inviting.check_appoints(by, held.role)
        _end(held, by, now, "member.removed")


def leave(*, member: Membership, now: datetime) -> None:
    with transaction.atomic():
        _end(_held(member), member, now, "member.left")


def note_visit(*, member: Membership, now: datetime) -> None:
    if member.seen_at is None or now - member.seen_at > _VISIT:
        Membership.objects.filter(pk=member.pk).update(seen_at=now)


def _end(held: Membership, by: Membership, now: datetime, action: str) -> None:
    if held.role == Role.OWNER:
        _check_not_last(held)
    _record(held, by, now, action, role=held.role)
    inviting.withdraw_unfounded(member=held, role="", by=by, now=now)
    held.delete()


def _held(member: Membership) -> Membership:
    """As it is now. Owners of one account come and go one after the other: none of two may think
    the other stays."""
    Account.objects.select_for_update(no_key=True).get(pk=member.account_id)
    rows = Membership.objects.filter(pk=member.pk).select_related("user")
    found: Membership | None = rows.first()
    if found is None:
        raise MemberGone
    return found


def _check_not_last(member: Membership) -> None:
    owners = Membership.objects.for_account(member.account_id).filter(
        role=Role.OWNER, user__is_active=True
    )
    if not owners.exclude(pk=member.pk).exists():
        raise LastOwner


def _record(member: Membership, by: Membership, now: datetime, action: str, **facts: str) -> None:
    audit.record(
        actor=by.user.email,
        action=action,
        target=f"user:{member.user_id}",
        account_id=member.account_id,
        facts={"email": member.user.email, **facts},
        now=now,
    )
