"""What an Idempotency-Key led to: found again under the lock of the account's ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from messaging.models import Batch, IdempotencyKey, Message
from messaging.services.storing import NewBatch, NewMessage
from messaging.services.validation import Rejection, SendRequest
from smsplatform.core.errors import DomainError, Problem


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 422
    message = _("This Idempotency-Key was used with another body; use a new key.")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a request led to."""

    batch: Batch | NewBatch
    messages: Sequence[Message | NewMessage]
    rejected: Sequence[Rejection]


@dataclass(frozen=True, slots=True)
class _Stored:
    body_hash: bytes
    batch_id: UUID
    rejected: list[dict[str, Any]]


class Keys:
    """The keys of a group of requests. An account's ledger is locked, so a twin in another
    process has committed, or waits for us."""

    def __init__(self, requests: Iterable[SendRequest]) -> None:
        wanted = [request for request in requests if request.idempotency_key]
        self._stored: dict[tuple[int, str], _Stored] = _load(wanted) if wanted else {}
        self._new: dict[tuple[int, str], tuple[SendRequest, Kept]] = {}

    def earlier(self, request: SendRequest) -> Kept | None:
        """What a twin led to. Raises IdempotencyKeyReused where it was no twin."""
        name = (request.key.account_id, request.idempotency_key)
        if name in self._new:
            first, kept = self._new[name]
            _check_body(first.body_hash, request)
            return kept
        stored = self._stored.get(name)
        if stored is None:
            return None
        _check_body(stored.body_hash, request)
        return _replay(stored)

    def remember(self, request: SendRequest, kept: Kept) -> None:
        if request.idempotency_key:
            self._new[request.key.account_id, request.idempotency_key] = (request, kept)

    def write(self, *, now: datetime) -> None:
        IdempotencyKey.objects.bulk_create(
            IdempotencyKey(
                account_id=request.key.account_id,
                key=request.idempotency_key,
                body_hash=request.body_hash,
                batch_id=kept.batch.id,
                rejected=[_as_row(rejection) for rejection in kept.rejected],
                created_at=now,
            )
            for request, kept in self._new.values()
        )


def _load(wanted: Sequence[SendRequest]) -> dict[tuple[int, str], _Stored]:
    rows = IdempotencyKey.objects.filter(
        account_id__in={request.key.account_id for request in wanted},
        key__in={request.idempotency_key for request in wanted},
    ).values_list("account_id", "key", "body_hash", "batch_id", "rejected")
    return {(row[0], row[1]): _Stored(bytes(row[2]), row[3], row[4]) for row in rows}


def _check_body(body_hash: bytes, request: SendRequest) -> None:
    if body_hash != request.body_hash:
        raise IdempotencyKeyReused


def _replay(stored: _Stored) -> Kept:
    batch = Batch.objects.get(id=stored.batch_id)
    messages = Message.objects.filter(
        batch_id=batch.id, id__gte=batch.first_id, id__lte=batch.last_id
    ).order_by("id")
    return Kept(batch, list(messages), [_of_row(row) for row in stored.rejected])


def _as_row(rejection: Rejection) -> dict[str, Any]:
    """Sentences stay untranslated: whoever repeats the request may read another language."""
    problem = rejection.problem
    with translation.override(None):
        return {
            "index": rejection.index,
            "to": rejection.to,
            "code": problem.code,
            "message": str(problem.message),
            "facts": {
                name: {"sentence": str(fact)} if isinstance(fact, Promise) else fact
                for name, fact in problem.facts.items()
            },
        }


def _of_row(row: dict[str, Any]) -> Rejection:
    facts = {
        name: gettext_lazy(fact["sentence"]) if isinstance(fact, dict) else fact
        for name, fact in row["facts"].items()
    }
    problem = Problem(row["code"], gettext_lazy(row["message"]), facts=facts)
    return Rejection(row["index"], row["to"], problem)
