"""/api/v1/signatures and /api/v1/templates: drafted, submitted, taken back, followed."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import AccountClosed, HasScope, key_of
from accounts.models import Account, Scope
from smsplatform.core import clock
from smsplatform.core.api import parse_uuid
from smsplatform.core.shapes import ProblemAnswer
from templates_app import access, queries
from templates_app.api import serializers
from templates_app.models import Signature, Template
from templates_app.services import drafting, review, standing

_PROBLEMS = dict.fromkeys((401, 403, 404, 409, 422), ProblemAnswer)


class Door(APIView):
    """Who may read reads; who may write says so by another scope, and for an open account."""

    permission_classes = [HasScope]

    @property
    def scope(self) -> str:
        return Scope.TEMPLATES_READ if self.request.method == "GET" else Scope.TEMPLATES_WRITE

    @property
    def account_id(self) -> int:
        return key_of(self.request).account_id

    @property
    def act(self) -> dict[str, Any]:
        """Who does it, and when. Raises AccountClosed."""
        key = key_of(self.request)
        if not key.account_is_open:
            raise AccountClosed(key.account_state)
        return {"by": f"API key {key.key_id}", "now": clock.now()}

    def account(self) -> Account:
        return Account.objects.get(pk=self.account_id)

    def signature(self, signature_id: str) -> Signature:
        return access.find_signature(self.account_id, parse_uuid(signature_id))

    def template(self, template_id: str) -> Template:
        return access.find_template(self.account_id, parse_uuid(template_id))


def _filters(request: Request) -> dict[str, Any]:
    filters = serializers.ListFilters(data=request.query_params)
    filters.is_valid(raise_exception=True)
    return dict(filters.validated_data)


def _signature(signature: Signature, status: int = 200) -> Response:
    return Response(serializers.SignatureShown(signature).data, status=status)


def _template(template: Template, status: int = 200) -> Response:
    return Response(_templates([template])[0], status=status)


def _templates(templates: Sequence[Template]) -> Any:
    latest = queries.latest_versions(templates)
    for template in templates:
        template.latest = latest.get(template.pk)  # type: ignore[attr-defined]
    return serializers.TemplateShown(templates, many=True).data


class SignatureList(Door):
    @extend_schema(
        operation_id="signatures_list",
        summary="List signatures, newest first",
        parameters=[serializers.ListFilters],
        responses={200: serializers.SignaturePage, **_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        mine = Signature.objects.for_account(self.account_id).prefetch_related("filings")
        found = access.page(mine, **_filters(request))
        shown = serializers.SignatureShown(found.rows, many=True).data
        return Response({"signatures": shown, "next_cursor": found.next_cursor or None})

    @extend_schema(
        operation_id="signatures_create",
        summary="Draft a signature",
        request=serializers.SignatureBody,
        responses={201: serializers.SignatureShown, **_PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        act = self.act
        fields = serializers.SignatureBody(data=request.data).fields_of()
        made = drafting.create_signature(account=self.account(), fields=fields, **act)
        return _signature(made, status=201)


class SignatureDetail(Door):
    @extend_schema(
        operation_id="signatures_get",
        summary="Follow one signature through review and filing",
        responses={200: serializers.SignatureShown, **_PROBLEMS},
    )
    def get(self, request: Request, signature_id: str) -> Response:
        return _signature(self.signature(signature_id))

    @extend_schema(
        operation_id="signatures_edit",
        summary="Change a signature that was never approved",
        request=serializers.SignatureBody,
        responses={200: serializers.SignatureShown, **_PROBLEMS},
    )
    def put(self, request: Request, signature_id: str) -> Response:
        signature, act = self.signature(signature_id), self.act
        fields = serializers.SignatureBody(data=request.data).fields_of()
        return _signature(drafting.edit_signature(signature=signature, fields=fields, **act))

    @extend_schema(
        operation_id="signatures_retire",
        summary="Withdraw a signature for good",
        description="What waits to be sent with it is cancelled and paid back.",
        responses={200: serializers.SignatureShown, **_PROBLEMS},
    )
    def delete(self, request: Request, signature_id: str) -> Response:
        signature = self.signature(signature_id)
        standing.retire(subject=signature, **self.act)
        return _signature(signature)


class SignatureSubmit(Door):
    @extend_schema(
        operation_id="signatures_submit",
        summary="Submit a signature for review",
        request=None,
        responses={200: serializers.SignatureShown, **_PROBLEMS},
    )
    def post(self, request: Request, signature_id: str) -> Response:
        signature = self.signature(signature_id)
        review.submit_signature(signature=signature, **self.act)
        return _signature(signature)


class SignatureWithdraw(Door):
    @extend_schema(
        operation_id="signatures_withdraw",
        summary="Take a signature back from review",
        request=None,
        responses={200: serializers.SignatureShown, **_PROBLEMS},
    )
    def post(self, request: Request, signature_id: str) -> Response:
        signature = self.signature(signature_id)
        review.withdraw_signature(signature=signature, **self.act)
        return _signature(signature)


class TemplateList(Door):
    @extend_schema(
        operation_id="templates_list",
        summary="List templates, newest first",
        parameters=[serializers.ListFilters],
        responses={200: serializers.TemplatePage, **_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        mine = Template.objects.for_account(self.account_id)
        found = access.page(mine, **_filters(request))
        shown = _templates(found.rows)
        return Response({"templates": shown, "next_cursor": found.next_cursor or None})

    @extend_schema(
        operation_id="templates_create",
        summary="Draft a template",
        request=serializers.TemplateBody,
        responses={201: serializers.TemplateShown, **_PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        act = self.act
        fields = serializers.TemplateBody(data=request.data).fields_of()
        made = drafting.create_template(account=self.account(), fields=fields, **act)
        return _template(made, status=201)


class TemplateCheck(Door):
    """Nothing is stored."""

    @property
    def scope(self) -> str:
        return Scope.TEMPLATES_READ

    @extend_schema(
        operation_id="templates_check",
        summary="Check a text by the rules that its review goes by",
        request=serializers.TemplateBody,
        responses={200: serializers.Checked, **_PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        fields = serializers.TemplateBody(data=request.data).fields_of()
        return Response(serializers.Checked(access.check(self.account(), fields)).data)


class TemplateDetail(Door):
    @extend_schema(
        operation_id="templates_get",
        summary="Follow one template and its latest version",
        responses={200: serializers.TemplateShown, **_PROBLEMS},
    )
    def get(self, request: Request, template_id: str) -> Response:
        return _template(self.template(template_id))

    @extend_schema(
        operation_id="templates_edit",
        summary="Change the draft, or make a new version of what was decided",
        description="What is approved stays in force until the new version is approved.",
        request=serializers.TemplateBody,
        responses={200: serializers.TemplateShown, **_PROBLEMS},
    )
    def put(self, request: Request, template_id: str) -> Response:
        template, act = self.template(template_id), self.act
        fields = serializers.TemplateBody(data=request.data).fields_of()
        drafting.edit_template(template=template, fields=fields, **act)
        return _template(template)

    @extend_schema(
        operation_id="templates_retire",
        summary="Withdraw a template for good",
        description="What waits to be sent with it is cancelled and paid back.",
        responses={200: serializers.TemplateShown, **_PROBLEMS},
    )
    def delete(self, request: Request, template_id: str) -> Response:
        template = self.template(template_id)
        standing.retire(subject=template, **self.act)
        return _template(template)


class TemplateSubmit(Door):
    @extend_schema(
        operation_id="templates_submit",
        summary="Submit the draft of a template for review",
        request=None,
        responses={200: serializers.TemplateShown, **_PROBLEMS},
    )
    def post(self, request: Request, template_id: str) -> Response:
        template = self.template(template_id)
        review.submit_template(template=template, **self.act)
        return _template(template)


class TemplateWithdraw(Door):
    @extend_schema(
        operation_id="templates_withdraw",
        summary="Take a template back from review",
        request=None,
        responses={200: serializers.TemplateShown, **_PROBLEMS},
    )
    def post(self, request: Request, template_id: str) -> Response:
        template = self.template(template_id)
        review.withdraw_template(template=template, **self.act)
        return _template(template)
