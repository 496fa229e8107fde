"""An accepted request on its way into the tables: its batch and messages, not yet paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from messaging.services.idempotency import Kept
from messaging.services.storing import NewBatch, NewMessage
from messaging.services.validation import Draft, SendRequest, Validated
from messaging.states import State
from smsplatform.core import ids
from smsplatform.core.errors import Problem

# Why a message is in review, for its owner and for the switch that staff may turn.
HELD = "words_need_review"


@dataclass(slots=True)
class Plan:
    """One request on its way through the transaction."""

    validated: Validated
    batch: NewBatch
    messages: list[NewMessage] = field(default_factory=list)

    @property
    def request(self) -> SendRequest:
        return self.validated.request

    def kept(self) -> Kept:
        return Kept(self.batch, self.messages, self.validated.rejected)

    def without(self, refused: Mapping[int, Problem]) -> Self:
        """The same request without the rows of these indexes; at least one has to be left."""
        validated = self.validated.without(refused)
        messages = [message for message in self.messages if message.position not in refused]
        batch = replace(
            self.batch,
            first_id=messages[0].id,
            last_id=messages[-1].id,
            count=len(messages),
            parts=sum(draft.parts for draft in validated.drafts),
        )
        return replace(self, validated=validated, batch=batch, messages=messages)


def plan(validated: Validated, now: datetime) -> Plan:
    """Ids first: the batch's, then its messages', ascending, so that it is a range of them."""
    request, drafts = validated.request, validated.drafts
    batch_id, *message_ids = ids.series(now, len(drafts) + 1)
    batch = NewBatch(
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
    made = Plan(validated, batch)
    made.messages = [
        _message(made, draft, message_id)
        for draft, message_id in zip(drafts, message_ids, strict=True)
    ]
    return made


def _message(made: Plan, draft: Draft, message_id: UUID) -> NewMessage:
    """Unpaid yet: the charge fills in the wallet and the price."""
    frame, batch = made.validated, made.batch
    return NewMessage(
        id=message_id,
        account_id=batch.account_id,
        project_id=batch.project_id,
        batch_id=batch.id,
        position=draft.index,
        state=State.REVIEW.value if draft.held else frame.first_state,
        number=draft.number,
        country=draft.country,
        operator=draft.operator,
        message_class=draft.message_class,
        template_id=draft.template_id,
        signature_id=draft.signature_id,
        encoding=draft.encoding,
        parts=draft.parts,
        price_micros=0,
        currency=batch.currency,
        basis=draft.quote.basis,
        wallet_id=0,
        rate_id=draft.quote.rate_id,
        route_id=draft.route_id,
        step=draft.step,
        on_unknown=frame.on_unknown,
        reference=draft.reference,
        due_at=frame.due_at,
        valid_until=frame.valid_until,
        reason=HELD if draft.held else "",
    )
