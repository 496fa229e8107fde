"""What waits at the review desk, by mail to those who decide: once each working morning."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from accounts.models import User
from reports.services import reviewing
from smsplatform.core import days, queue
from smsplatform.core.review import waiting as desk


def plan(*, now: datetime) -> int:
    """A mail for whoever has had none today, from the hour on at which the desk opens; none on days
    off, and none while nothing waits. Returns how many."""
    today = days.containing(now, settings.STAFF_TIME_ZONE)
    open_hours = desk.calendar(now).on(today)
    if open_hours is None or not open_hours[0] <= now < open_hours[1]:
        return 0
    if not any(kind.count for kind in reviewing.waiting(now=now)):
        return 0
    unsaid = Q(review_digest_date__isnull=True) | Q(review_digest_date__lt=today)
    staff = User.objects.filter(unsaid, is_staff=True, is_active=True, gets_review_digest=True)
    return sum(_enqueue(user, today) for user in staff if user.has_perm("core.change_item"))


def mail(*, user_id: int, now: datetime) -> int:
    """In the reader's language. Twice when the task runs twice."""
    user = User.objects.get(pk=user_id)
    found = [kind for kind in reviewing.waiting(now=now) if kind.count]
    if not found or not user.gets_review_digest:
        return 0
    with translation.override(user.language or settings.LANGUAGE_CODE):
        count, late = (sum(getattr(kind, name) for kind in found) for name in ("count", "overdue"))
        subject = ngettext("{count} review waits", "{count} reviews wait", count)
        more = ngettext(", {late} past its promise", ", {late} past their promise", late)
        context = {
            "waiting": found,
            "now": now,
            "queue": settings.BASE_URL + reverse("admin:core_item_changelist"),
            "overview": settings.BASE_URL + reverse("staff-reviews"),
        }
        text = render_to_string("reports/mail/digest.txt", context)
        said = subject.format(count=count) + (more.format(late=late) if late else "")
    return int(EmailMessage(said, text, to=[user.email]).send() or 0)


def choose(*, user_id: int, wanted: bool) -> None:
    User.objects.filter(pk=user_id).update(gets_review_digest=wanted)


def _enqueue(user: User, today: object) -> bool:
    unsaid = Q(review_digest_date__isnull=True) | Q(review_digest_date__lt=today)
    is_mine = User.objects.filter(unsaid, pk=user.pk).update(review_digest_date=today)
    if is_mine:
        queue.enqueue("reports.tasks.mail_digest", user_id=user.pk)
    return bool(is_mine)
