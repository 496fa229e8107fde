from django.urls import path

from templates_app.portal import signatures, templates

_SIGNATURE, _TEMPLATE = "signatures/<uuid:signature_id>", "templates/<uuid:template_id>"

urlpatterns = [
    path("signatures/", signatures.SignatureList.as_view(), name="signature-list"),
    path("signatures/new", signatures.SignatureEdit.as_view(), name="signature-new"),
    path(_SIGNATURE, signatures.SignatureDetail.as_view(), name="signature-detail"),
    path(f"{_SIGNATURE}/edit", signatures.SignatureEdit.as_view(), name="signature-edit"),
    path(f"{_SIGNATURE}/submit", signatures.SignatureSubmit.as_view(), name="signature-submit"),
    path(
        f"{_SIGNATURE}/withdraw", signatures.SignatureWithdraw.as_view(), name="signature-withdraw"
    ),
    path(f"{_SIGNATURE}/retire", signatures.SignatureRetire.as_view(), name="signature-retire"),
    path("templates/", templates.TemplateList.as_view(), name="template-list"),
    path("templates/new", templates.TemplateEdit.as_view(), name="template-new"),
    path("templates/preview", templates.TemplatePreview.as_view(), name="template-preview"),
    path(_TEMPLATE, templates.TemplateDetail.as_view(), name="template-detail"),
    path(f"{_TEMPLATE}/edit", templates.TemplateEdit.as_view(), name="template-edit"),
    path(
        f"{_TEMPLATE}/languages/new",
        templates.TemplateTranslate.as_view(),
        name="template-translate",
    ),
    path(f"{_TEMPLATE}/submit", templates.TemplateSubmit.as_view(), name="template-submit"),
    path(f"{_TEMPLATE}/retire", templates.TemplateRetire.as_view(), name="template-retire"),
    path(f"{_TEMPLATE}/withdraw", templates.TemplateWithdraw.as_view(), name="template-withdraw"),
]
