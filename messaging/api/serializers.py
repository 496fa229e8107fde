"""Shapes of the REST API, for its schema and its answers. Requests are read by messaging.access."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from billing.models import Rate
from messaging import access
from messaging.models import Message
from messaging.queries import LONGEST_PAGE, Fate, Progress
from messaging.services.estimating import Estimate, Guess
from messaging.services.validation import NUMBER_SENTENCES
from messaging.states import State
from smsplatform.core import ids, money
from smsplatform.core.shapes import Reason
from smsplatform.core.text import numbers

PUBLIC_STATES = [state for state in State.values if state != State.UNCERTAIN]


class Price(serializers.Serializer[Any]):
    amount = serializers.CharField()
    currency = serializers.CharField()


class Recipient(serializers.Serializer[Any]):
    to = serializers.CharField()
    params = serializers.DictField(child=serializers.CharField(), required=False)
    locale = serializers.CharField(required=False)
    reference = serializers.CharField(required=False, max_length=access.LONGEST_REFERENCE)


class SendRequest(serializers.Serializer[Any]):
    """Either `to` or `messages`; either `template` or `text`."""

    to = serializers.ListField(
        child=serializers.CharField(), required=False, max_length=access.MOST_RECIPIENTS
    )
    messages = serializers.ListField(
        child=Recipient(), required=False, max_length=access.MOST_RECIPIENTS
    )
    template = serializers.CharField(required=False)
    params = serializers.DictField(child=serializers.CharField(), required=False)
    signature = serializers.CharField(required=False)
    locale = serializers.CharField(
        required=False,
        help_text="language of the template; left out, the recipient's country decides",
    )
    text = serializers.CharField(required=False, max_length=access.LONGEST_TEXT)
    reference = serializers.CharField(required=False, max_length=access.LONGEST_REFERENCE)
    send_at = serializers.DateTimeField(required=False)
    valid_for = serializers.IntegerField(
        required=False,
        min_value=access.VALID_FOR_SECONDS[0],
        max_value=access.VALID_FOR_SECONDS[1],
        help_text="Seconds from send_at in which the message may be handed to a carrier.",
    )
    on_unknown = serializers.ChoiceField(choices=Message.OnUnknown.values, required=False)


class AcceptedMessage(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    id = serializers.UUIDField()
    to = serializers.CharField()
    state = serializers.ChoiceField(choices=PUBLIC_STATES)
    reason = serializers.CharField(
        help_text="why it waits, such as words_need_review: a reviewer reads it first"
    )
    parts = serializers.IntegerField()
    price = Price()


class RejectedRow(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    to = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class Total(serializers.Serializer[Any]):
    messages = serializers.IntegerField()
    parts = serializers.IntegerField()
    price = Price()


class SendAnswer(serializers.Serializer[Any]):
    batch_id = serializers.UUIDField()
    messages = AcceptedMessage(many=True)
    rejected = RejectedRow(many=True)
    total = Total()


class RouteTaken(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Rate.Route.values)
    because = serializers.ListField(
        child=serializers.ChoiceField(["project", "operator", "country", "message_class"]),
        help_text="what this route is made for; empty: for whatever no other takes",
    )


class EstimatedMessage(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    to = serializers.CharField()
    state = serializers.ChoiceField(
        choices=[State.QUEUED, State.SCHEDULED, State.REVIEW], help_text="how it would begin"
    )
    country = serializers.CharField()
    message_class = serializers.CharField()
    encoding = serializers.CharField()
    parts = serializers.IntegerField()
    characters = serializers.ListField(
        child=serializers.CharField(),
        help_text="what makes the text ucs2; without them it would be gsm7",
    )
    price = Price()
    basis = serializers.CharField()
    paid_by = serializers.ChoiceField(["balance", "package"])
    route = RouteTaken()


class EstimateAnswer(serializers.Serializer[Any]):
    messages = EstimatedMessage(many=True)
    rejected = RejectedRow(many=True)
    total = Total()
    is_covered = serializers.BooleanField(help_text="whether the balance suffices now")


def of_estimate(found: Estimate) -> dict[str, Any]:
    """`rejected` in the language that is active."""
    plan = found.plan
    return {
        "messages": [_guessed(one, plan.batch.currency) for one in found.guesses],
        "rejected": [rejection.as_json() for rejection in plan.validated.rejected],
        "total": access.total(plan.batch),
        "is_covered": found.refusal is None,
    }


def _guessed(one: Guess, currency: str) -> dict[str, Any]:
    return {
        "index": one.draft.index,
        "to": one.draft.number,
        "state": one.message.state,
        "country": one.draft.country,
        "message_class": one.draft.message_class,
        "encoding": one.draft.encoding,
        "parts": one.draft.parts,
        "characters": list(one.characters),
        "price": money.as_json(one.message.price_micros, currency),
        "basis": one.draft.quote.basis,
        "paid_by": "package" if one.by_package else "balance",
        "route": {"kind": one.way.kind if one.way else "", "because": one.because},
    }


class MessageShown(serializers.Serializer[Any]):
    """A message as the list shows it. `uncertain` shows as sending, with outcome_known false."""

    id = serializers.UUIDField()
    batch_id = serializers.UUIDField()
    to = serializers.CharField(source="number")
    state = serializers.SerializerMethodField()
    outcome_known = serializers.SerializerMethodField()
    message_class = serializers.CharField()
    country = serializers.CharField()
    parts = serializers.IntegerField()
    encoding = serializers.CharField()
    price = serializers.SerializerMethodField()
    basis = serializers.CharField()
    reference = serializers.CharField()
    reason = serializers.CharField()
    carrier_code = serializers.CharField()
    accepted_at = serializers.SerializerMethodField()
    send_at = serializers.DateTimeField(source="due_at")
    valid_until = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_state(self, message: Message) -> str:
        return access.shown_state(message)[0]

    def get_outcome_known(self, message: Message) -> bool:
        return access.shown_state(message)[1]

    @extend_schema_field(Price)
    def get_price(self, message: Message) -> dict[str, Any]:
        return money.as_json(message.price_micros, message.currency)

    @extend_schema_field(serializers.DateTimeField)
    def get_accepted_at(self, message: Message) -> str:
        return ids.instant_of(message.id).isoformat().replace("+00:00", "Z")


class AttemptShown(serializers.Serializer[Any]):
    no = serializers.IntegerField()
    state = serializers.CharField()
    claimed_at = serializers.DateTimeField()
    submitting_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    carrier_code = serializers.CharField()


class FateShown(serializers.Serializer[Any]):
    """One message whole: what the list shows, its text, and its attempts."""

    message = MessageShown()
    text = serializers.CharField(allow_null=True)
    review_reasons = Reason(
        many=True, help_text="what the reviewer said, where a review rejected it"
    )
    attempts = AttemptShown(many=True)
    decide_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Fate) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return {**shown.pop("message"), **shown}


class ListFilters(serializers.Serializer[Any]):
    """What a list may be asked for. Times are of acceptance; `accepted_until` is exclusive."""

    state = serializers.ChoiceField(choices=PUBLIC_STATES, required=False)
    number = serializers.CharField(
        required=False, max_length=numbers.LONGEST_INPUT, trim_whitespace=False
    )
    batch_id = serializers.UUIDField(required=False)
    accepted_from = serializers.DateTimeField(required=False)
    accepted_until = serializers.DateTimeField(required=False)
    cursor = serializers.UUIDField(required=False)
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=LONGEST_PAGE
    )

    def validate_number(self, number: str) -> str:
        """As it may be written when sending. A plus that nobody escaped arrives as a space."""
        if number.startswith(" "):
            number = f"+{number[1:]}"
        try:
            return numbers.parse(number, region=self.context["region"]).e164
        except numbers.NumberError as error:
            sentence = NUMBER_SENTENCES[error.code]
            raise serializers.ValidationError(str(sentence), code=error.code) from error


class MessagePage(serializers.Serializer[Any]):
    """`next_cursor` is null on the last page; else send it as `cursor` for the next.

    A page may hold fewer messages than `limit`, even none, before the last one: what is rare among
    very many messages is looked for in steps. Go on until `next_cursor` is null.
    """

    messages = MessageShown(many=True)
    next_cursor = serializers.UUIDField(allow_null=True)


class BatchShown(serializers.Serializer[Any]):
    """A batch, and how many of its messages are in each state."""

    id = serializers.UUIDField(source="batch.id")
    reference = serializers.CharField(source="batch.reference")
    accepted_at = serializers.DateTimeField(source="batch.accepted_at")
    total = serializers.SerializerMethodField()
    states = serializers.SerializerMethodField()

    @extend_schema_field(Total)
    def get_total(self, progress: Progress) -> dict[str, Any]:
        return access.total(progress.batch)

    @extend_schema_field(
        inline_serializer(
            "StateCounts", {name: serializers.IntegerField() for name in PUBLIC_STATES}
        )
    )
    def get_states(self, progress: Progress) -> dict[str, int]:
        return {name: progress.shown.get(name, 0) for name in PUBLIC_STATES}


class BatchCancelled(serializers.Serializer[Any]):
    """Every message of the batch is counted once."""

    batch_id = serializers.UUIDField(source="batch.id")
    cancelled = serializers.IntegerField(
        help_text="Cancelled and paid back, now or by an earlier request."
    )
    on_their_way = serializers.IntegerField(
        help_text="Being handed to a carrier, or with one: too late."
    )
    ended = serializers.IntegerField(help_text="Came to another end before.")
    waiting = serializers.IntegerField(help_text="Not cancelled yet: ask again to go on.")
