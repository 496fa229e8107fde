"""The register of numbers that must not be written to: asked at acceptance and again at the claim.

A row is the whole platform's, an account's, or an account's for one signature or one class. One
question finds all that matters for a group of messages; the index that keeps live rows unique
answers it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from messaging.models import Suppression
from messaging.services.validation import SendRequest, Validated
from smsplatform.core import ids
from smsplatform.core.errors import DomainError, Invalid, NotFound, Problem

CODE = "recipient_opted_out"
SENTENCE = _(
    "This number must not be written to: its owner has opted out, or it was suppressed. See the"
    " list of suppressed numbers."
)

Source = Suppression.Source
# What the recipient, an authority or a carrier has said outweighs what a customer enters.
BINDING = frozenset({Source.REPLY, Source.COMPLAINT, Source.CARRIER})
REPLACED = "replaced"


class NotLiftable(DomainError):
    code = "not_liftable"
    status = 409
    message = _(
        "The recipient, a carrier or a complaint asked for this, so it cannot be lifted here. The"
        " recipient may send START; else ask our staff."
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a row binds: everybody, an account, or an account with a signature or in a class."""

    account_id: int | None
    signature_id: int | None = None
    message_class: str = ""

    def holds_for(self, account_id: int, signature_id: int | None, message_class: str) -> bool:
        return (
            self.account_id in (None, account_id)
            and self.signature_id in (None, signature_id)
            and self.message_class in ("", message_class)
        )


@dataclass(frozen=True, slots=True)
class NewSuppression:
    """A row that is about to be written; the order is the statement's."""

    number: str
    account_id: int | None
    signature_id: int | None
    message_class: str
    source: str
    created_by: str
    word: str = ""
    inbound_id: UUID | None = None
    note: str = ""
    expires_at: datetime | None = None


class Register:
    """What was found of the numbers that it was asked for."""

    def __init__(self, rows: Iterable[tuple[str, Scope]] = ()) -> None:
        self._scopes: dict[str, list[Scope]] = {}
        for number, scope in rows:
            self._scopes.setdefault(number, []).append(scope)

    def covers(
        self, number: str, *, account_id: int, signature_id: int | None, message_class: str
    ) -> bool:
        scopes = self._scopes.get(number)
        return scopes is not None and any(
            scope.holds_for(account_id, signature_id, message_class) for scope in scopes
        )

    @property
    def is_empty(self) -> bool:
        return not self._scopes


def load(numbers: Collection[str], *, account_ids: Collection[int], now: datetime) -> Register:
    """One question, whatever their number."""
    if not numbers:
        return Register()
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {"numbers": list(numbers), "accounts": list(account_ids), "now": now})
        return Register((number, Scope(*scope)) for number, *scope in cursor.fetchall())


_FIND = """
    SELECT number, account_id, signature_id, message_class FROM messaging_suppression
    WHERE number = ANY(%(numbers)s) AND lifted_at IS NULL
      AND (account_id IS NULL OR account_id = ANY(%(accounts)s))
      AND (expires_at IS NULL OR expires_at > %(now)s)
"""


def of_requests(requests: Sequence[SendRequest], now: datetime) -> Register:
    """For all of their recipients."""
    numbers = {
        row.number.e164 for request in requests for row in request.rows if row.number is not None
    }
    return load(numbers, account_ids={request.key.account_id for request in requests}, now=now)


def sift(validated: Validated, register: Register) -> Validated:
    """Without the recipients who must not be written to. Raises Invalid where none is left."""
    if register.is_empty:
        return validated
    account_id = validated.request.key.account_id
    refused = {
        draft.index: Problem(CODE, SENTENCE, "to")
        for draft in validated.drafts
        if register.covers(
            draft.number,
            account_id=account_id,
            signature_id=draft.signature_id,
            message_class=draft.message_class,
        )
    }
    if not refused:
        return validated
    sifted = validated.without(refused)
    if not sifted.drafts:
        raise Invalid(errors=sifted.errors())
    return sifted


def suppress(*, rows: Iterable[NewSuppression], now: datetime) -> list[UUID]:
    """In the caller's transaction. The ids of those that were not in force before.

    One that ends sooner than the new one, or was only a customer's wish where the new one is the
    recipient's, is replaced; it stays as history.
    """
    # In one order, so that two who suppress the same numbers wait for each other in turn.
    wanted = sorted(_strongest(rows), key=_place)
    if not wanted:
        return []
    columns = [list(column) for column in zip(*map(astuple, wanted), strict=True)]
    new: dict[str, Any] = dict(
        zip((field.name for field in fields(NewSuppression)), columns, strict=True)
    )
    new |= {"now": now, "ids": ids.series(now, len(wanted)), "binding": sorted(BINDING)}
    with connection.cursor() as cursor:
        cursor.execute(_REPLACE, new)
        cursor.execute(_INSERT, new)
        return [row[0] for row in cursor.fetchall()]


