"""Mails to the owners of an account about what it may say."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import queries
from accounts.models import Account, Role, User
from templates_app.models import SignatureFiling
from templates_app.services import filing


def mail_filings_lapsing(*, account_id: int, at: datetime) -> int:
    """Of what was marked at that instant and has sent nothing since; to each owner in their
    language. Twice when the task runs twice."""
    rows = SignatureFiling.objects.filter(
        signature__account=account_id, reminded_at=at, state__in=filing.OPEN
    ).exclude(reminded_days=None)
    found = list(rows.select_related("signature").order_by("lapses_at", "id"))
    account = Account.objects.get(pk=account_id)
    owners = queries.members(account=account, roles=[Role.OWNER]) if found else []
    mails = [_mail(member.user, account, found) for member in owners]
    return int(get_connection().send_messages(mails) or 0) if mails else 0


def _mail(owner: User, account: Account, filings: list[SignatureFiling]) -> EmailMessage:
    zone = ZoneInfo(account.timezone)
    with translation.override(owner.language or settings.LANGUAGE_CODE), timezone.override(zone):
        context = {
            "account": account,
            "filings": filings,
            "link": settings.BASE_URL + reverse("signature-list"),
        }
        subject = _("Signatures of %s are about to lapse") % account.name
        text = render_to_string("templates_app/mail/filings_lapsing.txt", context)
    return EmailMessage(" ".join(subject.split()), text, to=[owner.email])
