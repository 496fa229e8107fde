"""What every door to messages shares: read a request, build an answer.

The send door and the DRF view differ in nothing else: the same bytes give the same status and JSON.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.access import AccountClosed, authenticate, require
from accounts.models import Scope
from accounts.services.keys import KeyFacts
from messaging import queries
from messaging.models import Batch, Message
from messaging.queries import Progress
from messaging.services import cancelling
from messaging.services.acceptance import Accepted
from messaging.services.storing import NewBatch, NewMessage
from messaging.services.validation import NUMBER_SENTENCES, Row, SendRequest, row_field
from messaging.states import State
from smsplatform.core import bodies, clock, money
from smsplatform.core.api import UnsupportedMediaType
from smsplatform.core.errors import DomainError, Invalid, Problem, Sentence
from smsplatform.core.text import numbers
from templates_app.services import locales

LARGEST_BODY = 10 * 1024 * 1024
MOST_RECIPIENTS = 10_000
LONGEST_TEXT = 1600
LONGEST_REFERENCE = 64
LONGEST_KEY = 255
VALID_FOR_SECONDS = (60, 3 * 24 * 3600)
# Whoever asked to cancel a large batch waits no longer for an answer.
CANCEL_SECONDS = 5.0

_FIELDS = frozenset(
    {
        "to",
        "messages",
        "template",
        "params",
        "signature",
        "text",
        "locale",
        "reference",
        "send_at",
        "valid_for",
        "on_unknown",
    }
)
_ROW_FIELDS = frozenset({"to", "params", "locale", "reference"})


class BodyTooLarge(DomainError):
    code = "body_too_large"
    status = 413
    message = _("The body is larger than {megabytes} MB; split the request.")

    def __init__(self) -> None:
        super().__init__(megabytes=LARGEST_BODY // 2**20)


class KeyTooLong(DomainError):
    code = "idempotency_key_invalid"
    status = 400
    message = _("Idempotency-Key must have 1 to {most} visible characters.")


class TooManyRecipients(DomainError):
    code = "too_many_recipients"
    status = 422
    message = _("One request takes at most {most} recipients; split it.")


def let_in(*, authorization: str, address: str, now: datetime) -> KeyFacts:
    """A key that may send, of an account that may."""
    key = authenticate(authorization=authorization, address=address, now=now)
    require(key, Scope.SEND)
    check_account(key)
    return key


def check_account(key: KeyFacts) -> None:
    if not key.account_is_open:
        raise AccountClosed(key.account_state)


def check_length(declared: str) -> None:
    """A Content-Length beyond what may be: the body is not read at all."""
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > LARGEST_BODY):
        raise BodyTooLarge


def parse(*, body: bytes, content_type: str, idempotency_key: str, key: KeyFacts) -> SendRequest:
    """The request, right in shape; raises with every fault that was found, changes nothing."""
    if len(body) > LARGEST_BODY:
        raise BodyTooLarge
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType
    if idempotency_key and (
        len(idempotency_key) > LONGEST_KEY or not idempotency_key.isprintable()
    ):
        raise KeyTooLong(most=LONGEST_KEY)
    # What was tried in the sandbox is no twin of what is sent for good.
    body_hash = hashlib.sha256(body + (b"\0sandbox" if key.is_sandbox else b"")).digest()
    return _Reader(bodies.load(body), key).request(
        idempotency_key=idempotency_key, body_hash=body_hash
    )


def answer_headers(accepted: Accepted) -> dict[str, str]:
    return {"Idempotent-Replayed": "true"} if accepted.is_replayed else {}


@contextmanager
def fresh_connection() -> Iterator[None]:
    """For threads that Django's request signals never reach: a dead connection is not kept."""
    try:
        yield
    except (OperationalError, InterfaceError):
        connection.close()
        raise


