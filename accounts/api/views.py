"""/api/v1/qualifications: drafted, given documents, submitted, taken back, followed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import queries
from accounts.access import AccountClosed, HasScope, key_of
from accounts.api import serializers
from accounts.models import Account, Qualification, Scope
from accounts.services import documents
from accounts.services import qualification as work
from smsplatform.core import clock, review
from smsplatform.core.api import parse_uuid
from smsplatform.core.errors import NotFound
from smsplatform.core.shapes import ProblemAnswer

PROBLEMS = dict.fromkeys((401, 403, 404, 409, 422), ProblemAnswer)
SHOWN: dict[int, Any] = {200: serializers.QualificationShown, **PROBLEMS}


class Door(APIView):
    """Who may read reads; who may write says so by another scope, and for an open account."""

    permission_classes = [HasScope]

    @property
    def scope(self) -> str:
        is_reading = self.request.method == "GET"
        return Scope.QUALIFICATIONS_READ if is_reading else Scope.QUALIFICATIONS_WRITE

    @property
    def act(self) -> dict[str, Any]:
        """Who does it, and when. Raises AccountClosed."""
        key = key_of(self.request)
        if not key.account_is_open:
            raise AccountClosed(key.account_state)
        return {"by": f"key:{key.key_id}", "now": clock.now()}

    def account(self) -> Account:
        return Account.objects.get(pk=key_of(self.request).account_id)

    def found(self, qualification_id: str) -> Qualification:
        row = queries.qualification(account=self.account(), public_id=parse_uuid(qualification_id))
        if row is None:
            raise NotFound
        return row

    def shown(self, row: Qualification, status: int = 200) -> Response:
        """As it is now, whatever has just been done to it."""
        row = self.found(str(row.public_id))
        items = queries.reviews(kind=work.KIND, account=row.account, target_ids=[row.pk])
        people: dict[str, Any] = {person.role: person for person in row.people.all()}
        more = {
            "legal": people.get("legal"),
            "handler": people.get("handler"),
            "missing": work.missing(row, now=clock.now()) if row.is_editable else [],
            "reasons": next(
                (review.told(work.KIND, item.reasons) for item in items if item.decision), []
            ),
            "due_at": next((item.due_at for item in items if item.is_live), None),
        }
        for name, value in more.items():
            setattr(row, name, value)
        return Response(serializers.QualificationShown(row).data, status=status)


class QualificationList(Door):
    @extend_schema(
        operation_id="qualifications_list",
        summary="List the newest version of each company's papers",
        responses={200: serializers.QualificationRows, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        rows = queries.qualifications(account=self.account())
        return Response({"qualifications": serializers.QualificationRow(rows, many=True).data})

    @extend_schema(
        operation_id="qualifications_create",
        summary="Begin a company's papers",
        request=serializers.QualificationStart,
        responses={201: serializers.QualificationShown, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        act = self.act
        body = serializers.QualificationStart(data=request.data)
        body.is_valid(raise_exception=True)
        made = work.start(account=self.account(), **act, **body.validated_data)
        return self.shown(made, status=201)


class QualificationDetail(Door):
    @extend_schema(
        operation_id="qualifications_get",
        summary="Follow one version through the review",
        responses=SHOWN,
    )
    def get(self, request: Request, qualification_id: str) -> Response:
        return self.shown(self.found(qualification_id))

    @extend_schema(
        operation_id="qualifications_edit",
        summary="Fill in a draft; what is left out stays",
        request=serializers.QualificationBody,
        responses=SHOWN,
    )
    def patch(self, request: Request, qualification_id: str) -> Response:
        row, act = self.found(qualification_id), self.act
        fields, people = serializers.QualificationBody(data=request.data).parts()
        work.edit(qualification=row, fields=fields, people=people, **act)
        return self.shown(row)


class QualificationDocuments(Door):
    parser_classes = [MultiPartParser, JSONParser]

    @extend_schema(
        operation_id="qualifications_add_document",
        summary="Add a document: jpg, png or pdf, 5 MB at most",
        request={"multipart/form-data": serializers.QualificationDocumentBody},
        responses={201: serializers.QualificationShown, 413: ProblemAnswer, **PROBLEMS},
    )
    def post(self, request: Request, qualification_id: str) -> Response:
        row, act = self.found(qualification_id), self.act
        body = serializers.QualificationDocumentBody(data=request.data)
        body.is_valid(raise_exception=True)
        upload = body.validated_data["file"]
        work.attach(
            qualification=row,
            purpose=body.validated_data["purpose"],
            content=upload.read(documents.MOST_BYTES + 1),
            name=upload.name,
            **act,
        )
        return self.shown(row, status=201)


class QualificationPaper(Door):
    @extend_schema(
        operation_id="qualifications_remove_document",
        summary="Take a document out of a draft",
        responses=SHOWN,
    )
    def delete(self, request: Request, qualification_id: str, document_id: str) -> Response:
        row, wanted = self.found(qualification_id), parse_uuid(document_id)
        papers = [each for each in row.papers.all() if each.document.public_id == wanted]
        if not papers:
            raise NotFound
        work.detach(paper=papers[0], **self.act)
        return self.shown(row)


class QualificationSubmit(Door):
    @extend_schema(
        operation_id="qualifications_submit",
        summary="Submit a draft; the answer names everything that is missing",
        request=None,
        responses=SHOWN,
    )
    def post(self, request: Request, qualification_id: str) -> Response:
        row = self.found(qualification_id)
        work.submit(qualification=row, **self.act)
        return self.shown(row)


class QualificationWithdraw(Door):
    @extend_schema(
        operation_id="qualifications_withdraw",
        summary="Take it back from review",
        request=None,
        responses=SHOWN,
    )
    def post(self, request: Request, qualification_id: str) -> Response:
        row = self.found(qualification_id)
        work.withdraw(qualification=row, **self.act)
        return self.shown(row)


class QualificationNudge(Door):
    @extend_schema(
        operation_id="qualifications_nudge",
        summary="Ask for speed, once in a while",
        request=None,
        responses=SHOWN,
    )
    def post(self, request: Request, qualification_id: str) -> Response:
        row, act = self.found(qualification_id), self.act
        review.nudge(kind=work.KIND, target_id=row.pk, now=act["now"])
        return self.shown(row)


class QualificationRevise(Door):
    @extend_schema(
        operation_id="qualifications_revise",
        summary="Begin a new version of what was decided",
        request=None,
        responses={201: serializers.QualificationShown, **PROBLEMS},
    )
    def post(self, request: Request, qualification_id: str) -> Response:
        row = self.found(qualification_id)
        return self.shown(work.revise(qualification=row, **self.act), status=201)
