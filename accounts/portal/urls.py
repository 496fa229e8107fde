from django.urls import include, path
from django.views.i18n import set_language

from accounts.portal import qualification, views

_papers = [
    path("", qualification.QualificationOverview.as_view(), name="qualification"),
    path("new", qualification.QualificationStart.as_view(), name="qualification-start"),
    path(
        "<uuid:public_id>", qualification.QualificationDetail.as_view(), name="qualification-detail"
    ),
    path(
        "<uuid:public_id>/documents/<uuid:document_id>/remove",
        qualification.QualificationPaper.as_view(),
        name="qualification-paper",
    ),
    *(
        path(
            f"<uuid:public_id>/{deed}",
            qualification.QualificationDeed.as_view(deed=deed),
            name=f"qualification-{deed}",
        )
        for deed in ("submit", "withdraw", "nudge", "revise")
    ),
    path(
        "<uuid:public_id>/step/<slug:step>",
        qualification.QualificationStep.as_view(),
        name="qualification-step",
    ),
]

urlpatterns = [
    path("company/", include(_papers)),
    path("documents/<uuid:public_id>", qualification.DocumentFile.as_view(), name="document"),
    path("accounts/switch", views.AccountSwitch.as_view(), name="account-switch"),
    path("accounts/", include("allauth.urls")),
    path("language", set_language, name="set_language"),
]
