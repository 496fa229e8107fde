from django.urls import path

from billing.api import order_views, views

urlpatterns = [
    path("balance", views.BalanceShow.as_view(), name="api-balance"),
    path("prices", views.PriceList.as_view(), name="api-prices"),
    path("offers", order_views.OfferList.as_view(), name="api-offers"),
    path("orders", order_views.OrderList.as_view(), name="api-orders"),
    path("orders/<str:order_id>", order_views.OrderShow.as_view(), name="api-order"),
]
