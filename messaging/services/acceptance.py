"""Accept requests: one transaction for many of them, whoever asks.

All doors call `accept`. It never mixes up neighbours: each request is refused, or accepted and
charged as a whole; a rollback that one of them caused is retried by halves until it stands alone.
A connection lost during COMMIT is no rollback: the batch ids tell afterwards what became of it.
"""

import itertools
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey
from billing.services import charging, ledger, pricing
from messaging.models import Batch, IdempotencyKey, Message
from messaging.services import routing, storing
from messaging.services.validation import (
    Draft,
    Facts,
    Rejection,
    SendRequest,
    Validated,
    validate,
)
from messaging.states import State
from smsplatform.core import clock, ids
from smsplatform.core.errors import DomainError, Internal, Problem
from templates_app.services import catalogue

log = logging.getLogger(__name__)

# After a connection was lost during COMMIT: long enough for PostgreSQL to recover from a crash.
_ASK_TIMES = 20
_ASK_EVERY_SECONDS = 0.5


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 422
    message = _("This Idempotency-Key was used with another body; use a new key.")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a request led to. `is_replayed` when an earlier request with its key had led there."""

    batch: Batch
    messages: Sequence[Message]
    rejected: Sequence[Rejection]
    is_replayed: bool = False


Outcome = Accepted | DomainError


@dataclass(slots=True)
class _Plan:
    """One request on its way through the transaction."""

    validated: Validated
    batch: Batch
    messages: list[Message] = field(default_factory=list)

    @property
    def request(self) -> SendRequest:
        return self.validated.request

    def accepted(self) -> Accepted:
        return Accepted(self.batch, self.messages, self.validated.rejected)


class Unavailable(DomainError):
    code = "unavailable"
    status = 503
    message = _("We cannot accept messages this moment; nothing was stored. Try again.")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


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
    return [Unavailable() for _request in requests]


def _accept(requests: Sequence[SendRequest]) -> list[Outcome]:
    now = clock.now()
    outcomes: list[Outcome | None] = [None] * len(requests)
    plans: dict[int, _Plan] = {}
    facts = _facts(requests, now)
    for place, request in enumerate(requests):
        try:
            plans[place] = _plan(validate(request, facts, now=now), now)
        except DomainError as refusal:
            outcomes[place] = refusal
    _store(plans, outcomes, now)
    return [outcome or Internal() for outcome in outcomes]


def _facts(requests: Sequence[SendRequest], now: datetime) -> Facts:
    account_ids = {request.key.account_id for request in requests}
    countries = {row.number.country for request in requests for row in request.rows if row.number}
    return Facts(
        catalogue=catalogue.load(
            account_ids=account_ids,
            codes={request.template for request in requests if request.template},
        ),
        prices=pricing.load(account_ids=account_ids, countries=countries, now=now),
        routes=routing.candidates(),
    )


def _plan(validated: Validated, now: datetime) -> _Plan:
    """Ids first: the batch's, then its messages', ascending, so that it is a range of them."""
    request, drafts = validated.request, validated.drafts
    batch_id, *message_ids = ids.series(now, len(drafts) + 1)
    batch = Batch(
        id=batch_id,
        account_id=request.key.account_id,
        project_id=request.key.project_id,
        source=request.source,
        reference=request.reference,
        first_id=message_ids[0],
        last_id=message_ids[-1],
        count=len(drafts),
        parts=sum(draft.parts for draft in drafts),
        price_micros=0,
        currency=request.key.currency,
        accepted_at=now,
    )
    plan = _Plan(validated, batch)
    plan.messages = [
        _message(plan, draft, message_id)
        for draft, message_id in zip(drafts, message_ids, strict=True)
    ]
    return plan


def _message(plan: _Plan, draft: Draft, message_id: UUID) -> Message:
    frame, batch = plan.validated, plan.batch
    return Message(
        id=message_id,
        account_id=batch.account_id,
        project_id=batch.project_id,
        batch_id=batch.id,
        position=draft.index,
        state=State.SCHEDULED.value if frame.is_scheduled else State.QUEUED.value,
        number=draft.number,
        country=draft.country,
        message_class=draft.message_class,
        template_id=draft.template_id,
        signature_id=draft.signature_id,
        encoding=draft.encoding,
        parts=draft.parts,
        price_micros=0,
        currency=batch.currency,
        basis=draft.quote.basis,
        wallet_id=0,
        route_id=draft.route_id,
        on_unknown=frame.on_unknown,
        reference=draft.reference,
        due_at=frame.due_at,
        valid_until=frame.valid_until,
    )


def _store(plans: dict[int, _Plan], outcomes: list[Outcome | None], now: datetime) -> None:
    """Fills in what is missing of `outcomes`."""
    if not plans:
        return
    try:
        with transaction.atomic():
            results = _book(plans, now)
    except DatabaseError as error:
        _recover(plans, outcomes, now, error)
    else:
        for place, outcome in results.items():
            outcomes[place] = outcome


def _recover(
    plans: dict[int, _Plan], outcomes: list[Outcome | None], now: datetime, error: DatabaseError
) -> None:
    if isinstance(error, OperationalError | InterfaceError) and _connection_is_gone():
        committed = _committed(plans)
        if committed is None:
            for place in plans:
                outcomes[place] = OutcomeUnknown()
            return
        for place in committed:
            outcomes[place] = plans.pop(place).accepted()
    if len(plans) > 1:
        half = len(plans) // 2
        _store(dict(itertools.islice(plans.items(), half)), outcomes, now)
        _store(dict(itertools.islice(plans.items(), half, None)), outcomes, now)
        return
    for place in plans:
        log.error("a request was not accepted", exc_info=error)
        refusal = Internal()
        refusal.__cause__ = error
        outcomes[place] = refusal


def _connection_is_gone() -> bool:
    raw = connection.connection
    gone = raw is None or raw.closed
    if gone:
        connection.close()
    return bool(gone)


def _committed(plans: dict[int, _Plan]) -> list[int] | None:
    """Whose batch is there: its transaction was committed, though nobody told us.

    None when the database did not come back in time to say.
    """
    wanted = [plan.batch.id for plan in plans.values()]
    for _try in range(_ASK_TIMES):
        try:
            there = set(Batch.objects.filter(id__in=wanted).values_list("id", flat=True))
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(_ASK_EVERY_SECONDS)
        else:
            return [place for place, plan in plans.items() if plan.batch.id in there]
    return None


def _book(plans: dict[int, _Plan], now: datetime) -> dict[int, Outcome]:
    """Inside the transaction: lock the ledgers, judge keys and money in memory, write it all."""
    books = ledger.open_books(plan.batch.account_id for plan in plans.values())
    keys = _known_keys(plans.values())
    results: dict[int, Outcome] = {}
    stored: list[_Plan] = []
    for place, plan in plans.items():
        try:
            known = _earlier(plan, keys)
            if known is None:
                _charge(plan, books, now)
                _remember_key(plan, keys)
                stored.append(plan)
            results[place] = known or plan.accepted()
        except DomainError as refusal:
            results[place] = refusal
    books.close()
    _write(stored, now)
    return results


@dataclass(frozen=True, slots=True)
class _Known:
    body_hash: bytes
    batch_id: UUID
    rejected: list[dict[str, Any]]
    plan: _Plan | None


_Keys = dict[tuple[int, str], _Known]


def _known_keys(plans: Iterable[_Plan]) -> _Keys:
    """The ledger's lock is held: a twin of the same account has committed, or waits for us."""
    wanted = [plan for plan in plans if plan.request.idempotency_key]
    if not wanted:
        return {}
    rows = IdempotencyKey.objects.filter(
        account_id__in={plan.batch.account_id for plan in wanted},
        key__in={plan.request.idempotency_key for plan in wanted},
    ).values_list("account_id", "key", "body_hash", "batch_id", "rejected")
    return {(row[0], row[1]): _Known(bytes(row[2]), row[3], row[4], None) for row in rows}


