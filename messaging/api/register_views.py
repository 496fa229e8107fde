"""/api/v1/suppressions and /api/v1/consents: whom an account must not write to, and who agreed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import HasScope, key_of
from accounts.models import Scope
from messaging.api import register_serializers as shapes
from messaging.models import ConsentEntry, Suppression
from messaging.services import registering, suppression
from smsplatform.core import clock
from smsplatform.core.api import parse_uuid
from smsplatform.core.shapes import ProblemAnswer

_PROBLEMS = dict.fromkeys((401, 403, 422), ProblemAnswer)


class Door(APIView):
    permission_classes = [HasScope]

    @property
    def account_id(self) -> int:
        return key_of(self.request).account_id

    @property
    def context(self) -> dict[str, Any]:
        return {"region": key_of(self.request).country}

    @property
    def act(self) -> dict[str, Any]:
        """Whose deed it is, and when."""
        key = key_of(self.request)
        return {"account_id": key.account_id, "by": f"API key {key.key_id}", "now": clock.now()}


class SuppressionList(Door):
    """Numbers that the account must not write to."""

    @property
    def scope(self) -> str:
        is_read = self.request.method == "GET"
        return Scope.SUPPRESSIONS_READ if is_read else Scope.SUPPRESSIONS_WRITE

    @extend_schema(
        operation_id="suppressions_list",
        summary="List suppressed numbers, newest first",
        parameters=[shapes.SuppressionFilters],
        responses={200: shapes.SuppressionPage, **_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        filters = shapes.SuppressionFilters(data=request.query_params, context=self.context)
        filters.is_valid(raise_exception=True)
        asked = dict(filters.validated_data)
        found = Suppression.objects.for_account(self.account_id).select_related("signature")
        if not asked.pop("history"):
            found = found.in_force(clock.now())
        rows, following = _page(found, asked)
        return Response(
            shapes.SuppressionPage({"suppressions": rows, "next_cursor": following}).data
        )

    @extend_schema(
        operation_id="suppressions_add",
        summary="Suppress numbers, a thousand at most",
        description=(
            "From now on a message to one of them is refused with recipient_opted_out, and what is"
            " queued is cancelled and paid back. To suppress a number again changes nothing."
        ),
        request=shapes.SuppressionsBody,
        responses={200: shapes.SuppressionsAdded, **_PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        wanted = shapes.SuppressionsBody(data=request.data, context=self.context).wanted()
        added = registering.suppress(wanted=wanted, source=Suppression.Source.API.value, **self.act)
        told = {"added": added, "in_force_before": len(wanted) - added}
        return Response(shapes.SuppressionsAdded(told).data)


class SuppressionLift(Door):
    """A number may be written to again."""

    scope = Scope.SUPPRESSIONS_WRITE

    @extend_schema(
        operation_id="suppressions_lift",
        summary="Lift a suppression",
        description=(
            "What the account entered, it may lift. What a recipient replied, a carrier or a"
            " complaint asked for stays, and 409 not_liftable says so. To lift what is lifted"
            " changes nothing and answers 200."
        ),
        request=None,
        responses={
            200: shapes.SuppressionShown,
            **dict.fromkeys((401, 403, 404, 409), ProblemAnswer),
        },
    )
    def post(self, request: Request, suppression_id: str) -> Response:
        row = suppression.lift(suppression_id=parse_uuid(suppression_id), **self.act)
        return Response(shapes.SuppressionShown(row).data)


class ConsentList(Door):
    """Who agreed to be written to, or took that back."""

    @property
    def scope(self) -> str:
        is_read = self.request.method == "GET"
        return Scope.CONSENTS_READ if is_read else Scope.CONSENTS_WRITE

    @extend_schema(
        operation_id="consents_list",
        summary="List consents, the latest recorded first",
        parameters=[shapes.ListFilters],
        responses={200: shapes.ConsentPage, **_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        filters = shapes.ListFilters(data=request.query_params, context=self.context)
        filters.is_valid(raise_exception=True)
        found = ConsentEntry.objects.for_account(self.account_id).select_related("signature")
        rows, following = _page(found, dict(filters.validated_data))
        return Response(shapes.ConsentPage({"consents": rows, "next_cursor": following}).data)

    @extend_schema(
        operation_id="consents_record",
        summary="Record consents, a thousand at most",
        description="Entries are added, never changed; the one with the latest time counts.",
        request=shapes.ConsentsBody,
        responses={200: shapes.ConsentsRecorded, **_PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        said = shapes.ConsentsBody(data=request.data, context=self.context).said()
        rows = registering.record(said=said, **self.act)
        return Response(shapes.ConsentsRecorded({"recorded": len(rows)}).data)


def _page(found: Any, asked: dict[str, Any]) -> tuple[list[Any], Any]:
    if number := asked.get("number"):
        found = found.filter(number=number)
    rows, following = found.page(cursor=asked.get("cursor"), limit=asked["limit"])
    return rows, following
