"""A company's papers in the portal: in steps, each a plain form; then submitted, and followed."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import queries
from accounts.access import document_response
from accounts.models import Qualification
from accounts.portal import qualification_pages as pages
from accounts.portal.qualification_forms import PeopleForm, StartForm
from accounts.services import documents
from accounts.services import qualification as work
from accounts.services.permissions import Permission
from smsplatform.core import clock, review
from smsplatform.core.errors import DomainError, Invalid, NotFound
from smsplatform.portal import MemberView


class PapersView(MemberView):
    """Every member may see where it stands; owners and administrators see and change all of it."""

    @property
    def manages(self) -> bool:
        return self.member.may(Permission.COMPANY_EDIT)

    @property
    def actor(self) -> str:
        return f"user:{self.member.user.pk}"

    def found(self, public_id: UUID) -> Qualification:
        row = queries.qualification(account=self.member.account, public_id=public_id)
        if row is None:
            raise Http404
        return row

    def overview(self, row: Qualification, rows: list[Qualification]) -> HttpResponse:
        return self.show(
            manages=self.manages,
            companies=pages.companies(rows, row),
            **pages.overview(self.member.account, row, clock.now()),
        )


class QualificationOverview(PapersView):
    page = "accounts/qualification/overview.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        account = self.member.account
        rows = queries.qualifications(account=account)
        if not rows:
            self.page = "accounts/qualification/start.html"
            return self.show(form=StartForm(country=account.country), manages=self.manages)
        return self.overview(self.found(rows[0].public_id), rows)


class QualificationDetail(PapersView):
    page = "accounts/qualification/overview.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        row = self.found(public_id)
        return self.overview(row, queries.qualifications(account=self.member.account))


class QualificationStart(PapersView):
    permission = Permission.COMPANY_EDIT
    page = "accounts/qualification/start.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(form=StartForm(country=self.member.account.country), manages=True)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        account = self.member.account
        form = StartForm(request.POST, country=account.country)
        if not form.is_valid():
            return self.show(form=form, manages=True)
        row = work.start(account=account, by=self.actor, now=clock.now(), **form.chosen)
        return redirect("qualification-step", row.public_id, "company")


class QualificationStep(PapersView):
    """The forms, and the last look before a submission."""

    permission = Permission.COMPANY_EDIT

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not pages.is_step(kwargs["step"]):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, public_id: UUID, step: str) -> HttpResponseBase:
        row = self._editable(public_id)
        if row is None:
            return redirect("qualification-detail", public_id)
        if step in ("company", "people"):
            return self._form(row, step, pages.form_of(row, step, None))
        return self._rest(row, step)

    def post(self, request: HttpRequest, public_id: UUID, step: str) -> HttpResponseBase:
        row = self._editable(public_id)
        if row is None:
            return redirect("qualification-detail", public_id)
        if step == "documents":
            return self._upload(row)
        if step not in ("company", "people"):
            raise Http404
        form = pages.form_of(row, step, self.request.POST)
        if not form.is_valid() or not self._kept(row, form):
            return self._form(row, step, form)
        if "later" in request.POST:
            flashes.success(request, _("Your draft is kept."))
            return redirect("qualification-detail", public_id)
        if step == "people" and pages.owes_code(self.found(public_id), clock.now()):
            return redirect("qualification-phone", public_id)
        return redirect("qualification-step", public_id, pages.step_after(step))

    def _editable(self, public_id: UUID) -> Qualification | None:
        row = self.found(public_id)
        return row if row.is_editable else None

    def _kept(self, row: Qualification, form: Any) -> bool:
        is_people = isinstance(form, PeopleForm)
        try:
            work.edit(
                qualification=row,
                fields={} if is_people else form.cleaned_data,
                people=form.people() if is_people else {},
                by=self.actor,
                now=clock.now(),
            )
        except Invalid as refusal:
            form.blame(refusal.errors)
            return False
        return True

    def _form(self, row: Qualification, step: str, form: Any) -> HttpResponse:
        form.tell(pages.said(self.member.account, row))
        self.page = "accounts/qualification/form.html"
        return self.show(
            qualification=row, form=form, tabs=pages.tabs(row, step), title=pages.STEPS[step]
        )

    def _rest(
        self, row: Qualification, step: str, wrong: tuple[str, str] = ("", "")
    ) -> HttpResponse:
        self.page = f"accounts/qualification/{step}.html"
        said = pages.said(self.member.account, row)
        return self.show(
            qualification=row,
            tabs=pages.tabs(row, step),
            title=pages.STEPS[step],
            slots=pages.slots(row, said, wrong),
            facts=pages.facts(row),
            needs=pages.needs(row, work.missing(row, now=clock.now())),
            most_megabytes=documents.MOST_MEGABYTES,
        )

    def _upload(self, row: Qualification) -> HttpResponseBase:
        purpose = self.request.POST.get("purpose", "")
        if not pages.is_purpose(purpose):
            raise Http404
        try:
            for upload in self.request.FILES.getlist("files"):
                work.attach(
                    qualification=row,
                    purpose=purpose,
                    content=upload.read(documents.MOST_BYTES + 1),
                    name=upload.name or "",
                    by=self.actor,
                    now=clock.now(),
                )
        except DomainError as refusal:
            told = f"{upload.name}: {refusal.sentence()}"
            return self._rest(self.found(row.public_id), "documents", (purpose, told))
        return redirect(f"{pages.href_of(row, 'documents')}#{purpose}")


class QualificationPaper(PapersView):
    """One document of a draft, which can be taken out again."""

    permission = Permission.COMPANY_EDIT

    def post(self, request: HttpRequest, public_id: UUID, document_id: UUID) -> HttpResponseBase:
        row = self.found(public_id)
        paper = pages.paper_of(row, document_id)
        if paper is None:
            raise Http404
        try:
            work.detach(paper=paper, by=self.actor, now=clock.now())
        except DomainError as refusal:
            flashes.error(request, refusal.sentence())
        return redirect("qualification-step", public_id, "documents")


class QualificationDeed(PapersView):
    """Submit, withdraw, ask for speed, begin a new version: a button each."""

    permission = Permission.COMPANY_EDIT
    deed = ""
    _told: ClassVar[dict[str, Callable[[], str]]] = {
        "submit": lambda: _("Submitted. We tell you by mail as soon as it is decided."),
        "withdraw": lambda: _("Taken back: you can change it again."),
        "nudge": lambda: _("We have moved it forward."),
        "revise": lambda: _("Here is a new version, with everything in it. Change what is wrong."),
    }

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponseBase:
        row = self.found(public_id)
        try:
            shown = self._do(row)
        except DomainError as refusal:
            flashes.error(request, refusal.sentence())
            step = "check" if self.deed == "submit" and row.is_editable else ""
            name = "qualification-step" if step else "qualification-detail"
            return redirect(name, *filter(None, [row.public_id, step]))
        flashes.success(request, self._told[self.deed]())
        if self.deed == "revise":
            return redirect("qualification-step", shown.public_id, "company")
        return redirect("qualification-detail", shown.public_id)

    def _do(self, row: Qualification) -> Qualification:
        actor, now = self.actor, clock.now()
        if self.deed == "revise":
            return work.revise(qualification=row, by=actor, now=now)
        if self.deed == "nudge":
            review.nudge(kind=work.KIND, target_id=row.pk, now=now)
        elif self.deed == "withdraw":
            work.withdraw(qualification=row, by=actor, now=now)
        else:
            work.submit(qualification=row, by=actor, now=now)
        return row


class DocumentFile(PapersView):
    permission = Permission.COMPANY_READ

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        document = queries.document(account=self.member.account, public_id=public_id)
        if document is None:
            raise Http404
        try:
            return document_response(document)
        except NotFound as missing:
            raise Http404 from missing
