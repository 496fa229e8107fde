"""Shapes of the REST API of imported files."""

from typing import Any

from rest_framework import serializers

from messaging.models import Import
from messaging.services import previewing
from messaging.states import ImportState


class ImportBody(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)


class RefusedShown(serializers.Serializer[Any]):
    """`column` is as the file heads it, `field` as this API names it."""

    line = serializers.IntegerField()
    code = serializers.CharField()
    field = serializers.CharField()
    column = serializers.CharField()
    reason = serializers.CharField()
    cells = serializers.ListField(child=serializers.CharField())


class PreviewShown(serializers.Serializer[Any]):
    """The first rows of each sort; `columns` maps fields to headings of the file."""

    columns = serializers.DictField(child=serializers.CharField())
    unused = serializers.ListField(child=serializers.CharField())
    understood = serializers.ListField(child=serializers.DictField())
    refused = RefusedShown(many=True)


class ImportShown(serializers.Serializer[Any]):
    """`understood` and `refused` are rows, `applied` those taken in so far, `added` those that
    changed something."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=ImportState.choices)
    problem = serializers.CharField()
    reason = serializers.SerializerMethodField()
    understood = serializers.IntegerField()
    refused = serializers.IntegerField()
    applied = serializers.IntegerField()
    added = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    preview = serializers.SerializerMethodField()

    def get_reason(self, found: Import) -> str:
        return previewing.why(found)

    def get_preview(self, found: Import) -> PreviewShown:
        return PreviewShown(previewing.preview(found)).data  # type: ignore[return-value]
