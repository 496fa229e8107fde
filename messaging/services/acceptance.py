"""Accept requests: one transaction for many of them, whoever asks.

All doors call `accept`. It never mixes up neighbours: each request is refused, or accepted and
charged as a whole; a rollback that one of them caused is retried by halves until it stands alone.
A connection lost during COMMIT is no rollback: the batch ids tell afterwards what became of it.
"""

import itertools
import logging
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable, QueryCanceled

from accounts.services import keys
from billing.services import charging, ledger, pricing
from messaging.models import Batch, Message
from messaging.services import (
    capping,
    compliance,
    frequency,
    holding,
    planning,
    routing,
    storing,
    suppression,
    trials,
)
from messaging.services.idempotency import Kept, Keys
from messaging.services.planning import Plan
from messaging.services.storing import NewBatch, NewMessage
from messaging.services.validation import (
    Draft,
    Facts,
    Rejection,
    SendRequest,
    validate,
)
from smsplatform.core import clock
from smsplatform.core.errors import DomainError, Internal, Unavailable
from templates_app.services import catalogue

log = logging.getLogger(__name__)

# After a connection was lost: before COMMIT we soon say so, and whoever sent tries again. During
# COMMIT only the database knows: long enough for PostgreSQL to recover from a crash.
_TRY_TIMES = 3
# Whoever holds a customer's ledger for longer costs that customer a 503, and nobody else more time.
_LOCK_SECONDS = 2
_WAITED = (LockNotAvailable, QueryCanceled)
_ASK_TIMES = 20
_ASK_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a request led to. `is_replayed` when an earlier request with its key had led there."""

    batch: Batch | NewBatch
    messages: Sequence[Message | NewMessage]
    rejected: Sequence[Rejection]
    is_replayed: bool = False


Outcome = Accepted | DomainError


class NotAccepted(Unavailable):
    message = _("We cannot accept messages this moment; nothing was stored. Try again.")


class OutcomeUnknown(DomainError):
    code = "outcome_unknown"
    status = 503
    message = _(
        "We cannot tell this moment whether the request was accepted. Repeat it with the same"
        " Idempotency-Key: it will not be sent twice."
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})


def accept(requests: Sequence[SendRequest]) -> list[Outcome]:
    """An outcome for each request, in their order. Refusals are returned, never raised."""
    for _try in range(2):
        try:
            return _accept(requests)
        except (OperationalError, InterfaceError):
            # Only reading escapes `_store`: nothing was written, and a new connection may serve.
            log.warning("reading failed; reconnecting", exc_info=True)
            connection.close()
    return [NotAccepted() for _request in requests]


def _accept(requests: Sequence[SendRequest]) -> list[Outcome]:
    now = clock.now()
    plans, outcomes = plan_all(requests, now)
    _store(plans, outcomes, now)
    return [outcome or Internal() for outcome in outcomes]


def plan_all(
    requests: Sequence[SendRequest], now: datetime
) -> tuple[dict[int, Plan], list[Outcome | None]]:
    """What would be stored, by the place of its request, and the refusals. Locks nothing."""
    outcomes: list[Outcome | None] = [None] * len(requests)
    plans: dict[int, Plan] = {}
    facts = _facts(requests, now)
    rules = compliance.load(requests, facts.catalogue)
    register = suppression.of_requests(requests, now)
    for place, request in enumerate(requests):
        try:
            sent = suppression.sift(validate(request, facts, now=now), register)
            sent = compliance.sift(sent, rules)
            plans[place] = planning.plan(sent, now)
        except DomainError as refusal:
            outcomes[place] = refusal
        except Exception as error:  # noqa: BLE001 - its neighbours are not to blame
            outcomes[place] = _refusal_for(error)
    return plans, outcomes


def _facts(requests: Sequence[SendRequest], now: datetime) -> Facts:
    account_ids = {request.key.account_id for request in requests}
    return Facts(
        catalogue=catalogue.load(
            account_ids=account_ids,
            codes={
                (request.key.account_id, request.template)
                for request in requests
                if request.template
            },
        ),
        prices=pricing.load(account_ids=account_ids, now=now),
        routes=routing.now(),
        trials=trials.of_keys(request.key for request in requests),
    )


def _store(plans: dict[int, Plan], outcomes: list[Outcome | None], now: datetime) -> None:
    """Fills in what is missing of `outcomes`."""
    if not plans:
        return
    try:
        results = _commit(plans, now)
    except DomainError as refusal:
        results = dict.fromkeys(plans, refusal)
    except Exception as error:  # noqa: BLE001 - whatever it was, it was rolled back
        locked = _locked(plans) if isinstance(error.__cause__, _WAITED) else set()
        if locked:
            results = _beside(locked, plans, outcomes, now)
        else:
            results = _apart(plans, outcomes, now, error)
    for place, outcome in results.items():
        outcomes[place] = outcome


def _locked(plans: dict[int, Plan]) -> set[int]:
    """The customers whose ledgers somebody else holds right now."""
    wanted = {plan.batch.account_id for plan in plans.values()}
    try:
        return wanted - ledger.free(wanted)
    except (OperationalError, InterfaceError):
        return set()


def _beside(
    locked: set[int], plans: dict[int, Plan], outcomes: list[Outcome | None], now: datetime
) -> dict[int, Outcome]:
    """One customer's ledger is held by somebody; the others have waited long enough."""
    waiting = {place for place, plan in plans.items() if plan.batch.account_id in locked}
    _store({place: plans[place] for place in plans.keys() - waiting}, outcomes, now)
    return {place: NotAccepted() for place in waiting}


