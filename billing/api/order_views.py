from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.models import Scope
from billing.api.serializers import Document, MoneySerializer
from billing.models import Offer, Order
from billing.states import OrderState
from smsplatform.core import money
from smsplatform.core.errors import NotFound
from smsplatform.listing import Sorting, cut

_NEWEST = Sorting("created_at", is_down=True)


class OfferShown(serializers.Serializer[Document]):
    name = serializers.CharField()
    least = MoneySerializer(help_text="the same as most, where the price is fixed")
    most = MoneySerializer()
    parts = serializers.IntegerField(allow_null=True, help_text="null: money for the balance")
    valid_days = serializers.IntegerField(allow_null=True)
    message_class = serializers.CharField(allow_null=True, help_text="null: any")
    country = serializers.CharField(allow_null=True, help_text="null: any")
    is_sample = serializers.BooleanField()


class OffersShown(serializers.Serializer[Document]):
    offers = OfferShown(many=True)


class OrderShown(serializers.Serializer[Document]):
    id = serializers.UUIDField()
    reference = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(OrderState.choices)
    method = serializers.ChoiceField(Order.Method.choices)
    amount = MoneySerializer()
    reversed = MoneySerializer(help_text="refunded, or disputed by who paid")
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)


class OrderFilters(serializers.Serializer[Document]):
    cursor = serializers.CharField(required=False, max_length=200)
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=100)


class OrdersShown(serializers.Serializer[Document]):
    """`next_cursor` is null on the last page; else send it as `cursor` for the next."""

    orders = OrderShown(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class OfferList(APIView):
    """What is on sale in the account's currency."""

    permission_classes = [access.HasScope]
    scope = Scope.BALANCE

    @extend_schema(operation_id="offers_list", tags=["orders"], responses=OffersShown)
    def get(self, request: Request, **kwargs: Any) -> Response:
        currency = access.key_of(request).currency
        found = Offer.objects.on_sale(currency, samples=settings.DEMO)
        return Response({"offers": [_of_offer(offer) for offer in found]})


class OrderList(APIView):
    """What was bought, newest first."""

    permission_classes = [access.HasScope]
    scope = Scope.BALANCE

    @extend_schema(
        operation_id="orders_list",
        tags=["orders"],
        parameters=[OrderFilters],
        responses=OrdersShown,
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        filters = OrderFilters(data=request.query_params)
        filters.is_valid(raise_exception=True)
        asked = filters.validated_data
        mine = Order.objects.for_account(access.key_of(request).account_id)
        page = cut(mine, sorting=_NEWEST, cursor=asked.get("cursor"), limit=asked["limit"])
        return Response(
            {
                "orders": [_of_order(order) for order in page.rows],
                "next_cursor": page.next_cursor or None,
            }
        )


class OrderShow(APIView):
    permission_classes = [access.HasScope]
    scope = Scope.BALANCE

    @extend_schema(operation_id="orders_show", tags=["orders"], responses=OrderShown)
    def get(self, request: Request, order_id: str, **kwargs: Any) -> Response:
        mine = Order.objects.for_account(access.key_of(request).account_id)
        try:
            order = mine.filter(public_id=UUID(order_id)).first()
        except ValueError as error:
            raise NotFound from error
        if order is None:
            raise NotFound
        return Response(_of_order(order))


def _of_offer(offer: Offer) -> Document:
    package = offer.package
    return {
        "name": offer.name,
        "least": money.as_json(offer.least_micros, offer.currency),
        "most": money.as_json(offer.most_micros, offer.currency),
        "parts": package.parts if package else None,
        "valid_days": package.valid_days if package else None,
        "message_class": (package.message_class or None) if package else None,
        "country": (package.country or None) if package else None,
        "is_sample": offer.is_sample,
    }


def _of_order(order: Order) -> Document:
    return {
        "id": str(order.public_id),
        "reference": order.reference,
        "name": order.name,
        "state": order.state,
        "method": order.method,
        "amount": money.as_json(order.amount_micros, order.currency),
        "reversed": money.as_json(order.reversed_micros, order.currency),
        "created_at": order.created_at.isoformat(),
        "paid_at": order.paid_at.isoformat() if order.paid_at else None,
    }