def _place(row: NewSuppression) -> tuple[str, int, int, str]:
    return row.number, row.account_id or 0, row.signature_id or 0, row.message_class


def _strongest(rows: Iterable[NewSuppression]) -> Iterable[NewSuppression]:
    """A statement can touch a key once only: of twins, what binds more, then what lasts longer."""
    found: dict[Any, NewSuppression] = {}
    for row in rows:
        key = _place(row)
        if key not in found or _strength(row) > _strength(found[key]):
            found[key] = row
    return found.values()


def _strength(row: NewSuppression) -> tuple[bool, bool, float]:
    ends = row.expires_at.timestamp() if row.expires_at else 0.0
    return row.source in BINDING, row.expires_at is None, ends


_REPLACE = f"""
    UPDATE messaging_suppression s SET lifted_at = %(now)s, lifted_by = '{REPLACED}'
    FROM unnest(%(number)s::text[], %(account_id)s::bigint[], %(signature_id)s::bigint[],
                %(message_class)s::text[], %(source)s::text[], %(expires_at)s::timestamptz[])
        AS v(number, account_id, signature_id, message_class, source, expires_at)
    WHERE s.lifted_at IS NULL AND s.number = v.number
      AND s.account_id IS NOT DISTINCT FROM v.account_id
      AND s.signature_id IS NOT DISTINCT FROM v.signature_id
      AND s.message_class = v.message_class
      AND (s.expires_at <= %(now)s
           OR (v.source = ANY(%(binding)s) AND s.source <> ALL(%(binding)s))
           OR ((v.source = ANY(%(binding)s) OR s.source <> ALL(%(binding)s))
               AND (s.expires_at < v.expires_at
                    OR (s.expires_at IS NOT NULL AND v.expires_at IS NULL))))
"""  # noqa: S608 - a word of our own

_INSERT = """
    INSERT INTO messaging_suppression (id, number, account_id, signature_id, message_class, source,
        created_by, word, inbound_id, note, expires_at, created_at, lifted_by)
    SELECT v.*, %(now)s, ''
    FROM unnest(%(ids)s::uuid[], %(number)s::text[], %(account_id)s::bigint[],
                %(signature_id)s::bigint[], %(message_class)s::text[], %(source)s::text[],
                %(created_by)s::text[], %(word)s::text[], %(inbound_id)s::uuid[], %(note)s::text[],
                %(expires_at)s::timestamptz[]) v
    ON CONFLICT DO NOTHING
    RETURNING id
"""


def lift(*, account_id: int, suppression_id: UUID, by: str, now: datetime) -> Suppression:
    """What a customer entered, a customer may lift. Raises NotFound or NotLiftable; to lift what is
    lifted already changes nothing."""
    found = Suppression.objects.for_account(account_id).filter(id=suppression_id)
    mine = found.filter(lifted_at__isnull=True).exclude(source__in=BINDING)
    mine.update(lifted_at=now, lifted_by=by)
    row: Suppression | None = found.select_related("signature").first()
    if row is None:
        raise NotFound
    if row.lifted_at is None:
        raise NotLiftable
    return row


def lift_by_staff(*, suppression_id: UUID, by: str, now: datetime) -> bool:
    """Whatever it was; True for the one call that did it."""
    found = Suppression.objects.filter(id=suppression_id, lifted_at__isnull=True)
    return bool(found.update(lifted_at=now, lifted_by=by))


def lift_replies(*, scopes: Sequence[tuple[str, Scope]], now: datetime) -> int:
    """The recipient wants to be written to again: what their own replies stopped goes on, and
    nothing else. A scope with a signature leaves the other signatures alone."""
    if not scopes:
        return 0
    wanted = sorted(
        {(number, scope.account_id or 0, scope.signature_id) for number, scope in scopes}
    )
    numbers, accounts, signatures = (list(column) for column in zip(*wanted, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_LIFT_REPLIES, [now, numbers, accounts, signatures])
        return int(cursor.rowcount)


_LIFT_REPLIES = """
    UPDATE messaging_suppression s SET lifted_at = %s, lifted_by = 'recipient'
    FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) v(number, account_id, signature_id)
    WHERE s.lifted_at IS NULL AND s.source = 'reply' AND s.number = v.number
      AND coalesce(s.account_id, 0) IN (0, v.account_id)
      AND (v.signature_id IS NULL OR s.signature_id IS NULL OR s.signature_id = v.signature_id)
"""
