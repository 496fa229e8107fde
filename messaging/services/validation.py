"""From what was asked to what would be sent: a Draft for each good row, a reason for each bad.

Nothing here is stored and nothing is charged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from accounts.access import AccountNotLive
from accounts.services.keys import KeyFacts
from billing.services.pricing import Asked, PriceBook, Quote
from messaging.models import Message
from messaging.services import routing
from messaging.services.refusals import (
    SandboxOff,
    SendAtPast,
    SendAtTooFar,
    SignatureMissing,
    SignatureNotApproved,
    SignatureUnknown,
    TemplateNotApproved,
    TemplateUnknown,
    TextNotAllowed,
)
from messaging.services.trials import Trials
from messaging.states import State
from smsplatform.core.errors import Invalid, Problem, Sentence
from smsplatform.core.text import numbers, operators
from templates_app.models import MessageClass
from templates_app.services import composing, rendering, tails
from templates_app.services.catalogue import Catalogue, UsableSignature, UsableTemplate, Wordings
from templates_app.services.composing import Composed

MOST_PARTS = 10

_VALID_FOR = {
    MessageClass.VERIFICATION.value: timedelta(minutes=10),
    MessageClass.NOTICE.value: timedelta(days=1),
    MessageClass.MARKETING.value: timedelta(days=1),
}


SEND_AT_MOST_DAYS = 30

NUMBER_SENTENCES: dict[str, Sentence] = {
    "number_invalid": _("This is no telephone number; write it like +8613800138000."),
    "number_not_mobile": _("This number cannot receive SMS: it is not a mobile number."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient as asked for. `number` is None where `refusal` says why it is none."""

    index: int
    to: str
    number: numbers.Number | None
    refusal: Problem | None
    params: dict[str, Any]
    reference: str
    # In which language, where the row says so.
    locale: str = ""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A request that is right in shape. `idempotency_key` is empty where the client sent none."""

    key: KeyFacts
    rows: Sequence[Row]
    template: str = ""
    signature: str = ""
    text: str = ""
    locale: str = ""
    reference: str = ""
    send_at: datetime | None = None
    valid_for: timedelta | None = None
    on_unknown: str = ""
    idempotency_key: str = ""
    body_hash: bytes = b""
    source: str = "api"
    # How it names its rows: "messages", "to" for a list of numbers, else a single number.
    rows_field: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that may be accepted, but for the money."""

    index: int
    number: str
    country: str
    message_class: str
    text: str
    encoding: str
    parts: int
    quote: Quote
    route_id: int
    reference: str
    template_id: int | None
    signature_id: int
    operator: str
    step: int
    # Words for which a reviewer has to read it first.
    held: tuple[str, ...] = ()
    # How many a day may go to this phone of a sandbox account's own; 0 for everything else.
    trial_most: int = 0


