"""Read-only questions about messages that span models."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Account, Event, WebhookDelivery
from billing.models import Entry
from messaging.models import (
    Attempt,
    Batch,
    Due,
    Hold,
    Message,
    MessageText,
    Part,
    Receipt,
    Route,
)
from messaging.models.holding import REVIEWED_AS
from messaging.states import CANCELLABLE, COMMON, ON_THEIR_WAY, State
from smsplatform.core import ids
from smsplatform.core import review as desk

LONGEST_PAGE = 1000
# Carriers repeat themselves.
_MOST_RECEIPTS = 100
# So many messages are read for one page where no index knows what is asked for.
MOST_LOOKED_AT = 5_000
# What was done to a whole request and belongs to the life of each of its messages.
TOLD_OF_BATCH = ("batch.passed", "batch.rejected")
# What the outside calls `sending` has two names inside.
_PUBLIC_STATES: dict[str, Sequence[str]] = {State.SENDING: (State.SENDING, State.UNCERTAIN)}


@dataclass(frozen=True, slots=True)
class Page:
    """`next_cursor` is None on the last page; else it is asked for the next one.

    `looked_back_to`: no message before was looked at, so the page may be short, even empty, and
    another one may not be.
    """

    messages: list[Message]
    next_cursor: UUID | None
    looked_back_to: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of one message. Its text goes earlier than the message."""

    message: Message
    text: str | None
    attempts: list[Attempt]
    # Of a review that rejected it, in the reader's language.
    review_reasons: list[desk.Told]

    @property
    def decide_at(self) -> datetime | None:
        """When the resolver decides, while the outcome is unknown."""
        if self.message.state != State.UNCERTAIN or not self.attempts:
            return None
        return self.attempts[-1].decide_at


@dataclass(frozen=True, kw_only=True)
class Life(Fate):
    """Everything that is kept of one message. `batch` goes earlier than the message."""

    batch: Batch | None
    parts: list[Part]
    receipts: list[Receipt]
    deliveries: list[WebhookDelivery]
    events: list[Event]
    charge: Entry | None
    refund: Entry | None

    @property
    def accepted_at(self) -> datetime:
        return self.batch.accepted_at if self.batch else ids.instant_of(self.message.id)


def page(  # noqa: PLR0913 - the filters of the list, each on its own
    *,
    account: Account | int,
    state: str | None = None,
    number: str | None = None,
    batch_id: UUID | None = None,
    reference: str | None = None,
    accepted_from: datetime | None = None,
    accepted_until: datetime | None = None,
    cursor: UUID | None = None,
    limit: int = 50,
) -> Page:
    """Newest first. `accepted_until` and `cursor` are exclusive. Every page is about as quick as
    any other: what no index finds is looked for among MOST_LOOKED_AT messages, then handed on."""
    found: QuerySet[Any] = Message.objects.for_account(account).order_by("-id")
    if number:
        found = found.filter(number=number)
    if batch_id:
        found = _of_batch(found, account, batch_id)
    found = _between(found, accepted_from, accepted_until, cursor)
    if state and state not in COMMON and not number:
        found, state = found.filter(rare_state=state), None
    return _cut(*_among_newest(found, state, reference), limit)


def _among_newest(
    found: QuerySet[Any], state: str | None, reference: str | None
) -> tuple[QuerySet[Any], UUID | None]:
    """And the last message that is looked at, where the look ends before the list does."""
    if not state and not reference:
        return found, None
    ends = list(found.values_list("id", flat=True)[MOST_LOOKED_AT - 1 : MOST_LOOKED_AT + 1])
    floor = ends[0] if len(ends) > 1 else None
    if floor:
        found = found.filter(id__gte=floor)
    if reference:
        found = found.filter(reference=reference)
    if state:
        found = found.filter(state__in=_PUBLIC_STATES.get(state, (state,)))
    return found, floor


def _cut(found: QuerySet[Any], floor: UUID | None, limit: int) -> Page:
    limit = max(1, min(limit, LONGEST_PAGE))
    rows = list(found[: limit + 1])
    if len(rows) > limit:
        return Page(rows[:limit], rows[limit - 1].id)
    return Page(rows, floor, ids.instant_of(floor) if floor else None)


def has_message(*, account: Account | int, message_id: UUID) -> bool:
    return bool(Message.objects.for_account(account).filter(id=message_id).exists())


_IS_TRIAL = Exists(Route.objects.filter(pk=OuterRef("route_id"), is_trial=True))


def fate(*, account: Account | int, message_id: UUID) -> Fate | None:
    """Three queries: whoever follows a message asks often. `message.is_trial`: its account was not
    live yet, and it went to a phone of its own."""
    found = Message.objects.for_account(account).filter(id=message_id)
    message = found.annotate(is_trial=_IS_TRIAL).first()
    if message is None:
        return None
    text = MessageText.objects.filter(message_id=message_id).values_list("text", flat=True)
    attempts = Attempt.objects.filter(message_id=message_id).select_related("carrier")
    return Fate(
        message=message,
        text=text.first(),
        attempts=list(attempts.order_by("no")),
        review_reasons=_review_reasons(message) if message.state == State.REJECTED else [],
    )


