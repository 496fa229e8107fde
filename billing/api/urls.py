from django.urls import path

from billing.api import invoice_views, order_views, views

urlpatterns = [
    path("balance", views.BalanceShow.as_view(), name="api-balance"),
    path("prices", views.PriceList.as_view(), name="api-prices"),
    path("offers", order_views.OfferList.as_view(), name="api-offers"),
    path("orders", order_views.OrderList.as_view(), name="api-orders"),
    path("orders/<str:order_id>", order_views.OrderShow.as_view(), name="api-order"),
    path("invoices", invoice_views.InvoiceList.as_view(), name="api-invoices"),
    path("invoices/<int:number>", invoice_views.InvoiceShow.as_view(), name="api-invoice"),
]
