"""One message's life as steps in the order of time: what a person reads from top to bottom."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Event, WebhookDelivery
from accounts.states import DeliveryState
from messaging.models import Attempt, Receipt
from messaging.queries import Life
from messaging.states import AttemptState, State
from smsplatform.components import Step, Words

_ANSWERS: dict[str, tuple[Words, str]] = {
    AttemptState.ACCEPTED: (_("The carrier took it"), "going"),
    AttemptState.REFUSED: (_("The carrier refused it"), "bad"),
    AttemptState.RELEASED: (_("It was put back before it left"), "off"),
    AttemptState.SUPERSEDED: (_("No answer came, so it was sent once more"), "unsure"),
    AttemptState.WRITTEN_OFF: (_("No answer came, so we gave up"), "unsure"),
}

_RECEIPTS: dict[str, tuple[Words, str]] = {
    "delivered": (_("The phone confirmed it"), "good"),
    "undelivered": (_("The carrier could not deliver it"), "bad"),
}

_EFFECTS: dict[str, Words] = {
    "repeated": _("The outcome was known before, so this changed nothing."),
    "late": _("This came late, so no money moved again."),
    "conflict": _("Another outcome was known before, and the first one counts."),
    "after_refund": _("You had been paid back by then, and that stays so."),
    "superseded": _("This is about an earlier try; the later one decides."),
}

# Acts of people and policies.
_NOTES: dict[str, Words] = {
    "message.cancelled": _("Somebody asked to cancel it"),
    "batch.passed": _("A reviewer read it and let it go"),
    "message.violation": _("A reviewer saw it in a sample: it breaks the rules"),
    "batch.rejected": _("A reviewer read it and rejected it"),
}

# The resolver's decision closes an attempt, which says the same.
_TOLD_BY_ATTEMPTS = "message.outcome_"

# Ends that no answer and no receipt tells of.
_ENDS: dict[str, tuple[Words, str]] = {
    State.NO_RECEIPT: (_("72 hours passed without a receipt"), "unsure"),
    State.EXPIRED: (_("Its validity ended"), "bad"),
    State.REJECTED: (_("A review refused it"), "bad"),
    State.CANCELLED: (_("It was cancelled"), "off"),
    State.FAILED: (_("It counts as failed"), "bad"),
}


def tell(life: Life) -> list[Step]:
    """What has happened by time, then what is still to come."""
    return sorted(_steps(life), key=lambda step: (step.is_ahead, step.at))


def is_moving(life: Life) -> bool:
    """Whether looking again soon may show something new."""
    waiting = any(delivery.state == DeliveryState.PENDING for delivery in life.deliveries)
    return waiting or not life.message.is_final


def _steps(life: Life) -> Iterator[Step]:
    yield from _begin(life)
    for attempt in life.attempts:
        yield from _attempt(attempt, life)
    for receipt in life.receipts:
        yield _receipt(receipt)
    for delivery in life.deliveries:
        yield _webhook(delivery)
    for event in life.events:
        if not event.kind.startswith(_TOLD_BY_ATTEMPTS):
            yield _note(event)
    yield from _end(life)


def _begin(life: Life) -> Iterator[Step]:
    message = life.message
    yield Step(life.accepted_at, _("Accepted and charged"), detail=message.reference)
    if message.state == State.REVIEW:
        yield Step(message.valid_until, _("Paid back, if nobody has read it"), "off", is_ahead=True)
    if message.due_at > life.accepted_at and not message.attempts:
        waits = message.state in (State.SCHEDULED, State.QUEUED, State.REVIEW)
        yield Step(message.due_at, _("Due to leave"), "off", is_ahead=waits)


def _attempt(attempt: Attempt, life: Life) -> Iterator[Step]:
    again = attempt.no > 1
    yield Step(
        attempt.claimed_at,
        _("Taken up again for another try") if again else _("Taken up for sending"),
    )
    if attempt.submitting_at:
        yield Step(attempt.submitting_at, _("Handed to the carrier"))
    if attempt.state == AttemptState.UNCERTAIN and attempt.decide_at:
        yield Step(attempt.decide_at, _("We decide if no answer has come"), "unsure", is_ahead=True)
    if attempt.answered_at and attempt.state in _ANSWERS:
        title, tone = _ANSWERS[attempt.state]
        yield Step(attempt.answered_at, title, tone, _ids(attempt, life), attempt.carrier_code)


def _ids(attempt: Attempt, life: Life) -> Words:
    """What support and the carrier will ask for."""
    found = [part.carrier_message_id for part in life.parts if part.attempt_no == attempt.no]
    if not found:
        return ""
    words = ngettext("Its id there: {ids}", "Its ids there: {ids}", len(found))
    return words.format(ids=", ".join(found))


def _receipt(receipt: Receipt) -> Step:
    title, tone = _RECEIPTS.get(receipt.outcome, (_("The carrier is still trying"), "going"))
    detail = _EFFECTS.get(receipt.effect, "")
    return Step(receipt.received_at, title, "off" if detail else tone, detail, receipt.carrier_code)


def _webhook(delivery: WebhookDelivery) -> Step:
    tries = ngettext("{host}, {count} try", "{host}, {count} tries", delivery.tries)
    detail = tries.format(host=urlsplit(delivery.endpoint.url).netloc, count=delivery.tries)
    code = f"HTTP {delivery.last_status}" if delivery.last_status else delivery.last_error
    ended = delivery.finished_at or delivery.created_at
    if delivery.state == DeliveryState.DELIVERED:
        return Step(ended, _("Your webhook was told"), "good", detail, code)
    if delivery.state == DeliveryState.DEAD:
        return Step(ended, _("Your webhook could not be told"), "bad", detail, code)
    return Step(
        delivery.due_at, _("Your webhook will be told"), "going", detail, code, is_ahead=True
    )


def _note(event: Event) -> Step:
    title = _NOTES.get(event.kind)
    code = "" if title else event.kind
    # Who of the staff read it stays with the staff.
    who = "" if event.actor == "review" else event.actor
    return Step(event.created_at, title or _("Note"), "off", who, code)


def _end(life: Life) -> Iterator[Step]:
    message = life.message
    if message.finished_at and message.state in _ENDS:
        title, tone = _ENDS[message.state]
        yield Step(message.finished_at, title, tone, code=message.carrier_code)
    if life.refund:
        yield Step(life.refund.booked_at, _("You were paid back"), "good")
