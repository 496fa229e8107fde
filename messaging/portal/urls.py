from django.urls import path

from messaging.portal import country_views, import_views, suppression_views, views

urlpatterns = [
    path("countries/", country_views.CountryList.as_view(), name="country-list"),
    path("countries/open", country_views.CountryOpen.as_view(), name="country-open"),
    path(
        "countries/<str:country>/close", country_views.CountryClose.as_view(), name="country-close"
    ),
    path("imports/new", import_views.ImportNew.as_view(), name="import-new"),
    path("imports/<uuid:import_id>", import_views.ImportDetail.as_view(), name="import-detail"),
    path(
        "imports/<uuid:import_id>/refused",
        import_views.ImportRefused.as_view(),
        name="import-refused",
    ),
    path("messages/", views.MessageList.as_view(), name="message-list"),
    path("messages/<uuid:message_id>", views.MessageDetail.as_view(), name="message-detail"),
    path("messages/<uuid:message_id>/cancel", views.MessageCancel.as_view(), name="message-cancel"),
    path("batches/<uuid:batch_id>/cancel", views.BatchCancel.as_view(), name="batch-cancel"),
    path("suppressions/", suppression_views.SuppressionList.as_view(), name="suppression-list"),
    path("suppressions/add", suppression_views.SuppressionAdd.as_view(), name="suppression-add"),
    path(
        "suppressions/<uuid:suppression_id>/lift",
        suppression_views.SuppressionLift.as_view(),
        name="suppression-lift",
    ),
]
