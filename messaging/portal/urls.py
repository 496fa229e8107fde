from django.urls import path

from messaging.portal import views

urlpatterns = [
    path("messages/", views.MessageList.as_view(), name="message-list"),
    path("messages/<uuid:message_id>", views.MessageDetail.as_view(), name="message-detail"),
    path("messages/<uuid:message_id>/cancel", views.MessageCancel.as_view(), name="message-cancel"),
    path("batches/<uuid:batch_id>/cancel", views.BatchCancel.as_view(), name="batch-cancel"),
]
