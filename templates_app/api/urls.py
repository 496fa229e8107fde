from django.urls import path

from templates_app.api import views

_SIGNATURE, _TEMPLATE = "signatures/<str:signature_id>", "templates/<str:template_id>"

urlpatterns = [
    path("signatures", views.SignatureList.as_view(), name="api-signatures"),
    path(_SIGNATURE, views.SignatureDetail.as_view(), name="api-signature"),
    path(f"{_SIGNATURE}/submit", views.SignatureSubmit.as_view(), name="api-signature-submit"),
    path(
        f"{_SIGNATURE}/withdraw", views.SignatureWithdraw.as_view(), name="api-signature-withdraw"
    ),
    path("templates", views.TemplateList.as_view(), name="api-templates"),
    path("templates/check", views.TemplateCheck.as_view(), name="api-template-check"),
    path(_TEMPLATE, views.TemplateDetail.as_view(), name="api-template"),
    path(f"{_TEMPLATE}/submit", views.TemplateSubmit.as_view(), name="api-template-submit"),
    path(f"{_TEMPLATE}/withdraw", views.TemplateWithdraw.as_view(), name="api-template-withdraw"),
]
