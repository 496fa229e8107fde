"""/api/v1/qualifications/<id>/phone: the handler's number, proved by a code."""

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.views import PROBLEMS, SHOWN, Door
from accounts.services import handler_phone
from smsplatform.core.shapes import ProblemAnswer


class QualificationPhoneCode(Door):
    @extend_schema(
        operation_id="qualifications_send_code",
        summary="Send a code to the handler's number: one a minute, ten a day",
        request=None,
        responses={202: serializers.PhoneCodeShown, 429: ProblemAnswer, **PROBLEMS},
    )
    def post(self, request: Request, qualification_id: str) -> Response:
        row = self.found(qualification_id)
        sent = handler_phone.ask(qualification=row, language=get_language() or "en", **self.act)
        return Response(serializers.PhoneCodeShown(sent).data, status=202)


class QualificationPhoneProof(Door):
    @extend_schema(
        operation_id="qualifications_prove_phone",
        summary="Prove the handler's number by the code that the same key asked for",
        request=serializers.PhoneProofBody,
        responses=SHOWN,
    )
    def post(self, request: Request, qualification_id: str) -> Response:
        row, act = self.found(qualification_id), self.act
        body = serializers.PhoneProofBody(data=request.data)
        body.is_valid(raise_exception=True)
        handler_phone.prove(qualification=row, **body.validated_data, **act)
        return self.shown(row)