def answer(accepted: Accepted) -> dict[str, Any]:
    """The body of a 202, in the language that is active for the sentences in `rejected`."""
    batch = accepted.batch
    return {
        "batch_id": str(batch.id),
        "messages": [
            {
                "index": message.position,
                "id": str(message.id),
                "to": message.number,
                "state": shown_state(message)[0],
                "reason": message.reason,
                "parts": message.parts,
                "price": money.as_json(message.price_micros, batch.currency),
            }
            for message in accepted.messages
        ],
        "rejected": [rejection.as_json() for rejection in accepted.rejected],
        "total": total(batch),
    }


def total(batch: Batch | NewBatch) -> dict[str, Any]:
    return {
        "messages": batch.count,
        "parts": batch.parts,
        "price": money.as_json(batch.price_micros, batch.currency),
    }


_ON_UNKNOWN = Message.OnUnknown.values


class _Reader:
    """Reads the members of one body and gathers what is wrong with them."""

    def __init__(self, loaded: Any, key: KeyFacts) -> None:
        if not isinstance(loaded, dict):
            raise Invalid(errors=[Problem("wrong_type", _("The body must be a JSON object."))])
        self._body = loaded
        self._key = key
        self._problems: list[Problem] = []
        self._rows_field = "messages" if "messages" in loaded else ""
        if isinstance(loaded.get("to"), list):
            self._rows_field = "to"

    def request(self, *, idempotency_key: str, body_hash: bytes) -> SendRequest:
        self._refuse_unknown(self._body, _FIELDS, "")
        rows = self._rows()
        template = self._string("template", 40)
        text = self._string("text", LONGEST_TEXT)
        if bool(template) == bool(text.strip()):
            self._refuse("template", "template_or_text", _("Send either template or text."))
        elif text:
            self._refuse_params(rows)
        request = SendRequest(
            key=self._key,
            rows=rows,
            template=template,
            text=text,
            signature=self._string("signature", 16),
            locale=self._locale(self._body, "locale"),
            reference=self._string("reference", LONGEST_REFERENCE),
            send_at=self._instant("send_at"),
            valid_for=self._valid_for(),
            on_unknown=self._choice("on_unknown", _ON_UNKNOWN),
            idempotency_key=idempotency_key,
            body_hash=body_hash,
            rows_field=self._rows_field,
        )
        if self._problems:
            raise Invalid(errors=self._problems)
        return request

    def _refuse(self, field: str, code: str, message: Sentence, **facts: Any) -> None:
        self._problems.append(Problem(code, message, field, facts))
        if len(self._problems) >= bodies.MOST_PROBLEMS:
            raise Invalid(errors=self._problems)

    def _refuse_params(self, rows: list[Row]) -> None:
        """Whoever sends them expects them to be filled in, and nothing would be."""
        if any(row.params for row in rows):
            self._refuse(
                "params",
                "parameter_surplus",
                _("Free text takes no parameters; remove them, or name a template."),
            )

    def _refuse_unknown(self, members: dict[str, Any], known: frozenset[str], where: str) -> None:
        for name in sorted(members.keys() - known):
            self._refuse(
                f"{where}{name[:40]}", "field_unknown", _("There is no such field; remove it.")
            )

    def _string(self, name: str, longest: int) -> str:
        return self._string_in(self._body, name, name, longest)

    def _string_in(self, members: dict[str, Any], name: str, field: str, longest: int) -> str:
        value = members.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._refuse(field, "wrong_type", _("This must be a string."))
            return ""
        if len(value) > longest:
            self._refuse(field, "too_long", _("At most {longest} characters."), longest=longest)
            return ""
        return value

    def _params(self, members: dict[str, Any], field: str) -> dict[str, Any]:
        params = members.get("params")
        if params is None:
            return {}
        if not isinstance(params, dict):
            self._refuse(field, "wrong_type", _("params must be an object of strings."))
            return {}
        return params

    def _choice(self, name: str, choices: list[str]) -> str:
        value = self._string(name, 20)
        if value and value not in choices:
            self._refuse(
                name, "not_a_choice", _("Choose one of: {choices}."), choices=", ".join(choices)
            )
        return value

    def _locale(self, members: dict[str, Any], field: str) -> str:
        value = self._string_in(members, "locale", field, 12)
        if value and not locales.is_tag(value):
            self._refuse(field, "locale_invalid", _("Name a language like en, en-GB or zh-Hans."))
        return value

    def _instant(self, name: str) -> datetime | None:
        value = self._string(name, 40)
        if not value:
            return None
        try:
            instant = parse_datetime(value)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            self._refuse(
                name,
                "time_invalid",
                _("Send an ISO 8601 time with its offset, like {example}."),
                example="2026-05-01T09:30:00+08:00",
            )
            return None
        return instant

    def _valid_for(self) -> timedelta | None:
        value = self._body.get("valid_for")
        if value is None:
            return None
        least, most = VALID_FOR_SECONDS
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self._refuse(
                "valid_for",
                "valid_for_invalid",
                _("A whole number of seconds from {least} to {most}."),
                least=least,
                most=most,
            )
            return None
        return timedelta(seconds=value)

    def _rows(self) -> list[Row]:
        to, messages = self._body.get("to"), self._body.get("messages")
        if (to is None) == (messages is None):
            self._refuse("to", "to_or_messages", _("Send either to or messages."))
            return []
        recipients = messages if messages is not None else to if isinstance(to, list) else [to]
        if not isinstance(recipients, list) or not recipients:
            field = "to" if messages is None else "messages"
            self._refuse(field, "wrong_type", _("This must be a list that is not empty."))
            return []
        if len(recipients) > MOST_RECIPIENTS:
            raise TooManyRecipients(
                field="to" if messages is None else "messages", most=MOST_RECIPIENTS
            )
        if messages is not None:
            return [self._row(index, one) for index, one in enumerate(recipients)]
        params = self._params(self._body, "params")
        return [self._recipient(index, one, params, "") for index, one in enumerate(recipients)]

    def _row(self, index: int, members: Any) -> Row:
        where = f"messages[{index}]."
        if not isinstance(members, dict):
            self._refuse(where[:-1], "wrong_type", _("Each message must be an object."))
            return Row(index, "", None, None, {}, "")
        self._refuse_unknown(members, _ROW_FIELDS, where)
        shared = self._params(self._body, "params")
        params = {**shared, **self._params(members, f"{where}params")}
        reference = self._string_in(members, "reference", f"{where}reference", LONGEST_REFERENCE)
        row = self._recipient(index, members.get("to"), params, reference)
        locale = self._locale(members, f"{where}locale")
        return replace(row, locale=locale) if locale else row

    def _recipient(self, index: int, to: Any, params: dict[str, Any], reference: str) -> Row:
        if not isinstance(to, str):
            field = row_field(self._rows_field, index, "to")
            self._refuse(field, "wrong_type", _("A number must be a string."))
            return Row(index, "", None, None, params, reference)
        try:
            number = numbers.parse(to, region=self._key.country)
        except numbers.NumberError as error:
            problem = Problem(error.code, NUMBER_SENTENCES[error.code], "to")
            return Row(index, to[:40], None, problem, params, reference)
        return Row(index, to, number, None, params, reference)


def cancel_batch(batch: Batch, *, actor: str) -> Progress:
    """As much as fits into CANCEL_SECONDS; asked again, it goes on. Returns how it stands now."""
    began = time.monotonic()
    for _cancelled in cancelling.cancel_batch(batch=batch, actor=actor, now=clock.now()):
        if time.monotonic() - began > CANCEL_SECONDS:
            break
    return queries.progress(batch)


def shown_state(message: Message | NewMessage) -> tuple[str, bool]:
    """The public state, and whether the outcome of the submission is known."""
    if message.state == State.UNCERTAIN:
        return State.SENDING.value, False
    return message.state, True
