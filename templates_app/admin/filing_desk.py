"""One page for each operator: what waits, what was handed in, what came back; and its tables."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views import View

from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from templates_app.models import FilingImport, SignatureFiling
from templates_app.services import filing_desk, packing, results
from templates_app.states import ImportState

_A_PAGE = 50
_PILES = {
    "waiting": _("To be handed in"),
    "handed_in": _("Handed in"),
    "overdue": _("Answer overdue"),
    "refused": _("Refused"),
    "lapsing": _("Lapse within 30 days"),
    "lapsing_now": _("Lapse within 7 days"),
}
# Of these a pack can be made.
_HANDABLE = ("waiting", "refused")


def may_decide(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("templates_app.change_signaturefiling"))


class Operated(View):
    """A page about one operator, in the time of our staff."""

    permission = "templates_app.view_signaturefiling"
    operator: str

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.operator = kwargs.get("operator", "")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        if self.operator and self.operator not in SignatureFiling.Operator.values:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def show(self, template: str, **context: Any) -> HttpResponse:
        label = SignatureFiling.Operator(self.operator).label
        context = {
            **admin.site.each_context(self.request),
            "opts": SignatureFiling._meta,
            "operator": self.operator,
            "operator_label": label,
            "title": label,
            "may_decide": may_decide(self.request),
            **context,
        }
        with timezone.override(ZoneInfo(settings.STAFF_TIME_ZONE)):
            page = TemplateResponse(self.request, f"templates_app/filing/{template}.html", context)
            return page.render()

    def to_desk(self, pile: str = "waiting") -> HttpResponse:
        desk = reverse("admin:templates_app_signaturefiling_desk", args=[self.operator])
        return redirect(f"{desk}?pile={pile}")


class Desk(Operated):
    def get(self, request: HttpRequest, operator: str) -> HttpResponse:
        now = clock.now()
        counts = filing_desk.counts(now=now)
        pile = request.GET.get("pile", "waiting")
        pile = pile if pile in _PILES else "waiting"
        rows = filing_desk.pile(operator=operator, name=pile, now=now)
        return self.show(
            "desk",
            now=now,
            pile=pile,
            operators=[
                (name, label, counts[name]) for name, label in SignatureFiling.Operator.choices
            ],
            piles=[(name, label, counts[operator][name]) for name, label in _PILES.items()],
            page=_Counted(rows, counts[operator][pile]).get_page(request.GET.get("page")),
            is_handable=pile in _HANDABLE,
        )


class PackMake(Operated):
    """Of the ticked, or of all that wait."""

    permission = "templates_app.change_signaturefiling"
    http_method_names = ("post",)

    def post(self, request: HttpRequest, operator: str) -> HttpResponse:
        ticked = [int(each) for each in request.POST.getlist("filing") if each.isdecimal()]
        by: Any = request.user
        try:
            pack = packing.make(
                operator=operator,
                by=by,
                now=clock.now(),
                filing_ids=None if "all" in request.POST else ticked,
            )
        except DomainError as refusal:
            messages.error(request, refusal.sentence())
            return self.to_desk()
        number = pack.lines.count()
        told = ngettext("%d signature is handed in.", "%d signatures are handed in.", number)
        messages.success(request, told % number)
        return redirect("admin:templates_app_filingpack_changelist")


class ResultsForm(forms.Form):
    file = forms.FileField(
        label=_("Table of results"), help_text=_("XLSX or CSV, at most 10 MB and 20,000 rows.")
    )


class ResultsRead(Operated):
    """Nothing is changed by reading: the next page shows what would be."""

    permission = "templates_app.change_signaturefiling"

    def get(self, request: HttpRequest, operator: str) -> HttpResponse:
        return self.show("results", form=ResultsForm())

    def post(self, request: HttpRequest, operator: str) -> HttpResponse:
        form = ResultsForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            by: Any = request.user
            try:
                imported = results.read(
                    operator=operator, file=file, name=file.name, by=by, now=clock.now()
                )
            except DomainError as refusal:
                form.add_error("file", refusal.sentence())
            else:
                return redirect("admin:templates_app_signaturefiling_preview", imported.pk)
        return self.show("results", form=form)


class ResultsPreview(Operated):
    """What the table would change; sent back, it is carried out, once."""

    permission = "templates_app.change_signaturefiling"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        imported = get_object_or_404(FilingImport, pk=pk)
        self.operator = imported.operator
        most = max(len(imported.rows), len(imported.problems))
        page = Paginator(range(most), _A_PAGE).get_page(request.GET.get("page"))
        some = {"start": (page.number - 1) * _A_PAGE, "end": page.number * _A_PAGE}
        return self.show(
            "preview",
            imported=imported,
            effect=dict(results.effect(imported)),
            changes=results.changes(imported, **some),
            problems=results.problems(imported, **some),
            page=page,
            is_applied=imported.state == ImportState.APPLIED,
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        imported = get_object_or_404(FilingImport, pk=pk)
        self.operator = imported.operator
        by: Any = request.user
        moved = results.apply(imported=imported, by=by, now=clock.now())
        messages.success(request, ngettext("%d moved.", "%d moved.", moved) % moved)
        return self.to_desk()


class _Counted(Paginator):  # type: ignore[type-arg]
    """Of rows that were counted already."""

    def __init__(self, rows: Any, count: int) -> None:
        super().__init__(rows, _A_PAGE)
        self._known = count

    @property
    def count(self) -> int:
        return self._known

    def page(self, number: Any) -> Page[Any]:
        found = super().page(number)
        found.object_list = list(found.object_list)
        return found


def link_to(imported: FilingImport) -> SafeString:
    href = reverse("admin:templates_app_signaturefiling_preview", args=[imported.pk])
    return format_html('<a href="{}">{}</a>', href, _("show"))
