from django.urls import path

from messaging.api import import_views, register_views, views

urlpatterns = [
    path("messages", views.MessageList.as_view(), name="api-messages"),
    path("messages/estimate", views.MessageEstimate.as_view(), name="api-message-estimate"),
    path("messages/<str:message_id>", views.MessageDetail.as_view(), name="api-message"),
    path(
        "messages/<str:message_id>/cancel",
        views.MessageCancel.as_view(),
        name="api-message-cancel",
    ),
    path("batches/<str:batch_id>", views.BatchDetail.as_view(), name="api-batch"),
    path(
        "batches/<str:batch_id>/cancel",
        views.BatchCancel.as_view(),
        name="api-batch-cancel",
    ),
    path("suppressions", register_views.SuppressionList.as_view(), name="api-suppressions"),
    path(
        "suppressions/<str:suppression_id>/lift",
        register_views.SuppressionLift.as_view(),
        name="api-suppression-lift",
    ),
    *(
        path(f"{what}/{route}", view.as_view(what=what), name=f"api-{what}-{name}")
        for what in ("suppressions", "consents")
        for route, view, name in (
            ("imports", import_views.ImportList, "imports"),
            ("imports/<str:import_id>", import_views.ImportDetail, "import"),
            ("imports/<str:import_id>/apply", import_views.ImportApply, "import-apply"),
            ("imports/<str:import_id>/refused", import_views.ImportRefused, "import-refused"),
        )
    ),
    path("consents", register_views.ConsentList.as_view(), name="api-consents"),
]