def _earlier(plan: _Plan, keys: _Keys) -> Accepted | None:
    known = keys.get((plan.batch.account_id, plan.request.idempotency_key))
    if known is None:
        return None
    if known.body_hash != plan.request.body_hash:
        raise IdempotencyKeyReused
    if known.plan is not None:
        return Accepted(
            known.plan.batch, known.plan.messages, known.plan.validated.rejected, is_replayed=True
        )
    return _replay(known)


def _replay(known: _Known) -> Accepted:
    batch = Batch.objects.get(id=known.batch_id)
    messages = Message.objects.filter(
        batch_id=batch.id, id__gte=batch.first_id, id__lte=batch.last_id
    ).order_by("id")
    rejected = [
        Rejection(one["index"], one["to"], Problem(one["code"], one["message"]))
        for one in known.rejected
    ]
    return Accepted(batch, list(messages), rejected, is_replayed=True)


def _remember_key(plan: _Plan, keys: _Keys) -> None:
    request = plan.request
    if request.idempotency_key:
        keys[(plan.batch.account_id, request.idempotency_key)] = _Known(
            request.body_hash, plan.batch.id, [], plan
        )


def _charge(plan: _Plan, books: ledger.Books, now: datetime) -> None:
    bill = charging.Bill(
        account_id=plan.batch.account_id,
        project_id=plan.batch.project_id,
        currency=plan.batch.currency,
        reference=f"batch:{plan.batch.id}",
        items=[
            charging.Item(draft.message_class, draft.country, draft.parts, draft.quote.price_micros)
            for draft in plan.validated.drafts
        ],
    )
    payments = charging.charge(books=books, bill=bill, now=now)
    for message, payment in zip(plan.messages, payments, strict=True):
        message.wallet_id = payment.wallet_id
        message.price_micros = payment.price_micros
    plan.batch.price_micros = sum(payment.price_micros for payment in payments)


def _write(plans: list[_Plan], now: datetime) -> None:
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
    _write_keys(plans, now)
    storing.ring()


def _write_keys(plans: list[_Plan], now: datetime) -> None:
    IdempotencyKey.objects.bulk_create(
        IdempotencyKey(
            account_id=plan.batch.account_id,
            key=plan.request.idempotency_key,
            body_hash=plan.request.body_hash,
            batch_id=plan.batch.id,
            rejected=[rejection.as_json() for rejection in plan.validated.rejected],
            created_at=now,
        )
        for plan in plans
        if plan.request.idempotency_key
    )
    _touch_api_keys({plan.request.key.key_id for plan in plans}, now)


# A key's last use is told to the minute: an UPDATE for each request would cost more than it tells.
_touched: dict[int, datetime] = {}


def _touch_api_keys(key_ids: set[int], now: datetime) -> None:
    stale = [
        key_id
        for key_id in key_ids
        if key_id not in _touched or (now - _touched[key_id]).total_seconds() > 60
    ]
    if stale:
        ApiKey.objects.filter(id__in=stale).update(last_used_at=now)
        _touched.update(dict.fromkeys(stale, now))
