"""/api/v1/invoices: what was closed, and how it adds up."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.models import Scope
from billing.api.invoice_serializers import (
    InvoiceFilters,
    InvoicePage,
    InvoiceShown,
    of_invoice,
    of_invoices,
)
from billing.models import Invoice
from smsplatform.core.errors import NotFound
from smsplatform.core.shapes import ProblemAnswer

_PROBLEMS = dict.fromkeys((401, 403), ProblemAnswer)


class InvoiceList(APIView):
    """The account's invoices, newest first."""

    permission_classes = [access.HasScope]
    scope = Scope.BALANCE

    @extend_schema(
        operation_id="invoices_list",
        tags=["balance"],
        summary="List invoices, newest first",
        parameters=[InvoiceFilters],
        responses={200: InvoicePage, **_PROBLEMS, 422: ProblemAnswer},
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        filters = InvoiceFilters(data=request.query_params)
        filters.is_valid(raise_exception=True)
        found = Invoice.objects.for_account(access.key_of(request).account_id)
        return Response(of_invoices(found, **filters.validated_data))


class InvoiceShow(APIView):
    """One invoice with its lines."""

    permission_classes = [access.HasScope]
    scope = Scope.BALANCE

    @extend_schema(
        operation_id="invoices_show",
        tags=["balance"],
        summary="Show an invoice with its lines",
        responses={200: InvoiceShown, **_PROBLEMS, 404: ProblemAnswer},
    )
    def get(self, request: Request, number: int, **kwargs: Any) -> Response:
        found = Invoice.objects.for_account(access.key_of(request).account_id)
        invoice = found.filter(number=number).first()
        if invoice is None:
            raise NotFound
        return Response(of_invoice(invoice))
