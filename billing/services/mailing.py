"""Mails about payments, to everybody who may spend the account's money."""

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Event, User
from accounts.services import notices
from accounts.services.permissions import Permission
from billing.services import telling
from smsplatform.core.errors import fill

_SUBJECTS = {
    telling.PAID: _("Order {reference} is paid"),
    telling.REVERSED: _("Order {reference}: money went back"),
}
_SENTENCES = {
    telling.PAID: _("We have your payment of {amount} for “{name}”, and it is credited."),
    telling.REVERSED: _(
        "Of your payment for “{name}” ({amount}) {reversed} in all went back to who paid. It was"
        " taken from what the order had bought, and where that was used, from your balance."
    ),
}
_STOPPED_SUBJECT = _("{name}: automatic top-ups have stopped")
_STOPPED = _(
    "The saved card of {name} was declined, and is not charged again. Save another one, or turn"
    " automatic top-ups on anew; meanwhile what you send is paid by what the balance has left."
)
_AMOUNTS = ("amount", "reversed")


def mail_order(*, event_id: UUID) -> int:
    """To each in their language; returns how many. Twice when the task runs twice."""
    event = Event.objects.get(pk=event_id)
    people = notices.who_may(Permission.MONEY_SPEND, event.account_id)
    mails = [_mail(person, event) for person in people]
    return int(get_connection().send_messages(mails) or 0) if mails else 0


def mail_stopped(*, account_id: int) -> int:
    """That the saved card is not charged any more. Twice when the task runs twice."""
    account = Account.objects.get(pk=account_id)
    people = notices.who_may(Permission.MONEY_SPEND, account_id)
    mails = [_mail_of_stop(person, account) for person in people]
    return int(get_connection().send_messages(mails) or 0) if mails else 0


def _mail_of_stop(person: User, account: Account) -> EmailMessage:
    facts = {"name": account.name}
    with translation.override(person.language or settings.LANGUAGE_CODE):
        context = {
            "sentence": fill(_STOPPED, facts),
            "link": settings.BASE_URL + reverse("auto-topup"),
        }
        subject = " ".join(fill(_STOPPED_SUBJECT, facts).split())
        text = render_to_string("billing/mail/order.txt", context)
    return EmailMessage(subject, text, to=[person.email])


def _mail(person: User, event: Event) -> EmailMessage:
    said = event.facts
    facts = {
        "reference": said["reference"],
        "name": said["name"],
        **{name: f"{said[name]['amount']} {said[name]['currency']}" for name in _AMOUNTS},
    }
    with translation.override(person.language or settings.LANGUAGE_CODE):
        context = {
            "sentence": fill(_SENTENCES[event.kind], facts),
            "link": settings.BASE_URL + reverse("order-detail", args=[event.subject_id]),
        }
        subject = " ".join(fill(_SUBJECTS[event.kind], facts).split())
        text = render_to_string("billing/mail/order.txt", context)
    return EmailMessage(subject, text, to=[person.email])
