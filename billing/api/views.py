from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.models import Account, Scope
from billing import queries
from billing.api.serializers import (
    BalanceSerializer,
    PriceFilters,
    PricesSerializer,
    of_balances,
    of_prices,
)
from billing.services import pricing
from smsplatform.core import clock


class BalanceShow(APIView):
    """What the account can spend now: money by currency, then packages, soonest expiry first."""

    permission_classes = [access.HasScope]
    scope = Scope.BALANCE

    @extend_schema(operation_id="balance_show", tags=["balance"], responses=BalanceSerializer)
    def get(self, request: Request, **kwargs: Any) -> Response:
        account = Account.objects.get(pk=access.key_of(request).account_id)
        return Response(of_balances(queries.balances(account=account, now=clock.now())))


class PriceList(APIView):
    """What one part costs the account now: its contract before its group's list, that before
    everybody's. The first row that fits a message holds, the longest prefix first."""

    permission_classes = [access.HasScope]
    scope = Scope.BALANCE

    @extend_schema(
        operation_id="prices_list",
        tags=["balance"],
        parameters=[PriceFilters],
        responses=PricesSerializer,
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        filters = PriceFilters(data=request.query_params)
        filters.is_valid(raise_exception=True)
        key = access.key_of(request)
        book = pricing.load(account_ids=[key.account_id], now=clock.now())
        found = pricing.offered(
            book=book,
            account_id=key.account_id,
            currency=key.currency,
            country=filters.validated_data.get("country"),
        )
        return Response(of_prices(found, key.currency))
