"""/api/v1/trial-numbers: an account's own numbers to try with before it is live."""

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import key_of
from accounts.api import serializers
from accounts.api import views as papers
from accounts.models import Scope
from accounts.services import trial_numbers
from smsplatform.core.api import parse_uuid
from smsplatform.core.errors import NotFound
from smsplatform.core.shapes import ProblemAnswer


class Door(papers.Door):
    """For what is the account's own: to read it needs the scope that adds to it."""

    @property
    def scope(self) -> str:
        return Scope.TRIAL_NUMBERS


class TrialNumberList(Door):
    @extend_schema(
        operation_id="trial_numbers_list",
        summary="List the proved numbers to try with",
        responses={200: serializers.TrialNumbersShown, **papers.PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        rows = trial_numbers.of(key_of(request).account_id)
        return Response(serializers.TrialNumbersShown({"trial_numbers": rows}).data)

    @extend_schema(
        operation_id="trial_numbers_send_code",
        summary="Send a code to a number to be added: one a minute, ten a day",
        request=serializers.TrialNumberBody,
        responses={202: serializers.PhoneCodeShown, 429: ProblemAnswer, **papers.PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        act = self.act
        body = serializers.TrialNumberBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = trial_numbers.ask(
            account=self.account(), language=get_language() or "en", **body.validated_data, **act
        )
        return Response(serializers.PhoneCodeShown(sent).data, status=202)


class TrialNumberProof(Door):
    @extend_schema(
        operation_id="trial_numbers_prove",
        summary="Add a number by the code that the same key asked for",
        request=serializers.TrialProofBody,
        responses={201: serializers.TrialNumberShown, **papers.PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        act = self.act
        body = serializers.TrialProofBody(data=request.data)
        body.is_valid(raise_exception=True)
        row = trial_numbers.prove(account=self.account(), **body.validated_data, **act)
        return Response(serializers.TrialNumberShown(row).data, status=201)


class TrialNumberDetail(Door):
    @extend_schema(
        operation_id="trial_numbers_remove",
        summary="Remove a number: within a second messages to it are simulated again",
        responses={204: None, **papers.PROBLEMS},
    )
    def delete(self, request: Request, number_id: str) -> Response:
        row = trial_numbers.find(
            account=key_of(request).account_id, public_id=parse_uuid(number_id)
        )
        if row is None:
            raise NotFound
        trial_numbers.remove(row=row, **self.act)
        return Response(status=204)