def _review_reasons(message: Message) -> list[desk.Told]:
    hold = Hold.objects.filter(batch_id=message.batch_id).first()
    return desk.told(REVIEWED_AS, hold.reasons) if hold else []


def life(*, account: Account | int, message_id: UUID) -> Life | None:
    found = fate(account=account, message_id=message_id)
    if found is None:
        return None
    message = found.message
    entries = _entries(account, message)
    told = Q(subject_id=message_id) | Q(subject_id=message.batch_id, kind__in=TOLD_OF_BATCH)
    events = Event.objects.for_account(account).filter(told)
    return Life(
        message=message,
        text=found.text,
        attempts=found.attempts,
        review_reasons=found.review_reasons,
        batch=batch(account=account, batch_id=message.batch_id),
        parts=list(Part.objects.filter(message_id=message_id).order_by("attempt_no", "no")),
        receipts=_receipts(message),
        deliveries=_deliveries(account, message_id),
        events=list(events.order_by("id")),
        charge=entries.get(Entry.Kind.CHARGE),
        refund=entries.get(Entry.Kind.REFUND),
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come: how many of its messages are in each state."""

    batch: Batch
    states: dict[str, int]

    @property
    def cancelled(self) -> int:
        return self.states[State.CANCELLED]

    @property
    def on_their_way(self) -> int:
        return sum(self.states[state] for state in ON_THEIR_WAY)

    @property
    def waiting(self) -> int:
        """Those that may still be cancelled."""
        return sum(self.states[state] for state in CANCELLABLE)

    @property
    def shown(self) -> dict[str, int]:
        """By the states that the outside knows; none of which is empty."""
        counts = {name: count for name, count in self.states.items() if name != State.UNCERTAIN}
        counts[State.SENDING] += self.states[State.UNCERTAIN]
        return {name: count for name, count in counts.items() if count}

    @property
    def ended(self) -> int:
        """Otherwise than by being cancelled."""
        return sum(self.states.values()) - self.cancelled - self.on_their_way - self.waiting


def waiting(account_id: int) -> dict[str, int]:
    """How many messages of an account have not left, by the states in which they wait."""
    due = Due.objects.filter(account_id=account_id)
    held = Message.objects.for_account(account_id).filter(rare_state=State.REVIEW.value)
    return {
        State.QUEUED.value: due.filter(lane__gte=0).count(),
        State.SCHEDULED.value: due.filter(lane__lt=0).count(),
        State.REVIEW.value: held.count(),
    }


def batch(*, account: Account | int, batch_id: UUID) -> Batch | None:
    return Batch.objects.for_account(account).filter(id=batch_id).first()


def progress(batch: Batch) -> Progress:
    """One query over the batch's own range of ids."""
    found = Message.objects.filter(batch_id=batch.id, id__gte=batch.first_id, id__lte=batch.last_id)
    counts = dict(found.values_list("state").annotate(Count("id")).order_by())
    return Progress(batch, {state: counts.get(state, 0) for state in State.values})


def _of_batch(found: QuerySet[Any], account: Account | int, batch_id: UUID) -> QuerySet[Any]:
    """The batch's range of ids, asked in place, spares looking through all of the account's."""
    whole = Batch.objects.for_account(account).filter(id=batch_id)
    return found.filter(
        batch_id=batch_id, id__gte=whole.values("first_id"), id__lte=whole.values("last_id")
    )


def _between(
    found: QuerySet[Any], start: datetime | None, end: datetime | None, cursor: UUID | None
) -> QuerySet[Any]:
    """Only a range of ids keeps the database from looking into every month."""
    if start:
        found = found.filter(id__gte=ids.first_at(start))
    if end:
        found = found.filter(id__lt=ids.first_at(end))
    if cursor:
        found = found.filter(id__lt=cursor)
    return found


def _receipts(message: Message) -> list[Receipt]:
    """However late they came; none is older than its message, so no older month is asked."""
    accepted_at = ids.instant_of(message.id)
    found = Receipt.objects.filter(message_id=message.id, id__gte=ids.first_at(accepted_at))
    return list(found.select_related("carrier").order_by("id")[:_MOST_RECEIPTS])


def _deliveries(account: Account | int, message_id: UUID) -> list[WebhookDelivery]:
    found = WebhookDelivery.objects.filter(subject_id=message_id, account=account)
    return list(found.select_related("endpoint").order_by("id"))


def _entries(account: Account | int, message: Message) -> dict[str, Entry]:
    """The charge names the batch, and may have one line for each wallet and price; the refund
    names the message."""
    found = Entry.objects.for_account(account).filter(
        kind__in=[Entry.Kind.CHARGE, Entry.Kind.REFUND],
        reference__in=[f"batch:{message.batch_id}", f"message:{message.id}"],
        wallet_id=message.wallet_id,
    )
    return {entry.kind: entry for entry in found.select_related("wallet").order_by("-line")}