def _apart(
    plans: dict[int, Plan], outcomes: list[Outcome | None], now: datetime, error: Exception
) -> dict[int, Outcome]:
    """After a rollback: halves, until the one that caused it stands alone."""
    if len(plans) > 1:
        half = len(plans) // 2
        _store(dict(itertools.islice(plans.items(), half)), outcomes, now)
        _store(dict(itertools.islice(plans.items(), half, None)), outcomes, now)
        return {}
    return dict.fromkeys(plans, _refusal_for(error))


def _refusal_for(error: Exception) -> DomainError:
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("a request was not accepted: %s", error)
        return NotAccepted()
    refusal = Internal()
    refusal.__cause__ = error
    return refusal


def _commit(plans: dict[int, Plan], now: datetime) -> dict[int, Outcome]:
    """The group's transaction; on a new connection once more when the old one was lost.

    A COMMIT whose answer was lost may have happened. Whoever tries again has to wait for the
    ledgers' locks first: by then the lost transaction has ended, its batches are there or never
    will be.
    """
    is_doubtful = False
    for tries in itertools.count(1):
        session, is_booked = None, False
        try:
            with transaction.atomic():
                session = connection.connection
                results = _book(plans, now, is_doubtful=is_doubtful)
                is_booked = True
        except (OperationalError, InterfaceError) as error:
            # Django may have connected anew by now: only the session itself knows of its end.
            is_lost = session is None or session.closed
            is_doubtful |= is_booked and is_lost
            if not is_lost and not is_doubtful:
                raise
            if not is_lost or tries >= (_ASK_TIMES if is_doubtful else _TRY_TIMES):
                raise OutcomeUnknown if is_doubtful else NotAccepted from error
            log.warning("the connection was lost; trying again: %s", error)
            connection.close()
            time.sleep(_ASK_EVERY_SECONDS if tries > 1 else 0)
        except frequency.Raced:
            # What raced has committed: the next try finds its row, and locks it.
            continue
        else:
            return results
    raise AssertionError("unreachable")


