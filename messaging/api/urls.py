from django.urls import path

from messaging.api import views

urlpatterns = [
    path("messages", views.MessageList.as_view(), name="api-messages"),
    path("messages/<str:message_id>", views.MessageDetail.as_view(), name="api-message"),
]
