from django.urls import path

from messaging.api import carrier_views

urlpatterns = [
    path(
        "<int:carrier_id>/receipts/<str:secret>",
        carrier_views.CarrierReceipt.as_view(),
        name="carrier-receipt",
    ),
    path(
        "<int:carrier_id>/inbound/<str:secret>",
        carrier_views.CarrierInbound.as_view(),
        name="carrier-inbound",
    ),
]
