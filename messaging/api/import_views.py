"""Whole files of numbers and consents: /api/v1/suppressions/imports, /api/v1/consents/imports."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import HasScope
from accounts.models import Account, Scope
from messaging.api import import_serializers as shapes
from messaging.api.register_views import Door
from messaging.models import Import
from messaging.services import importing, previewing
from smsplatform.core.api import parse_uuid
from smsplatform.core.downloads import csv_response
from smsplatform.core.errors import NotFound
from smsplatform.core.shapes import ProblemAnswer
from smsplatform.core.tables.bounds import MOST_BYTES

_PROBLEMS = dict.fromkeys((401, 403, 404), ProblemAnswer)
_SCOPES = {
    Import.What.SUPPRESSIONS.value: (Scope.SUPPRESSIONS_READ, Scope.SUPPRESSIONS_WRITE),
    Import.What.CONSENTS.value: (Scope.CONSENTS_READ, Scope.CONSENTS_WRITE),
}


class _ImportDoor(Door):
    permission_classes = [HasScope]
    what = ""

    @property
    def scope(self) -> str:
        read, write = _SCOPES[self.what]
        return read if self.request.method == "GET" else write

    def found(self, import_id: str) -> Import:
        mine = Import.objects.for_account(self.account_id).filter(what=self.what)
        found: Import | None = mine.filter(pk=parse_uuid(import_id)).first()
        if found is None:
            raise NotFound
        return found

    def shown(self, found: Import, status: int = 200) -> Response:
        return Response(shapes.ImportShown(found).data, status=status)


class ImportList(_ImportDoor):
    parser_classes = [MultiPartParser]

    @extend_schema(
        summary="Hand in a file: CSV or XLSX, 10 MB and 100,000 rows at most",
        description=(
            "It is read by a task: ask for it until its state is ready or refused. Nothing counts"
            " before it is applied. The first row names the columns, in English or Chinese."
        ),
        request={"multipart/form-data": shapes.ImportBody},
        responses={202: shapes.ImportShown, 422: ProblemAnswer, 429: ProblemAnswer, **_PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        body = shapes.ImportBody(data=request.data)
        body.is_valid(raise_exception=True)
        upload = body.validated_data["file"]
        act: dict[str, Any] = self.act
        act["account"] = Account.objects.get(pk=act.pop("account_id"))
        made = importing.take_in(
            what=self.what, content=upload.read(MOST_BYTES + 1), name=upload.name, **act
        )
        return self.shown(made, status=202)


class ImportDetail(_ImportDoor):
    @extend_schema(
        summary="How far a file is, what it means and what is left out",
        responses={200: shapes.ImportShown, **_PROBLEMS},
    )
    def get(self, request: Request, import_id: str) -> Response:
        return self.shown(self.found(import_id))


class ImportApply(_ImportDoor):
    @extend_schema(
        summary="Take in what was understood; again changes nothing",
        request=None,
        responses={200: shapes.ImportShown, 409: ProblemAnswer, **_PROBLEMS},
    )
    def post(self, request: Request, import_id: str) -> Response:
        found, act = self.found(import_id), self.act
        importing.apply(wanted=found, by=act["by"], now=act["now"])
        return self.shown(self.found(import_id))


class ImportRefused(_ImportDoor):
    @extend_schema(
        summary="Every row that is left out, and why: CSV",
        responses={(200, "text/csv"): OpenApiTypes.STR, **_PROBLEMS},
    )
    def get(self, request: Request, import_id: str) -> HttpResponse:
        found = self.found(import_id)
        return csv_response(previewing.report(found), name=f"refused-{found.pk}.csv")
