from django.urls import path

from billing.api import views

urlpatterns = [
    path("balance", views.BalanceShow.as_view(), name="api-balance"),
    path("prices", views.PriceList.as_view(), name="api-prices"),
]
