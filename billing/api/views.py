from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.models import Account, Scope
from billing import queries
from billing.api.serializers import BalanceSerializer, of_balances
from smsplatform.core import clock


class BalanceShow(APIView):
    """What the account can spend now: money by currency, then packages, soonest expiry first."""

    permission_classes = [access.HasScope]
    scope = Scope.BALANCE

    @extend_schema(operation_id="balance_show", tags=["balance"], responses=BalanceSerializer)
    def get(self, request: Request, **kwargs: Any) -> Response:
        account = Account.objects.get(pk=access.key_of(request).account_id)
        return Response(of_balances(queries.balances(account=account, now=clock.now())))
