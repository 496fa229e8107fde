from django.urls import include, path
from django.views.i18n import set_language

from accounts.portal import views

urlpatterns = [
    path("accounts/switch", views.AccountSwitch.as_view(), name="account-switch"),
    path("accounts/", include("allauth.urls")),
    path("language", set_language, name="set_language"),
]
