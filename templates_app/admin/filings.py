"""Filings row by row, and what staff set about operators. The daily work is in filing_desk."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from smsplatform.core import clock
from smsplatform.core.admin import Audited, ReadOnly, record
from templates_app.admin import filing_desk, filing_files
from templates_app.models import (
    FilingImport,
    FilingPack,
    FilingTerms,
    FilingWord,
    SignatureFiling,
)
from templates_app.services import filing
from templates_app.states import FilingState


@admin.register(SignatureFiling)
class SignatureFilingAdmin(ReadOnly):
    """What operators say; each action moves those that may move, and leaves the others."""

    list_display = ("signature", "operator", "state", "reason", "filed_at", "lapses_at")
    list_filter = ("operator", "state")
    list_select_related = ("signature",)
    exact_search = ("signature_id",)
    ordering = ("lapses_at", "id")
    change_list_template = "templates_app/filing/change_list.html"
    actions = ("mark_filing", "mark_unverified", "mark_filed", "mark_failed")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return filing_desk.may_decide(request)

    def get_urls(self) -> list[Any]:
        site = self.admin_site.admin_view
        pages = {
            "desk/<str:operator>/": ("desk", filing_desk.Desk),
            "desk/<str:operator>/pack": ("pack", filing_desk.PackMake),
            "desk/<str:operator>/results": ("results", filing_desk.ResultsRead),
            "results/<int:pk>": ("preview", filing_desk.ResultsPreview),
        }
        own = [
            path(route, site(page.as_view()), name=f"templates_app_signaturefiling_{name}")
            for route, (name, page) in pages.items()
        ]
        return [*own, *super().get_urls()]

    @admin.action(description=_("Handed in with the operator"), permissions=["decide"])
    def mark_filing(self, request: HttpRequest, queryset: QuerySet[SignatureFiling]) -> None:
        self._mark(request, queryset, FilingState.FILING)

    @admin.action(description=_("Filed, not yet verified"), permissions=["decide"])
    def mark_unverified(self, request: HttpRequest, queryset: QuerySet[SignatureFiling]) -> None:
        self._mark(request, queryset, FilingState.FILED_UNVERIFIED)

    @admin.action(description=_("Filed"), permissions=["decide"])
    def mark_filed(self, request: HttpRequest, queryset: QuerySet[SignatureFiling]) -> None:
        self._mark(request, queryset, FilingState.FILED)

    @admin.action(description=_("Refused by the operator"), permissions=["decide"])
    def mark_failed(self, request: HttpRequest, queryset: QuerySet[SignatureFiling]) -> None:
        self._mark(request, queryset, FilingState.FAILED)

    def _mark(self, request: HttpRequest, queryset: QuerySet[SignatureFiling], state: str) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        moved = filing.record(filing_ids=ids, state=state, now=clock.now())
        for one in SignatureFiling.objects.select_related("signature").filter(pk__in=moved):
            record(request, one, f"filing.{state}")
        told = ngettext("%d moved.", "%d moved.", len(moved)) % len(moved)
        messages.success(request, told)
        if len(moved) < len(ids):
            messages.warning(request, _("The others were in a state that does not lead there."))


@admin.register(FilingPack)
class FilingPackAdmin(ReadOnly):
    """What was handed in, when and by whom; its files can be had again."""

    list_display = ("pk", "operator", "created_at", "created_by", "files")
    list_filter = ("operator",)
    list_select_related = ("created_by",)
    ordering = ("-id",)

    def get_urls(self) -> list[Any]:
        site, name = self.admin_site.admin_view, "templates_app_filingpack"
        own = [
            path("<int:pk>/table", site(filing_files.PackTable.as_view()), name=f"{name}_table"),
            path(
                "<int:pk>/archive", site(filing_files.PackArchive.as_view()), name=f"{name}_archive"
            ),
        ]
        return [*own, *super().get_urls()]

    @admin.display(description=_("files"))
    def files(self, pack: FilingPack) -> Any:
        return filing_files.links(pack)


@admin.register(FilingImport)
class FilingImportAdmin(ReadOnly):
    list_display = ("name", "operator", "state", "moved", "created_by", "created_at", "shown")
    list_filter = ("operator", "state")
    list_select_related = ("created_by",)
    ordering = ("-id",)
    # Long, and shown row by row on a page of their own.
    secret_fields = ("rows", "problems")

    def get_queryset(self, request: HttpRequest) -> QuerySet[FilingImport]:
        return super().get_queryset(request).defer("rows", "problems")

    @admin.display(description=_("rows"))
    def shown(self, imported: FilingImport) -> Any:
        return filing_desk.link_to(imported)


@admin.register(FilingTerms)
class FilingTermsAdmin(Audited):
    list_display = ("operator", "answer_days", "most_signatures")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("operator",)


@admin.register(FilingWord)
class FilingWordAdmin(Audited):
    list_display = ("word", "state")
    list_filter = ("state",)
    ordering = ("state", "word")
