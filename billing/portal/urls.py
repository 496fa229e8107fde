from django.urls import path

from billing.portal import views

urlpatterns = [
    path("prices/of-text", views.PriceOfText.as_view(), name="price-of-text"),
]
