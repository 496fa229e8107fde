"""Shapes that the API tells everywhere: a refusal, and a reviewer's reason."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from smsplatform.core.review import Told, Wording


class FieldProblem(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemAnswer(serializers.Serializer[Any]):
    """RFC 9457, application/problem+json."""

    type = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()
    errors = FieldProblem(many=True)  # type: ignore[assignment] # a field, not DRF's property
    request_id = serializers.CharField()


class Reason(serializers.Serializer[Any]):
    """What a reviewer wants mended: a stable code, the field it is about, what is wrong with it and
    how to mend that, and all of it with the reviewer's own words in one text. In the language of
    the request."""

    code = serializers.CharField()
    field = serializers.CharField()
    reason = serializers.CharField()
    fix = serializers.CharField()
    text = serializers.CharField()


@extend_schema_field(Reason(many=True))
class ReasonsTold(serializers.Field):  # type: ignore[type-arg]
    """Of a row that keeps them by code. A list asks how they are worded once."""

    def __init__(self, *, kind: str, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)
        self._kind = kind

    def to_representation(self, value: Sequence[Mapping[str, str]]) -> list[Told]:
        asked: dict[str, Any] = cast(dict[str, Any], self.context)
        wording: Wording = asked.setdefault("wording", Wording())
        return wording.told(self._kind, value)