@dataclass(frozen=True, slots=True)
class Rejection:
    index: int
    to: str
    problem: Problem

    def as_json(self) -> dict[str, Any]:
        """In the language that is active now."""
        return {
            "index": self.index,
            "to": self.to,
            "code": self.problem.code,
            "message": self.problem.sentence(),
        }


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored and matters, for a whole group of requests."""

    catalogue: Catalogue
    prices: PriceBook
    routes: routing.Routes
    trials: Trials


@dataclass(slots=True)
class Validated:
    """The outcome for one request; `due_at` and `valid_until` hold for all of its messages."""

    request: SendRequest
    message_class: str
    due_at: datetime
    valid_until: datetime
    on_unknown: str
    is_scheduled: bool
    signature: UsableSignature
    drafts: list[Draft] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def first_state(self) -> str:
        return State.SCHEDULED.value if self.is_scheduled else State.QUEUED.value

    def without(self, refused: Mapping[int, Problem]) -> Self:
        """Without the rows of these indexes, which are told as rejected."""
        asked = {row.index: row.to for row in self.request.rows}
        rejected = [Rejection(index, asked[index], refused[index]) for index in refused]
        return replace(
            self,
            drafts=[draft for draft in self.drafts if draft.index not in refused],
            rejected=sorted([*self.rejected, *rejected], key=lambda one: one.index),
        )

    def errors(self) -> list[Problem]:
        """What was wrong with each rejected row, with the field as the request spelled it."""
        return [_of_row(self.request, rejection) for rejection in self.rejected]


class RowRefused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def validate(request: SendRequest, facts: Facts, *, now: datetime) -> Validated:
    """Raises for the request as a whole; a bad row is only left out, unless all are bad.

    An account that is not live yet may try everything before any review, and a sandbox key always:
    the messages take the sandbox's routes, which reach no phone but perhaps those that the account
    proved to hold, and cost nothing.
    """
    if request.key.is_sandbox and not facts.routes.has_sandbox:
        raise SandboxOff if request.key.account_is_live else AccountNotLive
    template = _template(request, facts.catalogue)
    signature = _signature(request, facts.catalogue)
    message_class = template.message_class if template else MessageClass.NOTICE
    outcome = _frame(request, message_class, signature, now)
    texts = _Texts(outcome, template, facts.catalogue.tails)
    for row in request.rows:
        try:
            outcome.drafts.append(_draft(row, outcome, texts, facts))
        except RowRefused as refused:
            outcome.rejected.append(Rejection(row.index, row.to, refused.problem))
    if not outcome.drafts:
        raise Invalid(errors=outcome.errors())
    return outcome


def _template(request: SendRequest, catalogue: Catalogue) -> Wordings | None:
    if not request.template:
        if not request.key.is_sandbox and not request.key.may_send_text:
            raise TextNotAllowed(field="text")
        return None
    template = catalogue.templates.get((request.key.account_id, request.template))
    if template is None:
        raise TemplateUnknown(field="template", template=request.template)
    if not template.usable(is_sandbox=request.key.is_sandbox):
        raise TemplateNotApproved(field="template", template=request.template)
    return template


def _signature(request: SendRequest, catalogue: Catalogue) -> UsableSignature:
    account_id = request.key.account_id
    if not request.signature:
        signature = catalogue.default_signature(account_id)
        if signature is None and request.key.is_sandbox:
            signature = catalogue.first_signature(account_id)
        if signature is None:
            raise SignatureMissing(field="signature")
        return signature
    found = catalogue.signature(account_id, request.signature)
    if found is None:
        raise SignatureUnknown(field="signature", signature=request.signature)
    if not request.key.is_sandbox and not found.is_approved:
        raise SignatureNotApproved(field="signature", signature=request.signature)
    return found


def _frame(
    request: SendRequest, message_class: str, signature: UsableSignature, now: datetime
) -> Validated:
    due_at = request.send_at or now
    if due_at < now:
        raise SendAtPast(field="send_at")
    if due_at > now + timedelta(days=SEND_AT_MOST_DAYS):
        raise SendAtTooFar(field="send_at", days=SEND_AT_MOST_DAYS)
    is_marketing = message_class == MessageClass.MARKETING
    default = Message.OnUnknown.FAIL if is_marketing else Message.OnUnknown.RESEND
    return Validated(
        request=request,
        message_class=str(message_class),
        due_at=due_at,
        valid_until=due_at + (request.valid_for or _VALID_FOR[str(message_class)]),
        on_unknown=request.on_unknown or default.value,
        is_scheduled=due_at > now,
        signature=signature,
    )


def _draft(row: Row, frame: Validated, texts: "_Texts", facts: Facts) -> Draft:
    if row.number is None:
        assert row.refusal is not None  # noqa: S101 - a row has the one or the other
        raise RowRefused(row.refusal)
    request, country = frame.request, row.number.country
    template, composed = texts.of(row, country)
    counted = composed.counted
    if counted.count > MOST_PARTS:
        raise RowRefused(
            Problem(
                "text_too_long",
                _("The text makes {parts} parts; at most {most} are sent."),
                "text",
                {"parts": counted.count, "most": MOST_PARTS},
            )
        )
    operator = operators.of(row.number.e164)
    trial_most = facts.trials.most(request.key, frame.message_class, row.number.e164)
    choice = _route(frame, country, operator, facts, is_trial=trial_most > 0)
    quote = _quote(row.number, frame, choice.kind if choice else "", facts)
    if choice is None:
        raise RowRefused(Problem("no_route", _NO_ROUTE, "to", {"country": country}))
    return Draft(
        index=row.index,
        number=row.number.e164,
        country=country,
        message_class=frame.message_class,
        text=composed.text,
        encoding=counted.encoding,
        parts=counted.count,
        quote=quote,
        route_id=choice.route_id,
        reference=row.reference or request.reference,
        template_id=template.id if template else None,
        signature_id=frame.signature.id,
        operator=operator,
        step=choice.step(row.number.e164),
        trial_most=trial_most if choice.is_trial else 0,
    )


class _Texts:
    """What the recipients of a request read, made once for those who read the same: the same
    parameters (of a list of numbers they are one object), in one country and language."""

    def __init__(self, frame: Validated, wordings: Wordings | None, table: tails.Table) -> None:
        self._frame = frame
        self._wordings = wordings
        self._tails = table
        self._made: dict[tuple[int, str, str], tuple[UsableTemplate | None, Composed]] = {}

    def of(self, row: Row, country: str) -> tuple[UsableTemplate | None, Composed]:
        """None for free text. Raises RowRefused."""
        key = (id(row.params), country, row.locale)
        if key not in self._made:
            template = self._in_language(row, country)
            body = self._body(row, template)
            tail = tails.of(self._tails, country, self._frame.message_class)
            signature = self._frame.signature.text
            made = composing.compose(body, signature=signature, country=country, tail=tail)
            self._made[key] = template, made
        return self._made[key]

    def _in_language(self, row: Row, country: str) -> UsableTemplate | None:
        if self._wordings is None:
            return None
        request = self._frame.request
        locale, is_sandbox = row.locale or request.locale, request.key.is_sandbox
        found = self._wordings.choose(locale=locale, country=country, is_sandbox=is_sandbox)
        if found is None:
            named = {"template": request.template}
            message = TemplateNotApproved.message
            raise RowRefused(Problem(TemplateNotApproved.code, message, "template", named))
        return found

    def _body(self, row: Row, template: UsableTemplate | None) -> str:
        if template is None or self._wordings is None:
            return self._frame.request.text
        try:
            return rendering.render(template.compiled, row.params, others=self._wordings.names)
        except rendering.RenderingError as error:
            raise RowRefused(error.problem) from error


def _quote(number: numbers.Number, frame: Validated, route: str, facts: Facts) -> Quote:
    key = frame.request.key
    asked = Asked(key.account_id, number.country, frame.message_class, key.currency, route)
    quote = facts.prices.quote(asked, number.e164)
    if quote is None:
        named = {"country": number.country}
        raise RowRefused(Problem("country_not_priced", _NOT_PRICED, "to", named))
    if not (quote.is_chargeable or key.is_free):
        named = {"country": number.country}
        raise RowRefused(Problem("price_is_sample", _IS_SAMPLE, "to", named))
    return quote


_NOT_PRICED = _("There is no price for this class of message to {country}; ask us for one.")
_IS_SAMPLE = _(
    "The price for {country} is a sample, which charges nobody: publish a price list first."
)
_NO_ROUTE = _("No carrier of ours serves {country}.")


def _route(
    frame: Validated, country: str, operator: str, facts: Facts, *, is_trial: bool
) -> routing.Choice | None:
    return facts.routes.choose(
        routing.Wanted(
            country,
            operator,
            frame.message_class,
            frame.request.key.project_id,
            is_sandbox=frame.request.key.is_sandbox,
            is_trial=is_trial,
        )
    )


def _of_row(request: SendRequest, rejection: Rejection) -> Problem:
    problem = rejection.problem
    name = row_field(request.rows_field, rejection.index, problem.field or "to")
    return Problem(problem.code, problem.message, name, problem.facts)


def row_field(rows_field: str, index: int, name: str) -> str:
    """`name` of one row, in the spelling of the request. All rows share one text."""
    if rows_field == "messages" and name != "text":
        return f"messages[{index}].{name}"
    return f"to[{index}]" if rows_field == "to" and name == "to" else name
