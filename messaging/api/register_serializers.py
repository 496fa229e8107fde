"""Shapes of the REST API of suppressed numbers and consents."""

from typing import Any

from rest_framework import serializers

from messaging.models import ConsentEntry, Suppression
from messaging.services.registering import MOST, Said, Wanted
from messaging.services.validation import NUMBER_SENTENCES
from smsplatform.core.text import numbers
from templates_app.models import MessageClass


class NumberField(serializers.CharField):
    """Read as it is when sending, and shown as E.164; the context tells the `region`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=numbers.LONGEST_INPUT, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        typed = super().to_internal_value(data)
        # In an address a plus that nobody escaped arrives as a space.
        typed = f"+{typed[1:]}" if typed.startswith(" ") else typed
        try:
            return numbers.parse(typed, region=self.context["region"]).e164
        except numbers.NumberError as error:
            sentence = str(NUMBER_SENTENCES[error.code])
            raise serializers.ValidationError(sentence, code=error.code) from error


class SuppressionBody(serializers.Serializer[Any]):
    """Without a class and a signature the number is left alone altogether."""

    number = NumberField()
    message_class = serializers.ChoiceField(
        choices=MessageClass.choices, allow_blank=True, default=""
    )
    signature = serializers.CharField(max_length=16, allow_blank=True, default="")
    expires_at = serializers.DateTimeField(allow_null=True, default=None)
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class SuppressionsBody(serializers.Serializer[Any]):
    suppressions = SuppressionBody(many=True, allow_empty=False, max_length=MOST)  # type: ignore[call-arg]

    def wanted(self) -> list[Wanted]:
        self.is_valid(raise_exception=True)
        return [Wanted(**one) for one in self.validated_data["suppressions"]]


class SuppressionsAdded(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    in_force_before = serializers.IntegerField()


class SuppressionShown(serializers.Serializer[Any]):
    """`word` is what the recipient wrote, `inbound_id` in which message."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    message_class = serializers.CharField()
    signature = serializers.CharField(source="signature.text", default="")
    source = serializers.ChoiceField(choices=Suppression.Source.choices)  # type: ignore[assignment]
    word = serializers.CharField()
    inbound_id = serializers.UUIDField(allow_null=True)
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True)
    lifted_by = serializers.CharField()


class SuppressionPage(serializers.Serializer[Any]):
    """`next_cursor` is null on the last page; else send it as `cursor` for the next."""

    suppressions = SuppressionShown(many=True)
    next_cursor = serializers.UUIDField(allow_null=True)


class ListFilters(serializers.Serializer[Any]):
    number = NumberField(required=False)
    cursor = serializers.UUIDField(required=False)
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=100)


class SuppressionFilters(ListFilters):
    """`history`: also those that were lifted or have ended."""

    history = serializers.BooleanField(required=False, default=False)


class ConsentBody(serializers.Serializer[Any]):
    number = NumberField()
    message_class = serializers.ChoiceField(
        choices=MessageClass.choices, default=MessageClass.MARKETING.value
    )
    act = serializers.ChoiceField(choices=ConsentEntry.Act.choices)
    source = serializers.ChoiceField(choices=ConsentEntry.Source.choices)  # type: ignore[assignment]
    signature = serializers.CharField(max_length=16, allow_blank=True, default="")
    text_version = serializers.CharField(max_length=60, allow_blank=True, default="")
    evidence = serializers.CharField(max_length=500, allow_blank=True, default="")
    at = serializers.DateTimeField(allow_null=True, default=None)


class ConsentsBody(serializers.Serializer[Any]):
    consents = ConsentBody(many=True, allow_empty=False, max_length=MOST)  # type: ignore[call-arg]

    def said(self) -> list[Said]:
        self.is_valid(raise_exception=True)
        return [Said(**one) for one in self.validated_data["consents"]]


class ConsentShown(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.CharField()
    message_class = serializers.CharField()
    signature = serializers.CharField(source="signature.text", default="")
    act = serializers.ChoiceField(choices=ConsentEntry.Act.choices)
    source = serializers.ChoiceField(choices=ConsentEntry.Source.choices)  # type: ignore[assignment]
    text_version = serializers.CharField()
    evidence = serializers.CharField()
    at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()


class ConsentsRecorded(serializers.Serializer[Any]):
    recorded = serializers.IntegerField()


class ConsentPage(serializers.Serializer[Any]):
    """The latest recorded first; the one with the latest `at` counts."""

    consents = ConsentShown(many=True)
    next_cursor = serializers.UUIDField(allow_null=True)
