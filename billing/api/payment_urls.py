from django.urls import path

from billing.api import payment_views

urlpatterns = [
    path("stripe/events", payment_views.StripeEvents.as_view(), name="stripe-events"),
]
