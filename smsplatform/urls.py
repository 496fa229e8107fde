"""Every address of the platform."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from reports.admin.overview import ReviewOverview
from reports.admin.standing import AccountStanding
from smsplatform.showroom import Showroom
from smsplatform.theme import ThemeChoice

urlpatterns = [
    path("", include("reports.portal.urls")),
    path("", include("messaging.portal.urls")),
    path("", include("templates_app.portal.urls")),
    path("", include("billing.portal.urls")),
    path("", include("accounts.portal.urls")),
    path("payments/", include("billing.api.payment_urls")),
    path("carriers/", include("messaging.api.carrier_urls")),
    path("api/v1/", include("messaging.api.urls")),
    path("api/v1/", include("billing.api.urls")),
    path("api/v1/", include("templates_app.api.urls")),
    path("api/v1/", include("accounts.api.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
    path("theme", ThemeChoice.as_view(), name="theme"),
    path("staff/components", admin.site.admin_view(Showroom.as_view()), name="staff-components"),
    path("staff/reviews", admin.site.admin_view(ReviewOverview.as_view()), name="staff-reviews"),
    path(
        "staff/accounts/<int:account_id>/standing",
        admin.site.admin_view(AccountStanding.as_view()),
        name="staff-account-standing",
    ),
    # One page changes passwords, for customers and staff alike.
    path("staff/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("staff/", admin.site.urls),
]

handler404 = "smsplatform.core.api.not_found"
handler500 = "smsplatform.core.api.broken"
