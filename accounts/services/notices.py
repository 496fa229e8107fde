"""Mails: to the owners of an account what happened to it, to others that they are invited."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ApiKey, Event, Invitation, Membership, Qualification, User
from accounts.services import inviting, permissions
from accounts.services.permissions import Permission
from accounts.services.qualification import KIND
from smsplatform.core import review
from smsplatform.core.errors import fill

_SUBJECTS = {
    "approved": gettext_lazy("{name} is approved"),
    "needs_more": gettext_lazy("{name}: something is still needed"),
    "rejected": gettext_lazy("{name} was not approved"),
    "expired": gettext_lazy("{name}: the papers have ended"),
    "ending": gettext_lazy("{name}: the papers end on {date}"),
}
_SENTENCES = {
    "approved": gettext_lazy("The papers of {name} were checked and approved."),
    "needs_more": gettext_lazy("Please mend the following and submit {name} again:"),
    "rejected": gettext_lazy("The papers of {name} were checked and not approved, because:"),
    "expired": gettext_lazy(
        "The papers of {name} have ended, and nothing can be sent in its name until newer ones are"
        " approved."
    ),
    "ending": gettext_lazy(
        "The papers of {name} end on {date}. Hand in newer ones in time: until they are approved"
        " the present ones stay in force."
    ),
}


_VIOLATION_SUBJECT = gettext_lazy("{name}: a message breaks the rules")
_VIOLATION = gettext_lazy(
    "We look at samples of what is sent. A message of {name} breaks the rules; do not send such"
    " messages again, else we have to suspend the account:"
)
_STOPPED_SUBJECTS = {
    "account.suspended": gettext_lazy("{name} is suspended"),
    "account.frozen": gettext_lazy("{name} is frozen"),
    "account.resumed": gettext_lazy("{name} may send again"),
}
_STOPPED = {
    "account.suspended": gettext_lazy(
        "The account {name} is suspended. Messages that have not left are held back, and new ones"
        " are refused, because:"
    ),
    "account.frozen": gettext_lazy(
        "The account {name} is frozen. Messages that have not left are cancelled and paid back, and"
        " new ones are refused, because:"
    ),
    "account.resumed": gettext_lazy(
        "The account {name} may send again, and what was held back is on its way."
    ),
}


def mail_qualification(*, event_id: UUID) -> int:
    """To each owner in their language; returns how many. Twice when the task runs twice."""
    event = Event.objects.get(pk=event_id)
    what = event.kind.partition(".")[2]
    qualification = Qualification.objects.get(public_id=event.subject_id)
    owners = who_may(Permission.COMPANY_EDIT, event.account_id)
    mails = [_mail(owner, qualification, event, what) for owner in owners]
    return int(get_connection().send_messages(mails) or 0) if mails else 0


def mail_suspension(*, event_id: UUID) -> int:
    """To each owner in their language. Twice when the task runs twice."""
    event = Event.objects.select_related("account").get(pk=event_id)
    owners = who_may(Permission.COMPANY_EDIT, event.account_id)
    mails = [_mail_of_suspension(owner, event) for owner in owners]
    return int(get_connection().send_messages(mails) or 0) if mails else 0


def _mail_of_suspension(owner: User, event: Event) -> EmailMessage:
    facts = {"name": event.account.name}
    with translation.override(owner.language or settings.LANGUAGE_CODE):
        context = {
            "sentence": fill(_STOPPED[event.kind], facts),
            "reasons": [{"text": event.facts["reason"]}] if event.facts["reason"] else [],
            "link": settings.BASE_URL + reverse("home"),
        }
        subject = " ".join(fill(_STOPPED_SUBJECTS[event.kind], facts).split())
        text = render_to_string("accounts/mail/qualification.txt", context)
    return EmailMessage(subject, text, to=[owner.email])


def mail_violation(*, event_id: UUID) -> int:
    """To each owner in their language. Twice when the task runs twice."""
    event = Event.objects.select_related("account").get(pk=event_id)
    owners = who_may(Permission.COMPANY_EDIT, event.account_id)
    mails = [_mail_of_violation(owner, event) for owner in owners]
    return int(get_connection().send_messages(mails) or 0) if mails else 0


def _mail_of_violation(owner: User, event: Event) -> EmailMessage:
    facts = {"name": event.account.name}
    with translation.override(owner.language or settings.LANGUAGE_CODE):
        context = {
            "sentence": fill(_VIOLATION, facts),
            # The kind of messaging's samples.
            "reasons": review.told("sample", event.facts["reasons"]),
            "link": settings.BASE_URL + reverse("message-detail", args=[event.subject_id]),
        }
        subject = " ".join(fill(_VIOLATION_SUBJECT, facts).split())
        text = render_to_string("accounts/mail/qualification.txt", context)
    return EmailMessage(subject, text, to=[owner.email])


def mail_key_ending(*, key_id: int) -> int:
    """To whoever may make another; none where it was revoked meanwhile."""
    rows = ApiKey.objects.filter(pk=key_id, revoked_at=None).select_related("account")
    key = rows.first()
    if key is None:
        return 0
    people = who_may(Permission.KEYS_MANAGE, key.account_id)
    mails = [_mail_of_key(person, key) for person in people]
    return int(get_connection().send_messages(mails) or 0) if mails else 0


def _mail_of_key(person: User, key: ApiKey) -> EmailMessage:
    zone = ZoneInfo(key.account.timezone)
    with translation.override(person.language or settings.LANGUAGE_CODE), timezone.override(zone):
        link = settings.BASE_URL + reverse("api-key-list")
        subject = _("The API key “%s” ends soon") % key.name
        text = render_to_string("accounts/mail/key_ending.txt", {"key": key, "link": link})
    return EmailMessage(" ".join(subject.split()), text, to=[person.email])


def who_may(permission: Permission, account_id: int) -> list[User]:
    roles = permissions.roles_with(permission)
    rows = Membership.objects.for_account(account_id).filter(role__in=roles, user__is_active=True)
    return [row.user for row in rows.select_related("user").order_by("id")]


def _mail(owner: User, qualification: Qualification, event: Event, what: str) -> EmailMessage:
    facts = {"name": qualification.name or _("Your qualification")}
    if qualification.valid_until_date:
        facts["date"] = qualification.valid_until_date.isoformat()
    with translation.override(owner.language or settings.LANGUAGE_CODE):
        context = {
            "sentence": fill(_SENTENCES[what], facts),
            "reasons": review.told(KIND, event.facts.get("reasons", [])),
            "link": settings.BASE_URL + reverse("qualification"),
        }
        subject = " ".join(fill(_SUBJECTS[what], facts).split())
        text = render_to_string("accounts/mail/qualification.txt", context)
    return EmailMessage(subject, text, to=[owner.email])


def mail_invitation(*, invitation_id: int) -> int:
    """None where it was withdrawn or accepted meanwhile. Twice when the task runs twice."""
    rows = Invitation.objects.waiting().filter(pk=invitation_id)
    invitation = rows.select_related("account", "invited_by").first()
    if invitation is None:
        return 0
    with translation.override(invitation.language or settings.LANGUAGE_CODE):
        link = reverse("invitation", args=[inviting.token(invitation)])
        context = {"invitation": invitation, "link": settings.BASE_URL + link}
        subject = _("You are invited to %s") % invitation.account.name
        text = render_to_string("accounts/mail/invitation.txt", context)
    mail = EmailMessage(" ".join(subject.split()), text, to=[invitation.email])
    return int(mail.send() or 0)
