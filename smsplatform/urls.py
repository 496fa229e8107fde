"""Every address of the platform."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", include("reports.portal.urls")),
    path("", include("messaging.portal.urls")),
    path("", include("accounts.portal.urls")),
    path("carriers/", include("messaging.api.carrier_urls")),
    path("api/v1/", include("messaging.api.urls")),
    path("api/v1/", include("billing.api.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
    path("staff/", admin.site.urls),
]

handler404 = "smsplatform.core.api.not_found"
