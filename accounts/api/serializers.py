"""Shapes of the REST API of a company's papers."""

from typing import Any

from rest_framework import serializers

from accounts.models import (
    Qualification,
    QualificationDocument,
    QualificationPerson,
    TrialNumber,
)
from accounts.services import trial_numbers
from accounts.states import DocumentState, QualificationState
from smsplatform.core.shapes import Reason
from smsplatform.core.text.numbers import LONGEST_INPUT


class ProblemOfField(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField(source="sentence")


class PersonBody(serializers.Serializer[Any]):
    """An empty `id_number` keeps the number that is there; it is never answered again."""

    name = serializers.CharField(max_length=50, allow_blank=True, default="")
    id_type = serializers.ChoiceField(
        choices=QualificationPerson.IdType.choices, allow_blank=True, default=""
    )
    id_number = serializers.CharField(max_length=40, allow_blank=True, default="", write_only=True)
    valid_until_date = serializers.DateField(allow_null=True, default=None)
    is_endless = serializers.BooleanField(default=False)
    phone = serializers.CharField(max_length=20, allow_blank=True, default="")


class PersonShown(PersonBody):
    id_ends_in = serializers.CharField(source="id_tail", read_only=True)
    phone_proved_at = serializers.DateTimeField(read_only=True)


class PhoneCodeShown(serializers.Serializer[Any]):
    number = serializers.CharField()
    expires_at = serializers.DateTimeField()


class PhoneProofBody(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=12)


class TrialNumberBody(serializers.Serializer[Any]):
    """As it is when sending: in E.164, or as it is written in the account's country."""

    number = serializers.CharField(max_length=LONGEST_INPUT)


class TrialProofBody(TrialNumberBody, PhoneProofBody):
    pass


class TrialNumberShown(serializers.Serializer[Any]):
    """`reaches_phone`: whether a notice there would be sent for real now, or simulated."""

    id = serializers.UUIDField(source="public_id")
    number = serializers.CharField()
    proved_at = serializers.DateTimeField()
    reaches_phone = serializers.SerializerMethodField()

    def get_reaches_phone(self, row: TrialNumber) -> bool:
        return trial_numbers.is_reached(row)


class TrialNumbersShown(serializers.Serializer[Any]):
    trial_numbers = TrialNumberShown(many=True)


class QualificationStart(serializers.Serializer[Any]):
    """`country`: left out, the account's."""

    kind = serializers.ChoiceField(
        choices=Qualification.Kind.choices, default=Qualification.Kind.COMPANY.value
    )
    country = serializers.RegexField("^[A-Z]{2}$", required=False)
    for_self = serializers.BooleanField(default=True)


class QualificationBody(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    company_type = serializers.ChoiceField(
        choices=Qualification.CompanyType.choices, allow_blank=True, required=False
    )
    registration_number = serializers.CharField(max_length=40, allow_blank=True, required=False)
    licence_from_date = serializers.DateField(allow_null=True, required=False)
    licence_until_date = serializers.DateField(allow_null=True, required=False)
    is_licence_endless = serializers.BooleanField(required=False)
    letter_from_date = serializers.DateField(allow_null=True, required=False)
    letter_until_date = serializers.DateField(allow_null=True, required=False)
    remark = serializers.CharField(max_length=500, allow_blank=True, required=False)
    legal = PersonBody(required=False)
    handler = PersonBody(required=False)

    def parts(self) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """The fields of the qualification, and those of its people by role."""
        self.is_valid(raise_exception=True)
        values = dict(self.validated_data)
        roles = QualificationPerson.Role.values
        people = {role: dict(values.pop(role)) for role in roles if role in values}
        return values, people


class QualificationDocumentBody(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=QualificationDocument.Purpose.choices)
    file = serializers.FileField(allow_empty_file=True)


class QualificationDocumentShown(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="document.public_id")
    purpose = serializers.ChoiceField(choices=QualificationDocument.Purpose.choices)
    name = serializers.CharField(source="document.name")
    media_type = serializers.CharField(source="document.media_type")
    size = serializers.IntegerField(source="document.size")
    state = serializers.ChoiceField(source="document.state", choices=DocumentState.choices)
    problem = serializers.CharField(source="document.problem")


class QualificationShown(serializers.Serializer[Any]):
    """One version. `missing` is what stands between a draft and its submission; `due_at` is when
    an answer is promised, while one is waited for."""

    id = serializers.UUIDField(source="public_id")
    lineage = serializers.UUIDField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=QualificationState.choices)
    kind = serializers.ChoiceField(choices=Qualification.Kind.choices)
    country = serializers.CharField()
    for_self = serializers.BooleanField()
    name = serializers.CharField()
    company_type = serializers.CharField()
    registration_number = serializers.CharField()
    licence_from_date = serializers.DateField(allow_null=True)
    licence_until_date = serializers.DateField(allow_null=True)
    is_licence_endless = serializers.BooleanField()
    letter_from_date = serializers.DateField(allow_null=True)
    letter_until_date = serializers.DateField(allow_null=True)
    remark = serializers.CharField()
    legal = PersonShown(allow_null=True)
    handler = PersonShown(allow_null=True)
    documents = QualificationDocumentShown(many=True, source="papers.all")
    missing = ProblemOfField(many=True)
    reasons = Reason(many=True)
    valid_until_date = serializers.DateField(allow_null=True)
    submitted_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)


class QualificationRow(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    lineage = serializers.UUIDField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=QualificationState.choices)
    kind = serializers.ChoiceField(choices=Qualification.Kind.choices)
    country = serializers.CharField()
    for_self = serializers.BooleanField()
    name = serializers.CharField()
    registration_number = serializers.CharField()
    valid_until_date = serializers.DateField(allow_null=True)


class QualificationRows(serializers.Serializer[Any]):
    qualifications = QualificationRow(many=True)
