"""A customer takes back what has not left: with its whole price, or not at all.

Whoever deletes a message's row of `Due` owns the message. A claim under way holds that row, so it
wins, and neither waits for the other. A message is cancelled, refunded and never submitted, or it
is on its way and paid for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Event
from messaging.models import Batch, Message
from messaging.services import ending
from messaging.services.ending import Ending
from messaging.states import CANCELLABLE, ON_THEIR_WAY, State
from smsplatform.core import ids
from smsplatform.core.errors import DomainError, NotFound, Sentence
from smsplatform.core.lookups import array

MOST = 500
REASON = "cancelled_by_customer"

_ALREADY_LEFT = _("it is with the carrier or on its way there, and nobody can call it back.")
_ALREADY_ENDED = _("it has come to its end, and what was to be paid back has been.")
_JUST_TAKEN = _("it is being taken up for sending right now; ask again in a moment.")


class NotCancellable(DomainError):
    code = "not_cancellable"
    status = 409
    message = _("This message was not cancelled. Its state is “{state}”: {why}")

    def __init__(self, state: str) -> None:
        shown = State.SENDING if state == State.UNCERTAIN else State(state)
        super().__init__(state=shown.label, why=_why(state))


def _why(state: str) -> Sentence:
    if state in CANCELLABLE:
        return _JUST_TAKEN
    return _ALREADY_LEFT if state in ON_THEIR_WAY else _ALREADY_ENDED


@dataclass(frozen=True, slots=True)
class Cancellation:
    """`kept` has the state of each message that did not move. Who is in neither is not theirs."""

    cancelled: list[UUID]
    kept: dict[UUID, str]


def cancel(
    *, account_id: int, message_ids: Iterable[UUID], actor: str, now: datetime
) -> Cancellation:
    """Those that have not left; a transaction for each MOST of them."""
    wanted = list(dict.fromkeys(message_ids))
    done = Cancellation([], {})
    for start in range(0, len(wanted), MOST):
        group = wanted[start : start + MOST]
        with transaction.atomic():
            cancelled = _cancel(account_id, group, now)
            if cancelled and not done.cancelled:
                _tell(account_id, "message.cancelled", cancelled[0], actor, now)
            done.kept.update(_states(account_id, set(group) - set(cancelled)))
        done.cancelled.extend(cancelled)
    return done


def cancel_one(*, account_id: int, message_id: UUID, actor: str, now: datetime) -> Message:
    """Raises NotFound or NotCancellable. To cancel what is cancelled already changes nothing."""
    done = cancel(account_id=account_id, message_ids=[message_id], actor=actor, now=now)
    for state in done.kept.values():
        if state != State.CANCELLED:
            raise NotCancellable(state)
    found = Message.objects.for_account(account_id).filter(id=message_id)
    message: Message | None = found.first()
    if message is None:
        raise NotFound
    return message


def cancel_batch(*, batch: Batch, actor: str, now: datetime) -> Iterator[int]:
    """How many were cancelled, a group at a time: each is committed when it is told.

    Stop whenever you like, and call it again to go on.
    """
    is_told = False
    after = None
    while group := _waiting(batch, after):
        after = group[-1]
        with transaction.atomic():
            cancelled = _cancel(batch.account_id, group, now)
            if cancelled and not is_told:
                _tell(batch.account_id, "batch.cancelled", batch.id, actor, now)
                is_told = True
        yield len(cancelled)


def _cancel(account_id: int, message_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """A constant number of statements. Due rows are locked first, as the claim does."""
    owned = take(account_id, message_ids)
    reviewed = _in_review(account_id, set(message_ids) - set(owned))
    ended = ending.end([Ending([*owned, *reviewed], State.CANCELLED, REASON)], now=now)
    if reviewed:
        # A reviewer who let one go in the meantime has put it into the queue.
        take(account_id, reviewed)
    return [one.id for one in ended]


_TAKE = """
    DELETE FROM messaging_due WHERE message_id IN (
        SELECT message_id FROM messaging_due
        WHERE message_id = ANY(%(ids)s::uuid[]) AND account_id = %(account)s
        FOR UPDATE SKIP LOCKED
    ) RETURNING message_id
"""


def take(account_id: int, message_ids: Sequence[UUID]) -> list[UUID]:
    """Out of the queue: no claim will find these."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"ids": array(message_ids), "account": account_id})
        return [row[0] for row in cursor.fetchall()]


def _in_review(account_id: int, message_ids: Iterable[UUID]) -> list[UUID]:
    found = Message.objects.for_account(account_id).filter(id__among=message_ids)
    return list(found.in_state(State.REVIEW).values_list("id", flat=True))


def _states(account_id: int, message_ids: Iterable[UUID]) -> dict[UUID, str]:
    found = Message.objects.for_account(account_id).filter(id__among=message_ids)
    return dict(found.values_list("id", "state"))


def _waiting(batch: Batch, after: UUID | None) -> list[UUID]:
    """The next of the batch that have not left; its range of ids is walked once."""
    found = Message.objects.filter(
        batch_id=batch.id, id__gte=batch.first_id, id__lte=batch.last_id
    ).in_state(*CANCELLABLE)
    if after is not None:
        found = found.filter(id__gt=after)
    return list(found.order_by("id").values_list("id", flat=True)[:MOST])


def _tell(account_id: int, kind: str, subject_id: UUID, actor: str, now: datetime) -> None:
    """Once for each act of a person; the messages themselves say what became of them."""
    Event.objects.create(
        id=ids.one(now),
        account_id=account_id,
        kind=kind,
        subject_id=subject_id,
        actor=actor,
        created_at=now,
    )
