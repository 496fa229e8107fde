"""Shapes of the REST API of signatures and templates."""

from typing import Any

from rest_framework import serializers

from smsplatform.core.shapes import ReasonsTold
from templates_app.models import BoundItem, Market, MessageClass, Signature, SignatureFiling
from templates_app.services.drafting import Bound, SignatureFields, TemplateFields
from templates_app.services.review import SIGNATURE, TEMPLATE
from templates_app.services.shapes import MOST_VARIABLES
from templates_app.services.variables import TYPES
from templates_app.states import FilingState, ReviewState, VersionState

_MOST_BOUND = 20


class Finding(serializers.Serializer[Any]):
    """`start` and `end` are characters of the field; both 0 where all of it is meant."""

    level = serializers.ChoiceField(choices=["error", "warning", "info"])
    code = serializers.CharField()
    message = serializers.CharField(source="sentence")
    field = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class FilingShown(serializers.Serializer[Any]):
    operator = serializers.ChoiceField(choices=SignatureFiling.Operator.choices)
    state = serializers.ChoiceField(choices=FilingState.choices)
    reason = serializers.CharField()
    filed_at = serializers.DateTimeField(allow_null=True)
    lapses_at = serializers.DateTimeField(allow_null=True)


class SignatureBody(serializers.Serializer[Any]):
    """`market`: left out, it is where customers of the account's country write to."""

    text = serializers.CharField(max_length=16)
    kind = serializers.ChoiceField(
        choices=Signature.Kind.choices, default=Signature.Kind.GENERAL.value
    )
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field, not DRF's property
        choices=Signature.Source.choices, default=Signature.Source.COMPANY.value
    )
    evidence = serializers.CharField(max_length=500, allow_blank=True, default="")
    is_for_self = serializers.BooleanField(default=True)
    market = serializers.ChoiceField(choices=Market.choices, required=False, default="")

    def fields_of(self) -> SignatureFields:
        self.is_valid(raise_exception=True)
        return SignatureFields(**self.validated_data)


class SignatureShown(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    text = serializers.CharField()
    kind = serializers.ChoiceField(choices=Signature.Kind.choices)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field, not DRF's property
        choices=Signature.Source.choices
    )
    evidence = serializers.CharField()
    is_for_self = serializers.BooleanField()
    market = serializers.ChoiceField(choices=Market.choices)
    extension_code = serializers.CharField(source="extension")
    state = serializers.ChoiceField(choices=ReviewState.choices)
    reasons = ReasonsTold(kind=SIGNATURE)
    filings = FilingShown(many=True, source="filings.all")
    submitted_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SignaturePage(serializers.Serializer[Any]):
    """`next_cursor` is null on the last page; else send it as `cursor` for the next."""

    signatures = SignatureShown(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class Variable(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=32)
    type = serializers.ChoiceField(choices=[(name, known.label) for name, known in TYPES.items()])


class BoundBody(serializers.Serializer[Any]):
    """A link or a number that the text names, and whose it is."""

    kind = serializers.ChoiceField(choices=BoundItem.Kind.choices)
    value = serializers.CharField(max_length=255)
    owner = serializers.CharField(max_length=150, allow_blank=True, default="")
    owner_number = serializers.CharField(max_length=40, allow_blank=True, default="")
    icp_number = serializers.CharField(max_length=40, allow_blank=True, default="")


class TemplateBody(serializers.Serializer[Any]):
    """`body` names its variables as ${name}. `code`: left out, one is made; it never changes, nor
    does `locale`. The code of a template with another locale makes it the same in one more
    language, of the same class."""

    name = serializers.CharField(max_length=60)
    message_class = serializers.ChoiceField(choices=MessageClass.choices)
    body = serializers.CharField(max_length=500, trim_whitespace=False)
    variables = serializers.ListField(child=Variable(), required=False, max_length=MOST_VARIABLES)
    bound = serializers.ListField(child=BoundBody(), required=False, max_length=_MOST_BOUND)
    remark = serializers.CharField(max_length=200, allow_blank=True, default="")
    market = serializers.ChoiceField(choices=Market.choices, required=False, default="")
    code = serializers.CharField(max_length=40, required=False, default="")
    locale = serializers.CharField(
        max_length=12, required=False, default="", help_text="such as zh-Hans, en or pt-BR"
    )

    def fields_of(self) -> TemplateFields:
        self.is_valid(raise_exception=True)
        said = dict(self.validated_data)
        pairs = tuple((one["name"], one["type"]) for one in said.pop("variables", ()))
        bound = tuple(Bound(**one) for one in said.pop("bound", ()))
        return TemplateFields(**said, variables=pairs, bound=bound)


class VersionShown(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=VersionState.choices)
    body = serializers.CharField()
    variables = Variable(many=True)
    bound = BoundBody(many=True, source="bound.all")
    remark = serializers.CharField()
    reasons = ReasonsTold(kind=TEMPLATE)
    submitted_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)


class TemplateShown(serializers.Serializer[Any]):
    """What is in force, and the latest version: the same, or one on its way to be."""

    id = serializers.UUIDField(source="public_id")
    code = serializers.CharField()
    locale = serializers.CharField()
    is_main = serializers.BooleanField(help_text="read by whoever reads none of its others")
    name = serializers.CharField()
    message_class = serializers.ChoiceField(choices=MessageClass.choices)
    market = serializers.ChoiceField(choices=Market.choices)
    state = serializers.ChoiceField(choices=ReviewState.choices)
    version = serializers.IntegerField()
    body = serializers.CharField()
    variables = Variable(many=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    latest = VersionShown(allow_null=True)


class TemplatePage(serializers.Serializer[Any]):
    """`next_cursor` is null on the last page; else send it as `cursor` for the next."""

    templates = TemplateShown(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class SizeShown(serializers.Serializer[Any]):
    """`parts` with values of common length, `most_parts` with the longest."""

    sample = serializers.CharField()
    longest = serializers.CharField()
    encoding = serializers.CharField()
    parts = serializers.IntegerField()
    most_parts = serializers.IntegerField()
    ucs2_because = serializers.CharField(allow_blank=True)


class Checked(serializers.Serializer[Any]):
    """`size` is null while the text cannot be rendered."""

    findings = Finding(many=True)
    size = SizeShown(allow_null=True)


class ListFilters(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=ReviewState.choices, required=False)
    cursor = serializers.CharField(required=False)
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=100)
