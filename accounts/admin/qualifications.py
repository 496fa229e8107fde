"""The papers of companies: shown, never changed; they are judged at the review desk."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.access import document_response
from accounts.models import Document, Qualification
from smsplatform.core.admin import ReadOnly, record
from smsplatform.core.errors import NotFound


@admin.register(Qualification)
class QualificationAdmin(ReadOnly):
    list_display = ("name", "account", "kind", "registration_number", "state", "valid_until_date")
    list_filter = ("state",)
    list_select_related = ("account",)
    exact_search = ("account_id", "registration_number")
    ordering = ("-id",)


@admin.register(Document)
class DocumentAdmin(ReadOnly):
    list_display = ("name", "account", "media_type", "size", "state", "created_at", "opened")
    list_filter = ("state",)
    list_select_related = ("account",)
    exact_search = ("account_id", "public_id", "digest")
    ordering = ("-id",)
    secret_fields = ("place",)

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.file)
        return [
            path("<uuid:public_id>/file", page, name="accounts_document_file"),
            *super().get_urls(),
        ]

    @admin.display(description=_("file"))
    def opened(self, document: Document) -> SafeString | str:
        if not document.is_clean:
            return "–"
        href = reverse("admin:accounts_document_file", args=[document.public_id])
        return format_html('<a href="{}">{}</a>', href, _("download"))

    def file(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Each look of the staff at a document is remembered."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = Document.objects.filter(public_id=public_id).first()
        if document is None:
            raise Http404
        try:
            response = document_response(document)
        except NotFound as missing:
            raise Http404 from missing
        record(request, document, "document.viewed")
        return response
