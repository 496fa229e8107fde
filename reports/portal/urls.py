from django.urls import path

from reports.portal import views

urlpatterns = [path("", views.Home.as_view(), name="home")]
