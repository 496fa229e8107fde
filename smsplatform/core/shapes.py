"""Shapes that the API tells everywhere: a refusal, and a reviewer's reason."""

from typing import Any

from rest_framework import serializers


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
    """What a reviewer wants mended: a stable code, the field it is about, a sentence."""

    code = serializers.CharField()
    field = serializers.CharField()
    text = serializers.CharField()
