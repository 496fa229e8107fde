"""Files of numbers and consents: handed in, looked at, applied."""

from uuid import UUID

from django import forms
from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services.permissions import Permission
from messaging.models import Import
from messaging.services import importing, previewing
from messaging.states import ImportState
from smsplatform.core import clock
from smsplatform.core.downloads import csv_response
from smsplatform.core.errors import DomainError
from smsplatform.core.tables.bounds import MOST_BYTES
from smsplatform.portal import MemberView, blame

_RECENT = 10
_MOVING = (ImportState.READING, ImportState.APPLYING)


class ImportForm(forms.Form):
    what = forms.ChoiceField(
        label=gettext_lazy("What the file holds"),
        choices=[(value, capfirst(label)) for value, label in Import.What.choices],
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV or XLSX, 10 MB and 100,000 rows at most. The first row names the columns."
        ),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )


class ImportNew(MemberView):
    permission = Permission.SUPPRESSION_EDIT
    page = "messaging/imports/new.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("what", Import.What.SUPPRESSIONS.value)
        return self._show(ImportForm(initial={"what": asked}, label_suffix=""))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = ImportForm(request.POST, request.FILES, label_suffix="")
        if not form.is_valid():
            return self._show(form)
        upload = form.cleaned_data["file"]
        try:
            made = importing.take_in(
                account=self.member.account,
                what=form.cleaned_data["what"],
                content=upload.read(MOST_BYTES + 1),
                name=upload.name,
                by=self.member.user.email,
                now=clock.now(),
            )
        except DomainError as refusal:
            blame(form, refusal)
            return self._show(form)
        return redirect("import-detail", made.pk)

    def _show(self, form: ImportForm) -> HttpResponse:
        recent = Import.objects.for_account(self.member.account).order_by("-id")[:_RECENT]
        return self.show(form=form, recent=list(recent))


class ImportView(MemberView):
    permission = Permission.SUPPRESSION_EDIT

    def found(self, import_id: UUID) -> Import:
        mine = Import.objects.for_account(self.member.account)
        found: Import | None = mine.filter(pk=import_id).first()
        if found is None:
            raise Http404
        return found


class ImportDetail(ImportView):
    """What it means, asked for again while a task is at it; POST applies it."""

    page = "messaging/imports/detail.html"
    part = "messaging/imports/progress.html"

    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        found = self.found(import_id)
        is_read = found.state not in (ImportState.READING, ImportState.REFUSED)
        return self.show(
            found=found,
            is_moving=found.state in _MOVING,
            is_ready=found.state == ImportState.READY,
            why=previewing.why(found),
            preview=previewing.preview(found) if is_read else None,
            most=max(found.understood, 1),
        )

    def post(self, request: HttpRequest, import_id: UUID) -> HttpResponseBase:
        try:
            importing.apply(
                wanted=self.found(import_id), by=self.member.user.email, now=clock.now()
            )
        except importing.NotReady as refusal:
            flashes.warning(request, refusal.sentence())
        else:
            flashes.success(request, _("It is being applied."))
        return redirect("import-detail", import_id)


class ImportRefused(ImportView):
    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        found = self.found(import_id)
        return csv_response(previewing.report(found), name=f"refused-{found.pk}.csv")
