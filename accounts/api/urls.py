from django.urls import path

from accounts.api import phone_views, trial_number_views, views

_ONE = "qualifications/<str:qualification_id>"

urlpatterns = [
    path("qualifications", views.QualificationList.as_view(), name="api-qualifications"),
    path(_ONE, views.QualificationDetail.as_view(), name="api-qualification"),
    path(
        f"{_ONE}/documents",
        views.QualificationDocuments.as_view(),
        name="api-qualification-documents",
    ),
    path(
        f"{_ONE}/documents/<str:document_id>",
        views.QualificationPaper.as_view(),
        name="api-qualification-document",
    ),
    path(
        f"{_ONE}/phone/code",
        phone_views.QualificationPhoneCode.as_view(),
        name="api-qualification-phone-code",
    ),
    path(
        f"{_ONE}/phone/proof",
        phone_views.QualificationPhoneProof.as_view(),
        name="api-qualification-phone-proof",
    ),
    path(f"{_ONE}/submit", views.QualificationSubmit.as_view(), name="api-qualification-submit"),
    path(
        f"{_ONE}/withdraw",
        views.QualificationWithdraw.as_view(),
        name="api-qualification-withdraw",
    ),
    path(f"{_ONE}/nudge", views.QualificationNudge.as_view(), name="api-qualification-nudge"),
    path(f"{_ONE}/revise", views.QualificationRevise.as_view(), name="api-qualification-revise"),
    path("trial-numbers", trial_number_views.TrialNumberList.as_view(), name="api-trial-numbers"),
    path(
        "trial-numbers/proof",
        trial_number_views.TrialNumberProof.as_view(),
        name="api-trial-number-proof",
    ),
    path(
        "trial-numbers/<str:number_id>",
        trial_number_views.TrialNumberDetail.as_view(),
        name="api-trial-number",
    ),
]
