"""The files of a pack on their way to a reader. Each of its papers counts as looked at."""

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views import View

from smsplatform.core import audit, clock
from smsplatform.core.admin import record
from templates_app.models import FilingPack
from templates_app.services import bundling

Response = TypeVar("Response", bound=HttpResponseBase)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class PackTable(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        pack = _find(request, pk)
        record(request, pack, "filingpack.table_downloaded")
        response = HttpResponse(bundling.workbook(pack), content_type=_XLSX)
        return _handed_out(response, f"{bundling.stem(pack)}.xlsx")


class PackArchive(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        pack = _find(request, pk)
        if not request.user.has_perm("accounts.view_document"):
            raise PermissionDenied
        papers = bundling.papers(pack)
        with transaction.atomic():
            record(request, pack, "filingpack.archive_downloaded")
            audit.record_each(
                actor=f"user:{request.user.pk}",
                action="document.viewed",
                targets={
                    f"accounts.document:{paper.document_id}": paper.document.account_id
                    for _path, paper in papers
                },
                now=clock.now(),
                facts={"pack": pack.pk},
            )
        stream = StreamingHttpResponse(
            bundling.stream(pack, papers), content_type="application/zip"
        )
        return _handed_out(stream, f"{bundling.stem(pack)}.zip")


def links(pack: FilingPack) -> SafeString:
    name = "admin:templates_app_filingpack"
    return format_html(
        '<a href="{}">{}</a> · <a href="{}">{}</a>',
        reverse(f"{name}_table", args=[pack.pk]),
        _("table"),
        reverse(f"{name}_archive", args=[pack.pk]),
        _("table and documents"),
    )


def _find(request: HttpRequest, pk: int) -> FilingPack:
    if not request.user.has_perm("templates_app.view_filingpack"):
        raise PermissionDenied
    return get_object_or_404(FilingPack, pk=pk)


def _handed_out(response: Response, name: str) -> Response:
    """Never kept, never taken for a page."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