def _book(plans: dict[int, Plan], now: datetime, *, is_doubtful: bool) -> dict[int, Outcome]:
    """Inside the transaction: lock the ledgers, judge keys, caps and money in memory, write all."""
    counters = frequency.Counters(_wanted(plans.values()), now=now)
    books = ledger.open_books(
        (plan.batch.account_id for plan in plans.values()),
        # The lost transaction is worth any wait.
        patience_seconds=None if is_doubtful else _LOCK_SECONDS,
        also=counters.questions,
    )
    results: dict[int, Outcome] = _committed(plans) if is_doubtful else {}
    left = {place: plan for place, plan in plans.items() if place not in results}
    booking = _Booking(left.values(), books, counters, now)
    for place, plan in left.items():
        try:
            results[place] = booking.take(plan)
        except DomainError as refusal:
            results[place] = refusal
    books.close(also=[*counters.changes(), storing.bell()] if booking.stored else ())
    counters.check()
    _write(booking, now)
    return results


def _wanted(plans: Iterable[Plan]) -> Iterator[tuple[int, Draft]]:
    return ((plan.batch.account_id, draft) for plan in plans for draft in plan.validated.drafts)


class _Booking:
    """A group of requests, one after the other, as if each came when the last had committed."""

    def __init__(
        self,
        plans: Collection[Plan],
        books: ledger.Books,
        counters: frequency.Counters,
        now: datetime,
    ) -> None:
        self.keys = Keys(plan.request for plan in plans)
        self.stored: list[Plan] = []
        self._books = books
        self._counters = counters
        self._now = now

    def take(self, asked: Plan) -> Accepted:
        """Raises DomainError, and has changed nothing then."""
        kept = self.keys.earlier(asked.request)
        if kept is not None:
            return _accepted(kept, is_replayed=True)
        try:
            plan = capping.admit(asked, self._counters, self._now)
            charge(plan, self._books, self._now)
        except DomainError:
            self._counters.undo()
            raise
        self._counters.keep()
        self.keys.remember(plan.request, plan.kept())
        self.stored.append(plan)
        return _accepted(plan.kept(), is_replayed=False)


def _committed(plans: dict[int, Plan]) -> dict[int, Outcome]:
    """Whose batch is there was accepted, though nobody told us."""
    wanted = [plan.batch.id for plan in plans.values()]
    there = set(Batch.objects.filter(id__in=wanted).values_list("id", flat=True))
    return {
        place: _accepted(plan.kept(), is_replayed=False)
        for place, plan in plans.items()
        if plan.batch.id in there
    }


def _accepted(kept: Kept, *, is_replayed: bool) -> Accepted:
    return Accepted(kept.batch, kept.messages, kept.rejected, is_replayed)


def charge(plan: Plan, books: ledger.Books, now: datetime) -> None:
    """Fills in who pays what. Raises DomainError, and has changed nothing then."""
    bill = charging.Bill(
        account_id=plan.batch.account_id,
        project_id=plan.batch.project_id,
        currency=plan.batch.currency,
        reference=f"batch:{plan.batch.id}",
        is_free=plan.request.key.is_free,
        items=[
            charging.Item(draft.message_class, draft.country, draft.parts, draft.quote)
            for draft in plan.validated.drafts
        ],
    )
    payments = charging.charge(books=books, bill=bill, now=now)
    for message, payment in zip(plan.messages, payments, strict=True):
        message.wallet_id = payment.wallet_id
        message.price_micros = payment.price_micros
    plan.batch.price_micros = sum(payment.price_micros for payment in payments)


def _write(booking: _Booking, now: datetime) -> None:
    plans = booking.stored
    if not plans:
        return
    storing.batches([plan.batch for plan in plans])
    messages = [message for plan in plans for message in plan.messages]
    storing.messages(messages)
    storing.texts(
        (message.id, draft.text)
        for plan in plans
        for message, draft in zip(plan.messages, plan.validated.drafts, strict=True)
    )
    storing.due(messages)
    holding.note(plans, now=now)
    booking.keys.write(now=now)
    keys.note_use({plan.request.key.key_id for plan in plans}, now=now)
